"""What a model finds in single pictures."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.image import Image
from detector.model import Model
from detector.violation import Box
from tuning.examples import read_picture


@dataclass(frozen=True, slots=True)
class Found:
    """One detection.

    Attributes:
        label: the class's name.
        score: 0..1, on the card's scale.
        box: corners in pixels of the picture.
    """

    label: str
    score: float
    box: Box


def find_in(model: Model, path: Path, threshold: float | None) -> tuple[Image, list[Found]]:
    """Look at one picture.

    Args:
        model: a loaded model.
        path: the picture's file.
        threshold: detections score above it; None takes the card's.

    Returns:
        The picture, uint8, shape (H, W, 3), BGR, and its detections, best first.

    Raises:
        DataInvalid: it is no picture, or damaged.
        ModelUnusable: the model gives what its card doesn't say.
    """
    image = read_picture(path)
    detections = model.detect([image], threshold)[0]
    found = [
        Found(str(label), float(score), _box(corners))
        for label, score, corners in zip(
            detections.data["class_name"], detections.confidence, detections.xyxy, strict=True
        )
    ]
    return image, found


def as_dict(path: Path, found: list[Found]) -> dict[str, Any]:
    """One picture's detections as plain values: name, score to four places, box to a tenth."""
    return {
        "image": str(path),
        "detections": [
            {
                "class": one.label,
                "score": round(one.score, 4),
                "box": [round(side, 1) for side in one.box],
            }
            for one in found
        ],
    }


def _box(corners: Any) -> Box:
    left, top, right, bottom = (float(side) for side in corners)
    return left, top, right, bottom
