"""Average precision, and how sure one may be of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RECALLS = np.linspace(0.0, 1.0, 101)
"""Where the curve is read, as COCO does."""
REPLICATES = 400
"""So many times are the pictures drawn anew for an interval."""
SEED = 20261125
COVERED = (2.5, 97.5)
"""Percentiles: an interval holds 95 % of the replicates."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """All detections of one class over all pictures, best first, and what there was to find.

    Attributes:
        scores: shape (N,), descending.
        hits: whether each finds a label, bool, shape (N,).
        picture: the number of the picture of each, int, shape (N,).
        labels: how many there were to find in each picture, int, shape (P,).
    """

    scores: Floats
    hits: npt.NDArray[np.bool_]
    picture: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]

    @property
    def wanted(self) -> int:
        """How many labels there were."""
        return int(self.labels.sum())


def ranking(
    pictures: Sequence[tuple[npt.NDArray[np.floating], npt.NDArray[np.bool_], int]],
) -> Ranking:
    """Put pictures together.

    Args:
        pictures: of each the scores of what counts, which of them are hits, and its labels.
    """
    scores = np.concatenate([np.zeros(0), *(s for s, _, _ in pictures)])
    hits = np.concatenate([np.zeros(0, dtype=bool), *(h for _, h, _ in pictures)])
    picture = np.repeat(np.arange(len(pictures)), [len(s) for s, _, _ in pictures])
    order = np.argsort(-scores, kind="stable")
    wanted = np.array([labels for _, _, labels in pictures], dtype=np.int64)
    return Ranking(scores[order], hits[order], picture[order].astype(np.int64), wanted)


def precision_recall(ranks: Ranking, weights: Floats | None = None) -> tuple[Floats, Floats]:
    """Precision and recall after each detection, each shape (N,).

    Args:
        ranks: the detections.
        weights: how often each picture counts, shape (P,); once by default.
    """
    weights = np.ones(len(ranks.labels)) if weights is None else weights
    each = weights[ranks.picture]
    true, seen = np.cumsum(each * ranks.hits), np.cumsum(each)
    wanted = float((weights * ranks.labels).sum())
    return true / np.maximum(seen, 1e-12), true / max(wanted, 1e-12)


def average_precision(ranks: Ranking, weights: Floats | None = None) -> float | None:
    """The mean of the best precision at each of 101 recalls (COCO's); None without a label."""
    weights = np.ones(len(ranks.labels)) if weights is None else weights
    if (weights * ranks.labels).sum() <= 0:
        return None
    precision, recall = precision_recall(ranks, weights)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    # A sum of weights that should be a hundredth may miss it by the last bit.
    at = np.searchsorted(recall, RECALLS - 1e-9, side="left")
    reached = at < len(recall)
    return (
        float(np.where(reached, best[np.minimum(at, len(recall) - 1)], 0.0).mean())
        if (len(recall))
        else 0.0
    )


def interval(
    pictures: int, figure: Callable[[Floats], float | None], replicates: int = REPLICATES
) -> Interval | None:
    """How far a figure may be off by the choice of pictures: a percentile bootstrap over them.

    Efron, "Bootstrap methods: another look at the jackknife", 1979. Pictures are drawn, not
    boxes, since boxes of one picture stand and fall together.

    Args:
        pictures: how many there are.
        figure: takes how often each picture counts, shape (P,); None where that says nothing.
        replicates: how often they are drawn; the draws are the same each time.
    """
    if pictures == 0:
        return None
    random = np.random.default_rng(SEED)
    draws = random.multinomial(pictures, np.full(pictures, 1 / pictures), size=replicates)
    values = [value for draw in draws if (value := figure(draw.astype(np.float64))) is not None]
    if not values:
        return None
    low, high = np.percentile(values, COVERED)
    return round(float(low), 4), round(float(high), 4)
