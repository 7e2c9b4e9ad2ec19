"""What a person said is no violation, with its picture: the like of it is not filed there again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from detector.boxes import same_place
from detector.scenery.descriptor import Picture, Vector, crop, describe
from detector.violation import Box


@dataclass(frozen=True)
class Dismissed:
    """A thing that a person dismissed.

    Attributes:
        id: the violation's.
        rule: the rule that it came by.
        label: what the detector took it for.
        box: where it was, pixels of the full picture.
        at: when it was dismissed, UTC.
        until: from when on it is forgotten, UTC.
        picture: how it looked, as `descriptor.crop` gives it.
    """

    id: str
    rule: str
    label: str
    box: Box
    at: datetime
    until: datetime
    picture: Picture

    @cached_property
    def described(self) -> Vector:
        """Its descriptor, made once."""
        return describe(self.picture)


def likest(
    things: Iterable[Dismissed],
    rule: str,
    image: Callable[[], Picture],
    box: Box,
    at: datetime,
) -> float | None:
    """How much a place looks like what was dismissed there.

    Args:
        things: what is remembered of the camera.
        rule: whose.
        image: gives the full picture of now; called only if something was dismissed there.
        box: the place, in its pixels.
        at: its capture time; what has expired does not count.

    Returns:
        0..1; None where nothing of this rule was dismissed there.
    """
    there = [
        one
        for one in things
        if one.rule == rule and at < one.until and same_place(one.box, box, 0.3)
    ]
    if not there:
        return None
    now = describe(crop(image(), box))
    return max(max(float(one.described @ now), 0.0) for one in there)
