"""Whether two pictures show one view, and how the one is shifted against the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

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
_TILES = (8, 4)
"""Parts of a picture, across and down, whose edges are compared by themselves."""
_SURELY_STILL = 0.85
"""Edges of a part that agree so well without any alignment lie within half a percent of each
other."""
_TEXTURED = 0.2
"""Variance of a part's edges, of 1 in the whole picture, from which they tell anything."""
_STILL_TILES, _STILL_SPAN = 10, 6
"""So many parts, over so many columns, do not agree by chance in a view that has moved by more
than `TOLERANCE`: one that was turned or zoomed about a point keeps up to eight, near it."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Feature points of a picture (ORB).

    Attributes:
        at: where they are, pixels, float32 (n, 2).
        marks: what they look like, uint8 (n, 32).
    """

    at: npt.NDArray[np.float32]
    marks: Grey


@dataclass(frozen=True, eq=False)
class View:
    """A small picture, and what is compared of it.

    Attributes:
        grey: uint8, (H, W).
        edges: see `edges`.
    """

    grey: Grey
    edges: Edges

    @classmethod
    def of(cls, grey: Grey) -> "View":
        """A picture's view."""
        return cls(grey, edges(grey))

    @cached_property
    def points(self) -> Points:
        """Found when first asked for, 2 ms: most views are never aligned by them, and a reference
        is by its own many times."""
        finder = cv2.ORB.create(_POINTS, nlevels=_LEVELS, fastThreshold=10)
        found, marks = finder.detectAndCompute(self.grey, None)
        at = np.array([one.pt for one in found], np.float32).reshape(-1, 2)
        none = np.zeros((0, 32), np.uint8)
        return Points(at, none if marks is None else np.asarray(marks, np.uint8))


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


def agreement(one: Edges, other: Edges, tiles: tuple[int, int]) -> Edges:
    """The correlation of two pictures' edges part by part, -1 to 1; 0 where there are none.

    Args:
        one: a picture's edges.
        other: another's, of the same shape.
        tiles: how many parts, across and down.

    Returns:
        float32, (down, across).
    """

    def mean(values: Edges) -> Edges:
        return np.asarray(cv2.resize(values, tiles, interpolation=cv2.INTER_AREA), np.float32)

    first, second = mean(one), mean(other)
    spread = mean(one * one) - first * first, mean(other * other) - second * second
    shared = mean(one * other) - first * second
    told = np.minimum(*spread) > _TEXTURED
    return np.where(told, shared / np.sqrt(np.maximum(spread[0] * spread[1], 1e-6)), np.float32(0))


def lies_still(one: Edges, other: Edges) -> bool:
    """Whether enough parts of two pictures show the same edges in the same place.

    A lorry that hides half of the view does not matter; 0.1 ms.
    """
    if one.shape != other.shape:
        return False
    agree = agreement(one, other, _TILES) > _SURELY_STILL
    columns = np.flatnonzero(agree.any(axis=0))
    if agree.sum() < _STILL_TILES:
        return False
    return int(columns[-1] - columns[0]) + 1 >= _STILL_SPAN


def align(reference: View, now: View) -> Alignment | None:
    """How a view lies over its reference; None where that cannot be told.

    Most often it has not moved, and its edges alone say so, at a fiftieth of the cost. Else by
    feature points (ORB and RANSAC), which stand turning and zooming, and by phase correlation,
    which needs no points; what makes the edges agree best is believed.

    Args:
        reference: what it was.
        now: what it is; where it is of another size, nothing can be told.
    """
    if reference.grey.shape != now.grey.shape:
        return None
    best = Alignment(STILL, likeness(reference.edges, now.edges))
    if lies_still(reference.edges, now.edges):
        return best
    for way_of in (_by_points, _by_phase):
        way = way_of(reference, now)
        if way is not None:
            found = Alignment(way, _agreement(reference.grey, now, way))
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
    first, second = View.of(small_grey(before)), View.of(small_grey(after))
    height, width = second.grey.shape
    way = _by_points(first, second) if first.grey.shape == second.grey.shape else None
    return way is not None and motion(way, height / width) > TURNED


def _by_points(reference: View, now: View) -> Way | None:
    first, second = reference.points, now.points
    if min(len(first.at), len(second.at)) < ENOUGH:
        return None
    matches: Sequence[cv2.DMatch] = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(
        first.marks, second.marks
    )
    if len(matches) < ENOUGH:
        return None
    source = first.at[[m.queryIdx for m in matches]]
    target = second.at[[m.trainIdx for m in matches]]
    way, agree = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=3.0)
    if way is None or int(agree.sum()) < ENOUGH:
        return None
    return _scaled(np.asarray(way, np.float64), 1 / now.grey.shape[1])


def _by_phase(reference: View, now: View) -> Way | None:
    one, other = reference.edges, now.edges
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


def _agreement(reference: Grey, now: View, way: Way) -> float:
    """Likeness of edges where the reference, carried along, still covers the picture."""
    height, width = reference.shape[:2]
    pixels = np.array(way) * np.array([1, 1, width])
    carried = cv2.warpAffine(reference, pixels, (width, height), borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.full_like(reference, 255), pixels, (width, height))
    one, other = edges(np.asarray(carried, np.uint8)), now.edges
    mask = cv2.resize(inside, (one.shape[1], one.shape[0]), interpolation=cv2.INTER_AREA) > 250
    if mask.mean() < 0.3:
        return 0.0
    a, b = one[mask] - one[mask].mean(), other[mask] - other[mask].mean()
    return float((a * b).mean() / (a.std() * b.std() + 1e-6))
