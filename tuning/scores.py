"""What an evaluation says: plain values, ready for JSON."""

from dataclasses import asdict, dataclass
from typing import Any

from tuning.curves import Interval


@dataclass(frozen=True, slots=True)
class ClassScores:
    """One class's figures; None where there was nothing to measure.

    Attributes:
        map50: average precision at IoU 0.5.
        map50_95: average precision, mean over IoU 0.5 to 0.95.
        ap_iou30: average precision at IoU 0.3.
        ap_centre: average precision by centre match (`tuning.matching.by_centre`).
        precision: at the threshold and IoU 0.5; None without a detection.
        recall: likewise; None without a box.
        recall_centre: the same by centre match.
        boxes: how many boxes people marked.
    """

    map50: float | None
    map50_95: float | None
    ap_iou30: float | None
    ap_centre: float | None
    precision: float | None
    recall: float | None
    recall_centre: float | None
    boxes: int


@dataclass(frozen=True, slots=True)
class GroupScores:
    """The figures of a part of the boxes, or of the pictures, averaged over the classes.

    Attributes:
        ap50: average precision at IoU 0.5.
        ap_centre: by centre match.
        boxes: how many boxes are in the group.
        interval_centre: 95 % of the bootstrap's `ap_centre`.
    """

    ap50: float | None
    ap_centre: float | None
    boxes: int
    interval_centre: Interval | None


@dataclass(frozen=True, slots=True)
class Share:
    """A share of things, with its counts.

    Attributes:
        of: how many things there were.
        hits: how many of them it holds for.
        share: hits ÷ of; None of nothing.
        interval: 95 % of the bootstrap's shares.
    """

    of: int
    hits: int
    share: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Scores:
    """A model's figures on a folder, averaged over the classes that have boxes there.

    Attributes:
        map50: mean average precision at IoU 0.5; None without a box.
        map50_95: the mean of it over IoU 0.5 to 0.95; None without a box.
        ap_iou30: mean average precision at IoU 0.3; None without a box.
        ap_centre: mean average precision by centre match; None without a box.
        intervals: 95 % of the bootstrap over the pictures, by the name of the figure.
        per_class: figures by class name.
        by_size: figures by the shorter side of the box, pixels of the picture.
        by_light: figures of the pictures taken by day and by night.
        found_any_class: boxes found by centre at the threshold, whatever the class.
        false_on_empty: pictures without a box on which something is found at the threshold.
        confusion: at the threshold and IoU 0.5: row is what was marked, column what was found, by
            class name; `nothing` stands for neither.
        pictures: how many there were.
        boxes: how many boxes people marked.
        threshold: at which precision, recall and the shares hold.
        model: `name@version`.
        engine: what ran it, and in which precision.
        data: the folder, and the split.
    """

    map50: float | None
    map50_95: float | None
    ap_iou30: float | None
    ap_centre: float | None
    intervals: dict[str, Interval | None]
    per_class: dict[str, ClassScores]
    by_size: dict[str, GroupScores]
    by_light: dict[str, GroupScores]
    found_any_class: Share
    false_on_empty: Share
    confusion: dict[str, dict[str, int]]
    pictures: int
    boxes: int
    threshold: float
    model: str
    engine: str
    data: str

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain values, for JSON."""
        return asdict(self)


def rounded(value: float | None) -> float | None:
    """Four places: what is more is noise."""
    return None if value is None else round(float(value), 4)


def mean(values: list[float | None]) -> float | None:
    """The mean of what is known; None of nothing."""
    known = [value for value in values if value is not None]
    return rounded(sum(known) / len(known)) if known else None
