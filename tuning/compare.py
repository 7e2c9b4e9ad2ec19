"""Two models on the same pictures: by how much one is better, and how sure that is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tuning.curves import Floats, Interval, average_precision, interval
from tuning.evaluate import SIZES
from tuning.judged import JudgedPicture
from tuning.matching import Criterion, by_centre, by_iou
from tuning.scores import rounded
from tuning.tally import ranked

Part = Callable[[Sequence[JudgedPicture]], Sequence[JudgedPicture]]
Figure = Callable[[Floats | None], float | None]
"""Takes how often each picture counts, shape (P,), or None for once each."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of two models.

    Attributes:
        first: the first model's; None where there was nothing to measure.
        second: the second's.
        gain: second less first.
        interval: 95 % of the bootstrap of the gain, the same pictures drawn for both.
    """

    first: float | None
    second: float | None
    gain: float | None
    interval: Interval | None


def compare(
    first: Sequence[JudgedPicture], second: Sequence[JudgedPicture], classes: int
) -> dict[str, Difference]:
    """Figures of two models on the same pictures, in the same order.

    Args:
        first: judged by one model, down to the lowest scores.
        second: by the other.
        classes: how many both have.

    Returns:
        `ap_centre`, `ap_centre_from_20px` and their sum, then `map50`; means over the classes.

    Raises:
        ValueError: the pictures are not the same.
    """
    if [one.path for one in first] != [one.path for one in second]:
        raise ValueError("the two were not judged on the same pictures in the same order")

    def both(part: Part, criterion: Criterion) -> tuple[Figure, Figure]:
        return (
            _mean_precision(part(first), classes, criterion),
            _mean_precision(part(second), classes, criterion),
        )

    every, large, tight = both(_all, by_centre), both(_large, by_centre), both(_all, by_iou(0.5))
    total = _sum(every[0], large[0]), _sum(every[1], large[1])
    figures = {
        "ap_centre": every,
        "ap_centre_from_20px": large,
        "sum_of_both": total,
        "map50": tight,
    }
    return {name: _difference(*pair, len(first)) for name, pair in figures.items()}


def _all(pictures: Sequence[JudgedPicture]) -> Sequence[JudgedPicture]:
    return pictures


def _large(pictures: Sequence[JudgedPicture]) -> Sequence[JudgedPicture]:
    return [one.of_size(*SIZES["from_20px"]) for one in pictures]


def _mean_precision(
    pictures: Sequence[JudgedPicture], classes: int, criterion: Criterion
) -> Figure:
    rankings = [ranked(pictures, number, criterion) for number in range(classes)]

    def figure(draw: Floats | None) -> float | None:
        values = [average_precision(one, draw) for one in rankings]
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if known else None

    return figure


def _sum(one: Figure, other: Figure) -> Figure:
    def figure(draw: Floats | None) -> float | None:
        parts = one(draw), other(draw)
        return None if parts[0] is None or parts[1] is None else parts[0] + parts[1]

    return figure


def _difference(first: Figure, second: Figure, count: int) -> Difference:
    def gain(draw: Floats | None) -> float | None:
        before, after = first(draw), second(draw)
        return None if before is None or after is None else after - before

    return Difference(
        first=rounded(first(None)),
        second=rounded(second(None)),
        gain=rounded(gain(None)),
        interval=interval(count, gain),
    )
