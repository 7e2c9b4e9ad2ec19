"""What tells a thing from another in one place, in any light: its gradients on a fixed grid."""

import cv2
import numpy as np
import numpy.typing as npt

from detector.violation import Box

SIDE = 96
"""Of the square that a thing is brought to, pixels."""
AROUND = 0.1
"""How much around a thing is looked at, in sides of its box."""
_PITCH = 20.0
_GRID = [
    cv2.KeyPoint(18.0 + _PITCH * column, 18.0 + _PITCH * row, 16.0, 0.0)
    for row in range(4)
    for column in range(4)
]

Picture = npt.NDArray[np.uint8]
"""uint8, (height, width) or (height, width, 3) BGR."""
Vector = npt.NDArray[np.float32]


def crop(picture: Picture, box: Box) -> Picture:
    """A thing brought to `SIDE` x `SIDE` pixels, its proportions not kept.

    Args:
        picture: the whole picture.
        box: where the thing is, in its pixels.
    """
    height, width = picture.shape[:2]
    wide, high = (box[2] - box[0]) * AROUND, (box[3] - box[1]) * AROUND
    left = int(np.clip(box[0] - wide, 0, width - 1))
    top = int(np.clip(box[1] - high, 0, height - 1))
    right = int(np.clip(np.ceil(box[2] + wide), left + 1, width))
    bottom = int(np.clip(np.ceil(box[3] + high), top + 1, height))
    part = picture[top:bottom, left:right]
    how = cv2.INTER_AREA if min(part.shape[:2]) > SIDE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, (SIDE, SIDE), interpolation=how), np.uint8)


def describe(cropped: Picture) -> Vector:
    """Upright SIFT (Lowe, 2004) at 4x4 fixed points, each less its mean; float32, of length 1.

    Directions of gradients stay when the light changes, so brightness, colour and contrast do not
    count. A colour histogram, SSIM and a network's embedding were measured beside it.

    Args:
        cropped: as `crop` gives it.
    """
    grey = cv2.cvtColor(cropped, cv2.COLOR_BGR2GRAY) if cropped.ndim == 3 else cropped
    _, found = cv2.SIFT.create().compute(grey, _GRID)
    vectors = np.asarray(found, np.float32)
    vector = (vectors - vectors.mean(axis=1, keepdims=True)).ravel()
    length = float(np.linalg.norm(vector))
    unit: Vector = vector / np.float32(length if length > 0 else 1.0)
    return unit


def resemblance(a: Picture, b: Picture, box: Box) -> float:
    """How much a thing in one picture is the thing in another of the same view, 0..1.

    Args:
        a: a picture.
        b: another of the same size.
        box: where the thing is in both, in their pixels.
    """
    return max(float(describe(crop(a, box)) @ describe(crop(b, box))), 0.0)
