"""Whether two pictures show one view, and how the one is shifted against the other."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from detector.health.light import Grey, small_grey
from detector.image import Image

Edges = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]
Way = tuple[tuple[float, float, float], tuple[float, float, float]]

STILL: Way = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
"""Nothing has moved."""

TOLERANCE = 0.015
"""Wind and vibration move a view by less than this share of its width; zones bear it."""
TURNED = 0.04
"""A view that moved by more than this share is another, for a picture held against a report's."""
ENOUGH = 15
"""So many points that move together tell how the view has moved."""
_POINTS, _LEVELS = 300, 6
"""Points looked for in a picture, and sizes at which: finding and matching a thousand costs four
times as much, and finds no more views that moved (`five-chief health`)."""
_AGREED = 0.6
"""Where points bring edges to agree so well, phases have nothing to add."""
_LIKE = 0.25
"""Likeness of edges that an alignment must reach to be believed."""
_SURELY_STILL = 0.88
"""Edges that agree so well without any alignment lie within half a percent of each other."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a view lies over its reference.

    Attributes:
        way: the affine map that carries points of the reference to where they lie now, in
            pictures one wide: two rows of three.
        likeness: of the two pictures' edges once aligned, -1 to 1.
    """

    way: Way
    likeness: float


def motion(way: Way, aspect: float) -> float:
    """How far the worst corner of a picture is carried, as a share of its width.

    Args:
        way: see `Alignment`.
        aspect: height by width.
    """
    corners = np.array([[0, 0, 1], [1, 0, 1], [0, aspect, 1], [1, aspect, 1]])
    return float(np.abs(corners @ np.array(way).T - corners[:, :2]).max())


def after(first: Way, then: Way) -> Way:
    """Two ways, one after the other."""
    whole = [np.vstack([np.array(way), [0, 0, 1]]) for way in (first, then)]
    return _as_way(whole[1] @ whole[0])


def edges(grey: Grey) -> Edges:
    """A picture's edges at a quarter of its size: what stays of a view when its light changes.

    Magnitudes are compressed, so that few strong edges do not outweigh all others, and freed of
    their local mean. Shape (H // 4, W // 4), zero mean, unit variance.
    """
    return edges_of_quarter(quarter(grey))


def quarter(grey: Grey) -> Grey:
    """A picture at a quarter of its size."""
    size = (max(1, grey.shape[1] // 4), max(1, grey.shape[0] // 4))
    whole = grey[: size[1] * 4, : size[0] * 4]
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.uint8)


def edges_of_quarter(small: Grey) -> Edges:
    """The same, of a picture that is small already."""
    across = cv2.Sobel(small, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(small, cv2.CV_32F, 0, 1)
    magnitude = np.log1p(np.asarray(cv2.magnitude(across, down), np.float32))
    soft = np.asarray(cv2.GaussianBlur(magnitude, (5, 5), 0.8), np.float32)
    strong = soft - np.asarray(cv2.blur(soft, (15, 15)), np.float32)
    strong -= strong.mean()
    return np.asarray(strong / (strong.std() + 1e-6), np.float32)


def likeness(one: Edges, other: Edges) -> float:
    """The correlation of two pictures' edges, -1 to 1."""
    return float((one * other).mean()) if one.shape == other.shape else 0.0


def align(reference: Grey, now: Grey) -> Alignment | None:
    """How a view lies over its reference; None where that cannot be told.

    Most often it has not moved, and the edges alone say so, at an eightieth of the cost. Else by
    feature points (ORB and RANSAC), which stand turning and zooming, and by phase correlation,
    which needs no points; what makes the edges agree best is believed.

    Args:
        reference: uint8, (H, W).
        now: likewise, of the same shape.
    """
    if reference.shape != now.shape:
        return None
    still = Alignment(STILL, likeness(edges(reference), edges(now)))
    if still.likeness >= _SURELY_STILL:
        return still
    best = still
    for way_of in (_by_points, _by_phase):
        way = way_of(reference, now)
        if way is not None:
            found = Alignment(way, _agreement(reference, now, way))
            best = max(best, found, key=lambda one: one.likeness)
        if best.likeness >= _AGREED:
            break
    return best if best.likeness >= _LIKE else None


def has_moved(before: Image, after: Image) -> bool:
    """Whether the camera was turned or zoomed between two pictures.

    Only what is sure is said: where it cannot be told (night against day), it is False.

    Args:
        before: uint8, (H, W, 3), BGR.
        after: likewise; it may be of another size.
    """
    first, second = small_grey(before), small_grey(after)
    way = _by_points(first, second) if first.shape == second.shape else None
    return way is not None and motion(way, second.shape[0] / second.shape[1]) > TURNED


def _by_points(reference: Grey, now: Grey) -> Way | None:
    finder = cv2.ORB.create(_POINTS, nlevels=_LEVELS, fastThreshold=10)
    points_a, marks_a = finder.detectAndCompute(reference, None)
    points_b, marks_b = finder.detectAndCompute(now, None)
    if len(points_a) < ENOUGH or len(points_b) < ENOUGH:
        return None
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(marks_a, marks_b)
    if len(matches) < ENOUGH:
        return None
    source = np.array([points_a[m.queryIdx].pt for m in matches], np.float32)
    target = np.array([points_b[m.trainIdx].pt for m in matches], np.float32)
    way, agree = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=3.0)
    if way is None or int(agree.sum()) < ENOUGH:
        return None
    return _scaled(np.asarray(way, np.float64), 1 / now.shape[1])


def _by_phase(reference: Grey, now: Grey) -> Way | None:
    one, other = edges(reference), edges(now)
    window = cv2.createHanningWindow((one.shape[1], one.shape[0]), cv2.CV_32F)
    (x, y), response = cv2.phaseCorrelate(one, other, window)
    if response < 0.1:
        return None
    return ((1.0, 0.0, x / one.shape[1]), (0.0, 1.0, y / one.shape[1]))


def _scaled(way: Matrix, share: float) -> Way:
    """A way in pictures of another size."""
    return _as_way(way * np.array([1, 1, share]))


def _as_way(way: Matrix) -> Way:
    (a, b, c), (d, e, f) = way[:2].tolist()
    return ((a, b, c), (d, e, f))


def _agreement(reference: Grey, now: Grey, way: Way) -> float:
    """Likeness of edges where the reference, carried along, still covers the picture."""
    height, width = now.shape[:2]
    pixels = np.array(way) * np.array([1, 1, width])
    carried = cv2.warpAffine(reference, pixels, (width, height), borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.full_like(reference, 255), pixels, (width, height))
    one, other = edges(np.asarray(carried, np.uint8)), edges(now)
    mask = cv2.resize(inside, (one.shape[1], one.shape[0]), interpolation=cv2.INTER_AREA) > 250
    if mask.mean() < 0.3:
        return 0.0
    a, b = one[mask] - one[mask].mean(), other[mask] - other[mask].mean()
    return float((a * b).mean() / (a.std() * b.std() + 1e-6))
