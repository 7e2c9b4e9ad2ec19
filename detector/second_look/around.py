"""What stands around a candidate: who attends a stall, owns a suitcase, carts rubbish off."""

from collections.abc import Sequence

from pydantic import JsonValue

from detector.boxes import area, covered, overlap
from detector.detections import Detections
from detector.image import Image
from detector.look import Sighting, sightings
from detector.model import Model
from detector.rules import Rule
from detector.second_look.attendance import attendance
from detector.second_look.near import beside, named, touches
from detector.second_look.part import WAITS, Part
from detector.violation import Box, Violation

LUGGAGE = frozenset({"suitcase", "backpack", "handbag"})
NOT_LITTER = frozenset({"person", "bicycle", "car", "motorcycle", "bus", "dog", "bench"})
"""What a litter detector may take for litter, and a street detector knows better. No chairs: those
in a street may well be thrown away."""
COLLECTS = frozenset({"truck"})
STANDS = frozenset({"car", "bus", "truck", "potted plant", "bench"})
"""What stands on the ground and hides it: an open hole is not seen within it. No people: they
stand at holes, too."""
SAME = 0.5
"""From this overlap on two detectors mean one thing."""
SURE = 0.5
"""What is to excuse a candidate must have so high a score."""
PART = 0.9
"""What lies in a thing's outline by this share, and is no half as large, is a part of it."""
CONTEXT = 5.0
"""The surroundings' side, in longer sides of the candidate, ..."""
LEAST = 480
"""... and at least, pixels."""
CLOSER = 0.7
"""A second view of them has this share of their side: a lorry fills the wider one, and what is as
small as a planter is seen in the closer one alone."""


def look_around(street: Model, image: Image, violation: Violation, rule: Rule) -> Part:
    """What a street detector says of a candidate's surroundings.

    Args:
        street: knows people, vehicles, luggage and goods by COCO's names.
        image: the full picture, uint8, (H, W, 3), BGR.
        violation: the candidate.
        rule: its rule; `attended` asks for a person or goods.

    Raises:
        ModelUnusable: the model gives what its card doesn't say.
    """
    if rule.attended and violation.kind != "litter":
        return attendance(violation, lambda: surroundings(street, image, violation.box))
    near = surroundings(street, image, violation.box)
    if violation.kind == "litter":
        return excused(violation.box, near)
    if violation.kind == "manhole":
        near += surroundings(street, image, violation.box, CLOSER)
    return within_what_stands(violation, near)


def surroundings(street: Model, image: Image, box: Box, share: float = 1.0) -> list[Sighting]:
    """What stands around a box, in pixels of the full picture, best first.

    Args:
        street: knows people, vehicles, luggage and goods by COCO's names.
        image: the full picture, uint8, (H, W, 3), BGR.
        box: pixels.
        share: of the usual side.

    Raises:
        ModelUnusable: the model gives what its card doesn't say.
    """
    side = round(share * max(CONTEXT * max(box[2] - box[0], box[3] - box[1]), LEAST))
    rows, columns = image.shape[:2]
    left = min(max(round((box[0] + box[2] - side) / 2), 0), max(columns - side, 0))
    top = min(max(round((box[1] + box[3] - side) / 2), 0), max(rows - side, 0))
    found: Detections = street.detect([image[top : top + side, left : left + side]])[0]
    return [
        Sighting(
            one.label,
            one.score,
            (one.box[0] + left, one.box[1] + top, one.box[2] + left, one.box[3] + top),
        )
        for one in sightings(found)
    ]


def excused(box: Box, near: Sequence[Sighting]) -> Part:
    """What excuses something that was taken for litter: a lorry at work, an owner, what it is.

    Args:
        box: where it is, pixels.
        near: what stands around it, best first.
    """
    sure = [one for one in near if one.score >= SURE]
    people = [one for one in near if one.label == "person" and beside(one.box, box)]
    lorries = [one for one in sure if one.label in COLLECTS and beside(one.box, box)]
    luggage = [one for one in near if one.label in LUGGAGE and _is(one.box, box)]
    other = [one for one in sure if one.label in NOT_LITTER and _is(one.box, box)]
    evidence: dict[str, JsonValue] = {"near": named(near)}
    if lorries:
        words = "旁有货车，疑在清运", "a lorry stands at it: it may be being carted off"
        return Part("surroundings", 0.0, True, *words, evidence=evidence)
    if luggage and people:
        words = "是行李，主人在旁", "it is luggage, and its owner is with it"
        return Part("surroundings", 0.0, True, *words, evidence=evidence)
    if other:
        what = other[0].label
        words = f"更像{_ZH.get(what, what)}", f"it looks like a {what}"
        return Part("surroundings", 0.5 * (1 - other[0].score), False, *words, evidence=evidence)
    return Part("surroundings", None, evidence=evidence)


def within_what_stands(violation: Violation, near: Sequence[Sighting]) -> Part:
    """Whether what was taken for something in the road is part of what stands there.

    A vehicle's wheel, its shade, a planter's dark bush: what lies in the road is hidden by these,
    not seen within them. Nothing is lost by waiting until they are gone, since meanwhile they
    stand before the place.

    Args:
        violation: the candidate.
        near: what stands around it, best first.
    """
    evidence: dict[str, JsonValue] = {"near": named(near)}
    waited = violation.last_seen - violation.first_seen
    for one in near:
        stands = one.label in STANDS and one.score >= SURE
        if stands and waited < WAITS and _is_part(violation.box, one.box):
            words = (
                f"在{_ZH.get(one.label, one.label)}范围内，待其离开",
                f"it lies within a {one.label}: to be seen when that is gone",
            )
            return Part("surroundings", None, False, *words, evidence=evidence, waits=True)
    return Part("surroundings", None, evidence=evidence)


def _is_part(thing: Box, of: Box) -> bool:
    return covered(thing, of) >= PART and 2 * area(thing) < area(of)


def _is(one: Box, thing: Box) -> bool:
    return overlap(one, thing) >= SAME or (touches(one, thing) and _inside(one, thing) >= 0.8)


def _inside(one: Box, thing: Box) -> float:
    """The share of a thing that lies in a box not more than three times as large."""
    width = min(one[2], thing[2]) - max(one[0], thing[0])
    height = min(one[3], thing[3]) - max(one[1], thing[1])
    return width * height / area(thing) if area(one) <= 3 * area(thing) else 0.0


_ZH = {
    "person": "行人",
    "bicycle": "自行车",
    "car": "汽车",
    "motorcycle": "摩托车",
    "bus": "公交车",
    "dog": "狗",
    "bench": "长椅",
    "truck": "货车",
    "potted plant": "花箱",
}
