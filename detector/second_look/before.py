"""What a street detector sees stand before a place: then nothing that is not seen there is gone."""

from collections.abc import Sequence

from detector.boxes import covered, overlap
from detector.look import Sighting
from detector.violation import Box

BEFORE = frozenset({"person", "bicycle", "motorcycle", "car", "bus", "truck"})
"""COCO's classes of what comes, stands before a place, and goes."""
SURE = 0.5
"""It must be seen with so high a score."""
HIDDEN = 0.5
"""A place of which so large a share lies behind it cannot be seen."""
ITSELF = 0.5
"""From this overlap on it is not before the thing: it is the thing, such as a seller's van."""


def stands_before(box: Box, near: Sequence[Sighting]) -> bool:
    """Whether somebody, or a vehicle, stands between the camera and a place.

    A camera looks down: whose foot is lower in the picture is nearer.

    Args:
        box: the place, pixels.
        near: what is seen in the picture.
    """
    return any(
        one.label in BEFORE
        and one.score >= SURE
        and one.box[3] > box[3]
        and covered(box, one.box) >= HIDDEN
        and overlap(box, one.box) < ITSELF
        for one in near
    )
