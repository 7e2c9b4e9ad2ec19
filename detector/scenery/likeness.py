"""How alike a place looks in two pictures of one camera, whatever the light.

Brightness is taken out by the mean and the deviation around each pixel; what is left is compared by
the contrast and structure of SSIM (Wang et al., "Image quality assessment: from error visibility to
structural similarity", 2004): 1 for the same texture, near 0 for another.
"""

import cv2
import numpy as np
import numpy.typing as npt

from detector.violation import Box

Grey = npt.NDArray[np.uint8]
"""Brightness, uint8, shape (height, width)."""
Floats = npt.NDArray[np.float32]

SIDE = 480
"""The longer side of the small pictures in which places are compared, pixels."""
AROUND = 31
"""The window in which light counts as one, pixels of the small picture."""
WINDOW = 7
"""The window in which texture is compared, pixels of the small picture."""
CONTRAST = 30.0
"""The deviation that every neighbourhood is brought to, grey levels."""
NOISE = 8.0
"""A deviation below which contrast is taken for noise, grey levels."""
FLAT = (0.03 * 255) ** 2
"""SSIM's second constant: keeps flat patches from being told apart by their noise."""
RING = 1.0
"""How much around a place counts as its surroundings, in sides of the place."""
LEAST = 3.0
"""A place that is smaller in the small picture cannot be compared, pixels."""


def likeness_map(a: Grey, b: Grey) -> Floats:
    """How alike two pictures are around each pixel, float32, (H, W), at most 1."""
    x, y = _unlit(a), _unlit(b)
    mean_x, mean_y = _mean(x, WINDOW), _mean(y, WINDOW)
    shared = _mean(x * y, WINDOW) - mean_x * mean_y
    own = _mean(x * x, WINDOW) - mean_x**2 + _mean(y * y, WINDOW) - mean_y**2
    alike: Floats = (2 * shared + np.float32(FLAT)) / (np.maximum(own, 0) + np.float32(FLAT))
    return alike


def likeness(a: Grey, b: Grey, box: Box) -> tuple[float, float]:
    """How alike a place is in two pictures, and how alike its surroundings are.

    Args:
        a: a small picture.
        b: another of the same size.
        box: the place, in pixels of these.

    Returns:
        The mean over the place, and over a ring of `RING` of its sides around it; at most 1.
    """
    reach = AROUND // 2 + WINDOW // 2
    whole = outline(box, a.shape, RING)
    rows, columns = outline(box, a.shape, RING, reach)
    alike = likeness_map(a[rows, columns], b[rows, columns])
    inner = _within(alike, outline(box, a.shape), rows, columns)
    outer = _within(alike, whole, rows, columns)
    place, rest = float(inner.mean()), outer.size - inner.size
    ring = (float(outer.sum()) - float(inner.sum())) / rest if rest > 0 else place
    return place, ring


def outline(
    box: Box, shape: tuple[int, ...], around: float = 0.0, reach: int = 0
) -> tuple[slice, slice]:
    """The rows and columns of a box, widened by shares of its sides and by pixels; never empty."""
    height, width = shape[:2]
    wide, high = (box[2] - box[0]) * around + reach, (box[3] - box[1]) * around + reach
    top = int(np.clip(np.floor(box[1] - high), 0, height - 1))
    left = int(np.clip(np.floor(box[0] - wide), 0, width - 1))
    bottom = int(np.clip(np.ceil(box[3] + high), top + 1, height))
    right = int(np.clip(np.ceil(box[2] + wide), left + 1, width))
    return slice(top, bottom), slice(left, right)


def shrink(box: Box, width: int, grey: Grey) -> Box:
    """A box of the full picture in pixels of the small one.

    Args:
        box: pixels of the full picture.
        width: of the full picture, pixels.
        grey: the small picture.
    """
    x0, y0, x1, y1 = (side * grey.shape[1] / width for side in box)
    return x0, y0, x1, y1


def comparable(small: Box) -> bool:
    """Whether a place is large enough in the small picture to be compared."""
    return min(small[2] - small[0], small[3] - small[1]) >= LEAST


def _within(
    alike: Floats, wanted: tuple[slice, slice], rows: slice, columns: slice
) -> npt.NDArray[np.float32]:
    y, x = wanted
    return alike[
        y.start - rows.start : y.stop - rows.start, x.start - columns.start : x.stop - columns.start
    ]


def _unlit(grey: Grey) -> Floats:
    given = grey.astype(np.float32)
    mean = _mean(given, AROUND)
    spread = np.sqrt(np.maximum(_mean(given * given, AROUND) - mean * mean, 0))
    unlit: Floats = (given - mean) * (np.float32(CONTRAST) / (spread + np.float32(NOISE)))
    return unlit


def _mean(values: Floats, window: int) -> Floats:
    smooth = cv2.boxFilter(values, -1, (window, window), borderType=cv2.BORDER_REFLECT)
    return np.asarray(smooth, dtype=np.float32)
