"""By what light a picture was taken: by day, by night, or by the camera's own infrared lamps."""

import cv2
import numpy as np
import numpy.typing as npt

from detector.image import Image
from detector.violation import Light

Grey = npt.NDArray[np.uint8]

SIDE = 480
"""The longer side of the small grey pictures that health is judged by, pixels."""

NO_COLOUR = 4.0
"""Colour (see `colour_of`) below which a picture has none. Infrared pictures have 0 to 2, the
palest of 80 grey streets 9; bare asphalt alone has 3."""
NIGHT, DAY = 55.0, 70.0
"""Mean brightness below which a colour picture is of the night, and above which of the day."""


def small_grey(image: Image) -> Grey:
    """A picture as health wants it.

    Args:
        image: uint8, (H, W, 3) BGR or (H, W) grey.

    Returns:
        uint8, the longer side 480 pixels.
    """
    share = SIDE / max(image.shape[:2])
    size = [max(1, round(side * share)) for side in image.shape[1::-1]]
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    if small.ndim == 3:
        small = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    return np.asarray(small, np.uint8)


def colour_of(image: Image) -> float:
    """How much colour is in a picture.

    The distance of chroma from the picture's own median, grey levels, that 2 % of the picture
    exceed: a tint that lies over all of it is no colour.

    Args:
        image: uint8, (H, W, 3) BGR.
    """
    small = cv2.resize(image, (96, 54), interpolation=cv2.INTER_AREA)
    chroma = cv2.cvtColor(small, cv2.COLOR_BGR2YUV)[..., 1:].reshape(-1, 2)
    return chroma_spread(np.asarray(chroma, np.uint8))


def chroma_spread(chroma: npt.NDArray[np.uint8]) -> float:
    """The same, of points' chroma: uint8, shape (n, 2)."""
    middle = np.median(chroma[::7], axis=0).astype(np.int16)
    far = np.abs(chroma.astype(np.int16) - middle)
    further = np.maximum(far[:, 0], far[:, 1])  # a tenth of the time of `max(axis=1)`
    rank = int(0.98 * (len(further) - 1))
    return float(np.partition(further, rank)[rank])


def light_of(mean: float, colour: float | None, before: Light | None) -> Light:
    """The light of one picture.

    Args:
        mean: its mean brightness, 0 to 255.
        colour: see `colour_of`; None where only grey is known.
        before: what it was, so that dusk does not flicker.
    """
    if colour is not None and colour < NO_COLOUR and mean > 12:
        return "infrared"
    if colour is None and before == "infrared":
        return before
    return "night" if mean < (DAY if before == "night" else NIGHT) else "day"
