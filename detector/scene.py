"""What is known of one picture beside the detections: the scene that they were seen in.

Made from pictures by camera health and by the place's memory; the rules only ask it. `CLEAR` is the
scene of which nothing is known: all of it counts, all of it is visible, none of it familiar.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from detector.boxes import covered, same_place
from detector.rules import Rule
from detector.violation import Box, Light, Verdict, Violation


def _all_visible(box: Box) -> bool:
    return True


def _nothing_changed(box: Box) -> bool:
    return False


def _nothing_familiar(rule: Rule, box: Box) -> float | None:
    return None


@dataclass(frozen=True, slots=True)
class SceneView:
    """What is known of one picture.

    Attributes:
        trust: False where the picture proves neither presence nor absence: frozen, covered,
            blurred, or of a camera that has moved. Such a look counts for nothing.
        reason: why it is not trusted, a word for programs: `covered`, `moved`, …
        light: what the picture was taken by; None where that is not known.
        visible: whether a place can be seen, given its box in pixels. False where something
            stands before it: what is not seen there is not gone.
        familiar: how much a place looks as it always did, or as what was dismissed there, 0..1,
            given a rule and a box in pixels; None where nothing is known of the place, or the
            rule does not go by its `past`. It is asked only of what would be confirmed, so it
            may take some work.
        changed: whether a place, given its box in pixels, looks otherwise than it always did while
            all around it is as ever. Asked only of marked components.
    """

    trust: bool = True
    reason: str | None = None
    light: Light | None = None
    visible: Callable[[Box], bool] = _all_visible
    familiar: Callable[[Rule, Box], float | None] = _nothing_familiar
    changed: Callable[[Box], bool] = _nothing_changed


CLEAR = SceneView()
"""Nothing is known beside the detections."""

HIDDEN = 0.5
"""A place of which so large a share is covered by a recorded hidden box cannot be seen."""


class FamiliarPlace(BaseModel):
    """A place that looks as it always did, as a stored history has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    box: Box
    score: float
    rule: str | None = None


class RecordedScene(BaseModel):
    """A scene in a stored detection history, in JSON.

    Attributes:
        trust, reason, light: as in `SceneView`.
        hidden: boxes behind something that stands in front, pixels.
        familiar: places that look as they always did; without a rule, by their past.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    trust: bool = True
    reason: str | None = None
    light: Light | None = None
    hidden: tuple[Box, ...] = ()
    familiar: tuple[FamiliarPlace, ...] = ()

    def view(self) -> SceneView:
        """The scene as the rules ask it."""

        def visible(box: Box) -> bool:
            return all(covered(box, hidden) < HIDDEN for hidden in self.hidden)

        def familiar(rule: Rule, box: Box) -> float | None:
            scores = [
                place.score
                for place in self.familiar
                if (rule.past if place.rule is None else place.rule == rule.id)
                and same_place(place.box, box, 0.3)
            ]
            return max(scores, default=None)

        return SceneView(self.trust, self.reason, self.light, visible, familiar)


SecondLook = Callable[[Violation, Rule], Verdict]
"""Looks once more, at full resolution, at a candidate that is proved, before it is confirmed."""
