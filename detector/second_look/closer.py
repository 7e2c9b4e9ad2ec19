"""The rule's own detector once more, at a candidate alone, as large as it was taught to see it."""

from detector.boxes import same_place
from detector.image import Image
from detector.look import likeliest, sightings
from detector.model import Model
from detector.rules import Rule
from detector.second_look.part import NEVER_VETOED, WAITS, Part
from detector.violation import Box, Violation

LARGE = 96.0
"""A thing is enlarged until its longer side has so many pixels, ..."""
ZOOM = 2.0
"""... but no more than so much: what is not in the picture cannot be seen in it."""


def look_closer(model: Model, image: Image, violation: Violation, rule: Rule) -> Part:
    """Whether the detector sees it again in a crop at full resolution.

    Args:
        model: the rule's.
        image: the full picture, uint8, (H, W, 3), BGR.
        violation: the candidate.
        rule: its rule; classes and threshold hold here, too.

    Raises:
        ModelUnusable: the model gives what its card doesn't say.
    """
    x, y, part = tile(image, violation.box, model.card.input.width, model.card.input.height)
    least = rule.holds_at(model.card) / 2
    # What the model takes for something else more surely, such as a sound cover, is none of it.
    found = likeliest(model.detect([part], least)[0])
    x0, y0, x1, y1 = violation.box
    there: Box = (x0 - x, y0 - y, x1 - x, y1 - y)
    seen = [
        one
        for one in sightings(found)
        if one.label in rule.classes and same_place(there, one.box, rule.match_iou)
    ]
    best = max(seen, key=lambda one: one.score, default=None)
    score = 0.0 if best is None else best.score
    waited = violation.last_seen - violation.first_seen
    waits = (
        violation.label in NEVER_VETOED
        and waited < WAITS
        and seems_sound(model, image, violation.box, rule)
    )
    if waits:
        return Part(
            name="detector",
            lean=lean(score, rule.opens_at(model.card)),
            words_zh="放大再看更像完好，再看一次",
            words_en="closer, it looks sound: to be looked at again",
            evidence={"score": round(score, 3), "label": None},
            waits=True,
        )
    return Part(
        name="detector",
        lean=lean(score, rule.opens_at(model.card)),
        words_zh=f"放大再看得分{score:.2f}" if best else "放大再看未检出",
        words_en=f"closer, it scores {score:.2f}" if best else "closer, the detector sees none",
        evidence={"score": round(score, 3), "label": best.label if best else None},
    )


def seems_sound(model: Model, image: Image, box: Box, rule: Rule) -> bool:
    """Whether the detector, at twice the size, takes a place more surely for none of a rule's.

    By night a sound cover is taken for an open hole more often than by day, and less often from
    near. `python -m bench.covers --closer` counts both.

    Args:
        model: the rule's.
        image: the full picture, uint8, (H, W, 3), BGR.
        box: the place, in its pixels.
        rule: its classes are looked for.

    Raises:
        ModelUnusable: the model gives what its card doesn't say.
    """
    width, height = model.card.input.width, model.card.input.height
    x, y, part = tile(image, box, round(width / ZOOM), round(height / ZOOM))
    x0, y0, x1, y1 = box
    there: Box = (x0 - x, y0 - y, x1 - x, y1 - y)
    seen = [
        one
        for one in sightings(model.detect([part], rule.holds_at(model.card) / 2)[0])
        if same_place(there, one.box, rule.match_iou)
    ]
    best = max(seen, key=lambda one: one.score, default=None)
    if best is None or best.score < rule.opens_at(model.card):
        return False  # a hint of a sound cover holds no open hole back
    return best.label not in rule.classes


def tile(image: Image, box: Box, width: int, height: int) -> tuple[int, int, Image]:
    """A part of a picture around a box, of such a size that it fills a model's input enlarged.

    Args:
        image: the full picture.
        box: what is looked at, in its pixels.
        width: of the model's input, pixels.
        height: likewise.

    Returns:
        Its left and upper edge in the picture, and the part.
    """
    rows, columns = image.shape[:2]
    longer = max(box[2] - box[0], box[3] - box[1])
    zoom = min(max(LARGE / longer, 1.0), ZOOM)
    wide = min(max(round(width / zoom), round(2 * longer)), columns)
    high = min(max(round(height / zoom), round(2 * longer)), rows)
    left = min(max(round((box[0] + box[2] - wide) / 2), 0), columns - wide)
    top = min(max(round((box[1] + box[3] - high) / 2), 0), rows - high)
    return left, top, image[top : top + high, left : left + wide]


def lean(score: float, limit: float) -> float:
    """A score as a lean: the limit is where it turns."""
    if score < limit:
        return round(0.5 * score / limit, 3)
    return round(0.5 + 0.5 * (score - limit) / (1 - limit), 3)
