"""Drawing boxes on a copy of a picture, for evidence that people look at."""

from collections.abc import Sequence

import numpy as np
import supervision as sv

from detector.image import Image
from detector.violation import Box

ALERT = sv.Color(220, 38, 38)
SMALLEST_TEXT = 0.5


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
    if not boxes:
        return scene
    found = sv.Detections(
        xyxy=np.array(boxes, dtype=np.float32), class_id=np.zeros(len(boxes), dtype=int)
    )
    thickness = sv.calculate_optimal_line_thickness((image.shape[1], image.shape[0]))
    scene = sv.BoxAnnotator(color=ALERT, thickness=thickness).annotate(scene, found)
    if not labels:
        return scene
    scale = max(sv.calculate_optimal_text_scale((image.shape[1], image.shape[0])), SMALLEST_TEXT)
    writer = sv.LabelAnnotator(
        color=ALERT, text_color=sv.Color.WHITE, text_scale=scale, smart_position=True
    )
    return writer.annotate(scene, found, labels=list(labels))
