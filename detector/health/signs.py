"""The cheap signs: what one small picture, held against a reference, tells of lens and light.

A picture is cut into tiles of about 15 pixels. Of each, two measures count: `fine`, the mean step
between neighbouring pixels, and `coarse`, the same at a quarter of the size. Fading light lowers
both, a lens out of focus lowers the fine one more, and what covers the lens leaves neither.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from detector.health.light import Grey
from detector.health.view import View, edges_of_quarter, likeness, quarter

Tiles = npt.NDArray[np.float32]

_TILE = 15
_DEPTH_OF_BLACK = 26
"""A picture whose brightest hundredth is below this shows nothing; video's black is 16."""
_FLAT_STEP = 1.8
"""Mean coarse step, grey levels, of a tile that shows nothing but noise."""
TEXTURED = 2.5
"""Coarse step from which a tile has something that can be lost."""
FEW = 32
"""Of fewer such tiles nothing is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """What is measured of a small picture.

    Attributes:
        view: the picture, and what is compared of it.
        mean: brightness, 0 to 255.
        bright: what a hundredth of the picture is at least as bright as.
        white: share of pixels from 250.
        fine: mean step between neighbouring pixels, by tile.
        coarse: mean step at a quarter of the size, by tile.
        level: mean brightness, by tile.
    """

    view: View
    mean: float
    bright: float
    white: float
    fine: Tiles
    coarse: Tiles
    level: Tiles

    @property
    def grey(self) -> Grey:
        """The picture, uint8 (H, W)."""
        return self.view.grey


def glance(grey: Grey) -> Glance:
    """Measures a small picture: half a millisecond at 480x270."""
    small = quarter(grey)
    tiles = tiles_of(grey)
    counts = cv2.calcHist([small], [0], None, [256], [0, 256]).ravel() / small.size
    return Glance(
        view=View(grey, edges_of_quarter(small)),
        mean=float(counts @ np.arange(256)),
        bright=float(np.searchsorted(np.cumsum(counts), 0.99)),
        white=float(counts[250:].sum()),
        fine=mean_by_tile(_steps(grey), tiles),
        coarse=mean_by_tile(_steps(small), tiles),
        level=mean_by_tile(small, tiles),
    )


def tiles_of(grey: Grey) -> tuple[int, int]:
    """How many tiles a picture is cut into, across and down."""
    return max(1, grey.shape[1] // _TILE), max(1, grey.shape[0] // _TILE)


def _steps(grey: Grey) -> Grey:
    across = cv2.absdiff(grey[:-1, 1:], grey[:-1, :-1])
    down = cv2.absdiff(grey[1:, :-1], grey[:-1, :-1])
    return np.asarray(cv2.add(across, down), np.uint8)


def mean_by_tile(values: Grey, tiles: tuple[int, int]) -> Tiles:
    """The mean of each tile."""
    if values.shape[1] >= 240:  # whole fives first: OpenCV is quick at these
        width, height = values.shape[1] // 5, values.shape[0] // 5
        whole = values[: height * 5, : width * 5]
        values = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA))
    floats = values.astype(np.float32)
    return np.asarray(cv2.resize(floats, tiles, interpolation=cv2.INTER_AREA), np.float32)


def quantile(values: Tiles, share: float) -> float:
    """The value that so large a share of others is below; an eighth of NumPy's time."""
    rank = int(share * (values.size - 1))
    return float(np.partition(values, rank, axis=None)[rank])


def is_black(now: Glance) -> bool:
    """Too dark to show anything."""
    return now.bright < _DEPTH_OF_BLACK


def is_overexposed(now: Glance) -> bool:
    """Mostly white, with little left to see."""
    return now.white > 0.6


def is_flat(now: Glance) -> bool:
    """Shows next to nothing anywhere, whatever it showed before."""
    return float((now.coarse > _FLAT_STEP).mean()) < 0.08


def is_like(now: Glance, reference: Glance) -> float:
    """How like two views are, -1 to 1, whatever their light."""
    return likeness(now.view.edges, reference.view.edges)


@dataclass(frozen=True, slots=True)
class Loss:
    """What a picture has lost against its reference, as shares of the tiles that showed something.

    Attributes:
        gone: tiles that show nothing any more.
        dim: tiles that still show what they did, but dimly.
        sharpness: fine against coarse steps, and that against the reference's: 1 is as sharp.
    """

    gone: float
    dim: float
    sharpness: float


def loss(now: Glance, reference: Glance) -> Loss:
    """What a picture has lost against its reference of the same light."""
    showed = reference.coarse > TEXTURED
    if showed.sum() < FEW:
        return Loss(0.0, 0.0, 1.0)
    coarse = now.coarse[showed] / reference.coarse[showed]
    sharp = _sharpness(now)[showed] / _sharpness(reference)[showed]
    gain = min(max(quantile(coarse, 0.8), 0.25), 1.0)
    gone = (coarse < 0.4 * gain) | (now.coarse[showed] < _FLAT_STEP)
    shift = now.level[showed] - reference.level[showed]
    same = np.abs(shift - quantile(shift, 0.5)) < 30
    dim = (sharp < 0.7) & same & (coarse < 1.1)
    return Loss(float(gone.mean()), float(dim.mean()), quantile(sharp, 0.5))


def _sharpness(one: Glance) -> Tiles:
    return np.asarray((one.fine + 0.1) / (one.coarse + 0.5), np.float32)


def is_frozen(now: Grey, before: Grey) -> bool:
    """Whether two pictures are one, to the pixel, but for a clock that is drawn over them.

    Two pictures of a real sensor never agree in 98 of 100 pixels that are neither black nor white.
    """
    if now.shape != before.shape:
        return False
    if (now[::16, ::16] == before[::16, ::16]).mean() < 0.5:  # most pairs end here
        return False
    told = (now > 24) & (now < 235)
    same = now == before
    if told.mean() < 0.05:
        return bool(same.all())
    return float(same[told].mean()) >= 0.98
