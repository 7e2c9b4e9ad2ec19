"""What evidence leads to: confirmed, kept back, given up, said to be still there, cleared."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from detector.boxes import same_place
from detector.look import Look
from detector.muted import Mute, is_muted
from detector.place import Place
from detector.proof import has_left, is_doubtful, is_gone, is_proved
from detector.reasons import reasons_for
from detector.rules import Rule
from detector.scene import SceneView, SecondLook
from detector.schedule import holds_any
from detector.violation import Change, State, Violation

Decision = tuple[Place, tuple[Change, ...]]


@dataclass(frozen=True, slots=True)
class Judge:
    """What a rule's decisions on one look lean on.

    Attributes:
        rule: the rule.
        look: what its model saw.
        scene: what else is known of the picture.
        second_look: looks once more at what is proved; None confirms it as it is.
        cooling: where something was cleared just now.
        reported: what other rules of this kind have reported on this camera, and is not over.
    """

    rule: Rule
    look: Look
    scene: SceneView
    second_look: SecondLook | None
    cooling: Iterable[Mute]
    reported: Iterable[Violation]

    def after_sighting(self, place: Place) -> Decision:
        """What comes of a place in which something was seen at this look."""
        if place.candidate:
            return self._candidate(place)
        told_at = place.told_at or place.violation.first_seen
        if (self.look.at - told_at).total_seconds() < self.rule.sighting_every_s:
            return place, ()
        return replace(place, told_at=self.look.at), (Change.STILL_THERE,)

    def after_vain_look(self, place: Place) -> Decision:
        """What comes of a place in which nothing was seen clearly, though it was visible."""
        gone = is_gone(self.rule, place)
        if place.candidate:
            gone = gone or is_doubtful(self.rule, place, self.look)
            return place, (Change.WITHDRAWN,) if gone else ()
        if not gone:
            return place, ()
        violation = replace(place.violation, state=State.CLEARED, cleared_at=self.look.at)
        return replace(place, violation=violation), (Change.CLEARED,)

    def _candidate(self, place: Place) -> Decision:
        if has_left(self.rule, place) or is_doubtful(self.rule, place, self.look):
            return place, (Change.WITHDRAWN,)
        if not is_proved(self.rule, place, self.look):
            return place, ()
        if place.again_at is not None and self.look.at < place.again_at:
            return place, ()
        place = self._asked(place)
        violation = place.violation
        if violation.suppressed is not None:
            return place, ()
        violation = replace(violation, state=State.CONFIRMED, confirmed_at=self.look.at)
        reasons = reasons_for(self.rule, place, self.look, self.scene)
        violation = replace(violation, reasons=reasons)
        return replace(place, violation=violation, told_at=self.look.at), (Change.CONFIRMED,)

    def _asked(self, place: Place) -> Place:
        """A proved candidate, with what is to be said against it; the cheap questions first."""
        rule, violation = self.rule, place.violation
        reason = self._not_now(place)
        if reason is not None:
            return _kept_back(place, reason)
        again_at = self.look.at + timedelta(seconds=rule.second_look.again_s)
        likeness = self.scene.familiar(rule, violation.box)
        if likeness is not None and likeness >= rule.familiar:
            return replace(_kept_back(place, "familiar"), again_at=again_at)
        if self.second_look is not None:
            verdict = self.second_look(violation, rule)
            violation = replace(violation, verdict=verdict, label=verdict.label or violation.label)
            place = replace(place, violation=violation)
            unsure = verdict.passes is None and rule.second_look.doubt == "hold"
            if verdict.pending:
                return _kept_back(place, "second_look")
            if verdict.passes is False or unsure:
                return replace(_kept_back(place, "second_look"), again_at=again_at)
            reason = self._not_now(place)
            if reason is not None:  # the label that the verdict gave may have limits of its own
                return replace(_kept_back(place, reason), again_at=again_at)
        return replace(place, violation=replace(violation, suppressed=None), again_at=None)

    def _not_now(self, place: Place) -> str | None:
        """Why it may not be confirmed at this time, whatever it is."""
        rule, look, violation = self.rule, self.look, place.violation
        label = rule.labels.get(violation.label)
        if label is not None and label.when and not holds_any(label.when, look.at, look.local):
            return "paused"
        lights = () if label is None else label.lights
        if lights and look.light is not None and look.light not in lights:
            return "light"
        if is_muted(self.cooling, violation.box, look.at, rule.match_iou):
            return "cooldown"
        boxes = (other.box for other in self.reported)
        if any(same_place(box, violation.box, rule.match_iou) for box in boxes):
            return "known"
        return None


def _kept_back(place: Place, reason: str) -> Place:
    return replace(place, violation=replace(place.violation, suppressed=reason))
