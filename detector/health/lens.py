"""What is on the lens: drops and dirt, which stay where they are, and rain, which does not."""

import cv2
import numpy as np

from detector.health.light import Grey
from detector.health.signs import FEW, TEXTURED, Glance, Tiles, mean_by_tile, quantile, tiles_of
from detector.health.view import agreement

_FINE = 1.0
"""Mean fine step over the noise, grey levels, from which a tile has something to lose."""
_DIM = 0.5
"""Share of its fine steps, against what most tiles kept, below which a tile is dim."""
_SAME_LEVEL = 15.0
"""Grey levels that a tile may be brighter or darker, and still show the same thing."""
_WETTER, _WIDE = 1.0, 0.25
"""Grey levels by which rain makes a tile brighter, and the share of the tiles that it does."""
_COARSE = (0.25, 1.1)
"""Share of its coarse steps that a tile keeps under a drop."""
_SAME_EDGES = 0.4
"""Correlation of its edges with the reference's, likewise."""
_NEWEST = 0.35
"""What one look weighs against those before it: some three looks count."""
_STAYS = 0.7
"""Share of the looks in which a tile is dim that makes it one that stays so."""


def spots(now: Glance, reference: Glance) -> Tiles:
    """Where a picture is dim while the most of it is not: by tile, 1 or 0.

    Under a drop a tile keeps its brightness and its coarse edges, and loses its fine steps. Those
    of the sensor's noise, which are in the flattest tiles too, are taken off first. A lorry's
    smooth side has lost the fine steps of what it hides as well, but it has other edges.

    Args:
        now: the picture.
        reference: of the same light and size.
    """
    noise = [quantile(one.fine, 0.05) for one in (now, reference)]
    had = reference.fine - noise[1]
    told = (reference.coarse > TEXTURED) & (had > _FINE)
    if told.sum() < FEW:
        return np.zeros_like(had)
    kept = (now.fine - noise[0]) / np.maximum(had, _FINE)
    shift = now.level - reference.level
    same = np.abs(shift - quantile(shift[told], 0.5)) < _SAME_LEVEL
    coarse = now.coarse / np.maximum(reference.coarse, TEXTURED)
    dim = told & same & (kept < _DIM * quantile(kept[told], 0.5))
    dim &= (coarse > _COARSE[0]) & (coarse < _COARSE[1])
    if dim.any():
        height, width = dim.shape
        parts = max(1, width // 2), max(1, height // 2)
        edges = agreement(now.view.edges, reference.view.edges, parts)
        dim &= cv2.resize(edges, (width, height), interpolation=cv2.INTER_LINEAR) > _SAME_EDGES
    spots: Tiles = np.where(dim, np.float32(1), np.float32(0))
    return spots


def lasting(before: Tiles | None, spots: Tiles) -> Tiles:
    """How often each tile was dim of late, 0 to 1, with one more look.

    Wind and passers-by dim some tiles in any look, and others in the next; a drop stays.

    Args:
        before: as it was; None where it is not known.
        spots: of this look.
    """
    if before is None or before.shape != spots.shape:
        return spots
    return np.asarray(before + np.float32(_NEWEST) * (spots - before), np.float32)


def soiled(often: Tiles) -> float:
    """The share of the picture's tiles that stay dim."""
    return float((often > _STAYS).mean())


def streaks(now: Grey, before: Grey) -> float:
    """The share of tiles over which thin upright streaks have come or gone: rain, as it falls.

    What moves in a street fills few tiles, and steps in it run both ways; rain fills most tiles,
    and all its steps run across.

    Args:
        now: uint8, (H, W).
        before: the picture before it, of the same shape.
    """
    if now.shape != before.shape:
        return 0.0
    change = np.asarray(cv2.subtract(now, before), np.uint8)  # what has become brighter
    tiles = tiles_of(now)
    if (mean_by_tile(change, tiles) > _WETTER).mean() < _WIDE:  # somebody passes
        return 0.0
    change = np.asarray(cv2.subtract(change, cv2.blur(change, (9, 9))), np.uint8)
    across = np.asarray(cv2.absdiff(change[:, 2:], change[:, :-2]), np.uint8)
    down = np.asarray(cv2.absdiff(change[2:], change[:-2]), np.uint8)
    steps = [mean_by_tile(one, tiles) for one in (across, down)]
    return float(((steps[0] > 1.0) & (steps[0] > 1.6 * steps[1])).mean())
