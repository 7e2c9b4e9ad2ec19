"""Drawing boxes on a copy of a picture, for evidence that people look at."""

from collections.abc import Sequence

import cv2

from detector.image import Image
from detector.violation import Box

RED, WHITE = (38, 38, 220), (255, 255, 255)
SMALLEST_TEXT = 0.5
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_MARGIN = 10
"""Of a label about its letters, pixels."""


def annotate(image: Image, boxes: Sequence[Box], labels: Sequence[str] = ()) -> Image:
    """Draw boxes, each with its label, on a copy.

    Line and letter sizes follow the picture's, so that a box is as plain to see on a 4K picture
    as on a small one.

    Args:
        image: uint8, shape (H, W, 3), BGR; it is not touched.
        boxes: corners in pixels.
        labels: one a box, or none at all; letters outside ASCII come out as question marks.

    Returns:
        A new picture of the same shape.
    """
    scene = image.copy()
    thickness = 2 if min(image.shape[:2]) < 1080 else 4
    for x0, y0, x1, y1 in boxes:
        corners = (round(x0), round(y0)), (round(x1), round(y1))
        cv2.rectangle(scene, *corners, RED, thickness)
    for box, label in zip(boxes, labels, strict=False):
        _write(scene, box, label)
    return scene


def _write(scene: Image, box: Box, label: str) -> None:
    """A label on its box; inside it where there is no room above, and never out of the picture."""
    height, width = scene.shape[:2]
    scale = max(min(width, height) * 0.001, SMALLEST_TEXT)
    (wide, high), _ = cv2.getTextSize(label, _FONT, scale, 1)
    wide, high = wide + 2 * _MARGIN, high + 2 * _MARGIN
    top = round(box[1]) - high
    top = max(round(box[1]), 0) if top < 0 else min(top, height - high)
    left = max(min(round(box[0]), width - wide), 0)
    cv2.rectangle(scene, (left, top), (left + wide, top + high), RED, cv2.FILLED)
    at = left + _MARGIN, top + high - _MARGIN
    cv2.putText(scene, label, at, _FONT, scale, WHITE, 1, cv2.LINE_AA)
