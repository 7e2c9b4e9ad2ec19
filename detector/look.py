"""What a model saw on one picture, and what of it counts for a rule."""

from dataclasses import dataclass
from datetime import datetime

import supervision as sv

from detector.rules import Rule, margin
from detector.violation import Box

FOOTING = 0.25
"""A confirmed thing may stand this share of its height outside the zone, and still be there."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One detection: class name, score 0..1, box in pixels."""

    label: str
    score: float
    box: Box


@dataclass(frozen=True, slots=True)
class Look:
    """What a model saw on one picture of a camera.

    Attributes:
        camera_id: the camera.
        at: the picture's capture time, timezone-aware.
        model: `name@version` of the model.
        width: the picture's, pixels.
        height: the picture's, pixels.
        detections: down to the rule's holding score; the rule sorts out the rest.
        threshold: the score that opens and confirms, where the rule leaves it to the card.
    """

    camera_id: str
    at: datetime
    model: str
    width: int
    height: int
    detections: tuple[Sighting, ...]
    threshold: float


def sort_sightings(rule: Rule, look: Look) -> tuple[list[Sighting], list[Sighting]]:
    """Sightings that open and confirm, and those that only keep a confirmed one; best first."""
    opens_at = look.threshold if rule.threshold is None else rule.threshold
    strong: list[Sighting] = []
    weak: list[Sighting] = []
    # By score, then place: the order in which a model lists its boxes must not matter.
    for sighting in sorted(look.detections, key=lambda s: (-s.score, s.box, s.label)):
        if sighting.label not in rule.classes or sighting.score < opens_at * rule.hold:
            continue
        inside = margin(rule, sighting.box, look.width, look.height)
        if inside >= 0 and sighting.score >= opens_at:
            strong.append(sighting)
        elif inside >= -FOOTING * (sighting.box[3] - sighting.box[1]):
            weak.append(sighting)
    return strong, weak


def sightings(found: sv.Detections) -> tuple[Sighting, ...]:
    """Detections as the rules take them.

    Args:
        found: with `confidence` and `data["class_name"]`, as `Model.detect` gives them.
    """
    if len(found) == 0 or found.confidence is None:
        return ()
    labels = [str(label) for label in found.data["class_name"]]
    boxes = found.xyxy.astype(float).tolist()
    scores = found.confidence.astype(float).tolist()
    return tuple(
        Sighting(label, score, (x0, y0, x1, y1))
        for label, score, (x0, y0, x1, y1) in zip(labels, scores, boxes, strict=True)
        if x1 > x0 and y1 > y0  # what lay in the padding alone has no area once it is clipped
    )
