"""A square around a box, enlarged or reduced: what a classifier is shown of a candidate."""

import cv2
import numpy as np

from detector.image import Image
from detector.letterbox import GREY
from detector.violation import Box


def square(image: Image, box: Box, context: float, smallest: int, wanted: int) -> Image:
    """A square around a box, at a classifier's size; grey where the picture ends.

    Args:
        image: uint8, shape (H, W, 3), BGR.
        box: corners in pixels.
        context: the square's side, in longer sides of the box.
        smallest: the square's side at least, pixels of the picture.
        wanted: the side of what is given, pixels.

    Returns:
        uint8, shape (wanted, wanted, 3), BGR.
    """
    longer = max(box[2] - box[0], box[3] - box[1])
    side = max(round(longer * context), smallest)
    left, top = (round((box[i] + box[i + 2] - side) / 2) for i in (0, 1))
    rows, columns = image.shape[:2]
    inside = image[max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)]
    canvas = np.full((side, side, 3), GREY, dtype=np.uint8)
    y, x = max(-top, 0), max(-left, 0)
    if inside.size and top < rows and left < columns:
        canvas[y : y + inside.shape[0], x : x + inside.shape[1]] = inside
    how = cv2.INTER_AREA if side > wanted else cv2.INTER_LINEAR
    return cv2.resize(canvas, (wanted, wanted), interpolation=how).astype(np.uint8, copy=False)
