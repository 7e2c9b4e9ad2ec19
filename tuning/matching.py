"""Which detections find which labels, by overlap or by centre; one to one, best score first."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import supervision as sv

from tuning.examples import Boxes

Floats = npt.NDArray[np.float64]
Criterion = Callable[[Boxes, Boxes], Floats]
"""Takes corner boxes of detections, shape (N, 4), and of labels, (M, 4); gives how well each pair
fits, shape (N, M), 0 where it doesn't."""

LARGEST_RATIO = 10.0
"""A detection may have this many times its label's area and still find it by its centre."""
IGNORED_SHARE = 0.5
"""A detection of which this share lies inside an ignore region counts neither way."""


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """What came of one picture's detections of one class.

    Attributes:
        label: the number of the label that each detection finds, int, shape (N,), or -1.
        counts: whether it counts at all, bool, shape (N,).
    """

    label: npt.NDArray[np.int64]
    counts: npt.NDArray[np.bool_]

    @property
    def hit(self) -> npt.NDArray[np.bool_]:
        """Which find a label, bool, shape (N,)."""
        found: npt.NDArray[np.bool_] = self.label >= 0
        return found


def by_iou(least: float) -> Criterion:
    """Intersection over union of at least `least`."""

    def fit(found: Boxes, labels: Boxes) -> Floats:
        if not len(found) or not len(labels):
            return np.zeros((len(found), len(labels)))
        ious = np.asarray(sv.box_iou_batch(found, labels), dtype=np.float64)
        return np.where(ious >= least, ious, 0.0)

    return fit


def by_centre(found: Boxes, labels: Boxes) -> Floats:
    """The centre of one lies in the other, and the detection isn't much the larger.

    For things without a sharp edge, such as heaps. The nearer the centres, the better the fit.
    """
    here, there = _centres(found)[:, None], _centres(labels)[None]
    boxes, marked = found[:, None].astype(np.float64), labels[None].astype(np.float64)
    inside = _within(here, marked) | _within(there, boxes)
    fits = inside & (_areas(boxes) <= LARGEST_RATIO * _areas(marked))
    away = np.linalg.norm(here - there, axis=2)
    return np.where(fits, 1.0 / (1.0 + away), 0.0)


def match(found: Boxes, labels: Boxes, ignored: Boxes, criterion: Criterion) -> Matching:
    """Match one picture's detections of one class.

    Labels first: only what finds none may be lost in an ignore region.

    Args:
        found: corner boxes, shape (N, 4), best score first.
        labels: corner boxes, shape (M, 4).
        ignored: corner boxes of regions that count neither way, shape (K, 4).
        criterion: what makes a pair.
    """
    fits = criterion(found, labels)
    which = np.full(len(found), -1, dtype=np.int64)
    if len(labels):
        for row in range(len(found)):
            best = int(fits[row].argmax())
            if fits[row, best] > 0:
                which[row] = best
                fits[:, best] = 0.0
    lost = (which < 0) & (shares_inside(found, ignored) >= IGNORED_SHARE)
    return Matching(which, ~lost)


def shares_inside(boxes: Boxes, regions: Boxes) -> Floats:
    """The largest share of each box's area that lies in one of the regions, shape (N,)."""
    if not len(regions):
        return np.zeros(len(boxes))
    low = np.maximum(boxes[:, None, :2], regions[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], regions[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    shares: Floats = (shared / np.maximum(_areas(boxes), 1e-9)[:, None]).max(axis=1)
    return shares


def short_sides(boxes: Boxes) -> Floats:
    """The shorter side of each corner box, pixels, shape (N,)."""
    sides: Floats = (boxes[:, 2:] - boxes[:, :2]).min(axis=1).astype(np.float64)
    return sides


def _centres(boxes: Boxes) -> Floats:
    return (boxes[:, :2].astype(np.float64) + boxes[:, 2:]) / 2


def _areas(boxes: npt.NDArray[np.floating]) -> Floats:
    areas: Floats = (boxes[..., 2:] - boxes[..., :2]).prod(axis=-1)
    return areas


def _within(points: Floats, boxes: Floats) -> npt.NDArray[np.bool_]:
    inside = (points >= boxes[..., :2]) & (points <= boxes[..., 2:])
    both: npt.NDArray[np.bool_] = np.logical_and(inside[..., 0], inside[..., 1])
    return both
