"""What is near a thing on the ground, by boxes alone."""

from collections.abc import Sequence

from pydantic import JsonValue

from detector.look import Sighting
from detector.violation import Box

REACH = 0.6
"""A person is with a thing that is no further away than this share of the person's height; a
lorry works where a thing is no further away than this share of the lorry's."""


def beside(one: Box, thing: Box) -> bool:
    """Whether a thing lies within reach of a person or a lorry, on the ground that it stands on."""
    reach = REACH * (one[3] - one[1])
    across = max(one[0] - thing[2], thing[0] - one[2], 0.0)
    down = max(one[1] - thing[3], thing[1] - one[3], 0.0)
    return across**2 + down**2 <= reach**2


def touches(one: Box, thing: Box) -> bool:
    """Whether two boxes share some of the picture."""
    across = min(one[2], thing[2]) - max(one[0], thing[0])
    down = min(one[3], thing[3]) - max(one[1], thing[1])
    return across > 0 and down > 0


def named(near: Sequence[Sighting]) -> JsonValue:
    """How many of what stand there, by name."""
    names = [one.label for one in near]
    return {name: names.count(name) for name in sorted(set(names))}
