"""Small pictures, made without the large one where its planes are at hand."""

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]
"""One channel, uint8, shape (height, width)."""

SIDE = 480
"""The longer side of a small picture, pixels."""
_POINTS = (96, 54)
_BLACK, _WHITE = 16, 235
_TO_FULL = np.clip((np.arange(256) - _BLACK) * 255 / (_WHITE - _BLACK), 0, 255).astype(np.uint8)


def shrunk(plane: Plane, side: int = SIDE, *, limited: bool = False) -> Plane:
    """Brightness with its longer side at so many pixels.

    To twice that by interpolation, then by the mean of four: a sixth of what one step by areas
    costs, and as still.

    Args:
        plane: brightness, of any size.
        side: the longer one, pixels.
        limited: whether it is video's 16 to 235, which is stretched then.
    """
    share = side / max(plane.shape)
    width, height = (max(round(one * share), 1) for one in plane.shape[::-1])
    twice = cv2.resize(plane, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    small = np.asarray(cv2.resize(twice, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return _TO_FULL[small] if limited else small


def chroma_of(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A picture's colour (U and V) at some points, uint8, shape (n, 2); the picture is BGR."""
    few = cv2.resize(image, _POINTS, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(few, cv2.COLOR_BGR2YUV)[..., 1:], np.uint8).reshape(-1, 2)
