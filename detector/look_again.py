"""Looked again (核查): is a violation still there, now, held against the report's picture."""

from dataclasses import dataclass
from typing import Literal

from detector.health.light import small_grey
from detector.health.view import has_moved
from detector.image import Image
from detector.pipeline import Pipeline
from detector.scene import SceneView
from detector.scenery.descriptor import resemblance
from detector.scenery.likeness import comparable, likeness, shrink
from detector.scenery.watch import SURROUNDED
from detector.second_look.closer import tile
from detector.violation import Box

AS_BEFORE = 0.85
"""A place that resembles the report's so much looks as it did then."""

Found = Literal["cleared", "still_there", "cannot_tell"]


@dataclass(frozen=True, slots=True)
class Again:
    """What a look again found.

    Attributes:
        found: cleared, still there, or cannot tell.
        why_zh: why it cannot tell, or what the answer stands on.
        why_en: the same in English.
    """

    found: Found
    why_zh: str
    why_en: str


def look_again(
    pipeline: Pipeline,
    image: Image,
    before: Image | None,
    rule_id: str,
    box: Box,
    scene: SceneView,
) -> Again:
    """Look whether something is still there; what is not sure is not said.

    Args:
        pipeline: the camera's rules and models.
        image: the picture of now, uint8, (H, W, 3), BGR.
        before: the picture that it was reported with, likewise, of any size; None if it is gone.
        rule_id: the rule that it came by.
        box: where it was, in pixels of `image`.
        scene: what is known of the picture of now.

    Raises:
        RuleInvalid: the camera has no such rule any more.
        ModelUnusable: a model gives what its card doesn't say.
    """
    if not scene.trust:
        reason = scene.reason or "unclear"
        return _unsure(f"画面不可靠（{reason}）", f"the picture cannot be relied on: {reason}")
    if before is not None and has_moved(before, image):
        return _unsure("镜头已转动或变焦，视角不同", "the camera was turned or zoomed since")
    if pipeline.sees(image, rule_id, box):
        return Again("still_there", "仍可检出", "the detector still sees it")
    x0, y0, x1, y1 = box
    left, top, part = tile(image, box, 640, 640)
    if pipeline.sees(part, rule_id, (x0 - left, y0 - top, x1 - left, y1 - top)):
        return Again("still_there", "放大后仍可检出", "closer, the detector still sees it")
    return _unseen(image, before, box, scene)


def _unseen(image: Image, before: Image | None, box: Box, scene: SceneView) -> Again:
    """The detector sees nothing: is it gone, or is it only not seen?"""
    hidden = _unsure("现场被遮挡", "something stands before the place")
    if before is not None:
        now, then = small_grey(image), small_grey(before)
        small = shrink(box, image.shape[1], now)
        if now.shape == then.shape and comparable(small):
            if resemblance(now, then, small) >= AS_BEFORE:
                return _unsure(
                    "未检出，但现场与立案时相似",
                    "nothing is detected, but it looks as in the report",
                )
            if likeness(now, then, small)[1] < SURROUNDED:
                return hidden
    if not scene.visible(box):
        return hidden
    return Again("cleared", "同一视角已不见", "from the same view nothing is seen there")


def _unsure(why_zh: str, why_en: str) -> Again:
    return Again("cannot_tell", why_zh, why_en)
