"""The one way from frames to violations, for live cameras and clips alike.

The clock is an argument: a clip is judged by its own time, as fast as it can be read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from uuid import uuid4

from detector.boxes import same_place
from detector.detections import Detections
from detector.errors import RuleInvalid
from detector.image import Image
from detector.look import Look, backed_by_change, likeliest, sightings
from detector.model import Model
from detector.muted import Mute
from detector.place import RuleState
from detector.places import advance
from detector.rules import Rule
from detector.ruleset import RuleSet
from detector.scene import CLEAR, SceneView, SecondLook
from detector.site import NOWHERE, Site
from detector.state import CameraState
from detector.violation import Box, Event
from detector.zone import bounds


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What came of one picture.

    Attributes:
        events: what has changed, in the order of the models' names, then of the rules.
        detections: what each model that looked saw, by its name, down to the lowest score that
            any of its rules holds on to.
    """

    events: tuple[Event, ...]
    detections: Mapping[str, Detections]


def new_violation_id() -> str:
    """A random UUID."""
    return str(uuid4())


class Pipeline:
    """One camera's rules and where they stand.

    A class because it guards the state: it changes only through a picture, or through
    detections made elsewhere, and can be stored after each (`state.to_json()`).
    """

    def __init__(
        self,
        camera_id: str,
        rules: Sequence[Rule],
        models: Mapping[str, Model],
        state: CameraState | None = None,
        new_id: Callable[[], str] = new_violation_id,
        local: tzinfo = UTC,
        site: Site = NOWHERE,
    ) -> None:
        """Set up a camera's rules.

        Args:
            camera_id: the camera.
            rules: its rules.
            models: the loaded models, by the names that rules call them.
            state: where it stood before a restart; None starts afresh.
            new_id: makes a violation's id.
            local: the time zone in which rules name hours of the day.
            site: what is known of the camera's view.

        Raises:
            RuleInvalid: a rule asks for a model or a class that is not there, or two rules
                have one id.
            ValueError: the state is another camera's.
        """
        self._camera_id = camera_id
        self._models = dict(models)
        cards = {name: model.card for name, model in models.items()}
        self._rules = RuleSet.of(rules, cards, local)
        self._site = site
        self._new_id = new_id
        self.restore(CameraState(camera_id) if state is None else state)

    @property
    def state(self) -> CameraState:
        """Where the camera's rules stand; immutable, each picture makes a new one."""
        return self._state

    def restore(self, state: CameraState) -> None:
        """Go back to an earlier state, as if the pictures since had not been looked at.

        For callers that could not store what came of a picture.

        Raises:
            ValueError: the state is another camera's.
        """
        if state.camera_id != self._camera_id:
            raise ValueError(f"the state is of {state.camera_id}, not of {self._camera_id}")
        self._state = state

    @property
    def thresholds(self) -> Mapping[str, float]:
        """For each model that a rule uses, the score down to which detections are wanted."""
        return self._rules.thresholds()

    def cadences(self, now: datetime) -> dict[str, float]:
        """How often each model is to look at this hour, seconds."""
        return self._rules.cadences(now)

    @property
    def undecided(self) -> Mapping[str, datetime]:
        """The models that have a candidate which is not decided, and when they look again."""
        return self._rules.undecided(self._state)

    def due(self, now: datetime) -> tuple[str, ...]:
        """The names of the models that are to look at a picture of this time.

        A model is due when its cadence has passed since its last look, and sooner while a
        candidate of its rules is undecided.

        Args:
            now: the picture's capture time, timezone-aware.
        """
        return self._rules.due(self._state, _utc(now))

    def observe(
        self,
        image: Image,
        at: datetime,
        models: Sequence[str] | None = None,
        scene: SceneView = CLEAR,
        second_look: SecondLook | None = None,
    ) -> Observation:
        """Let models look at a picture, and the rules judge.

        Args:
            image: uint8, shape (H, W, 3), BGR.
            at: its capture time, timezone-aware.
            models: the names of those that are to look; None takes those that are due.
            scene: what is known of the picture beside what models see.
            second_look: looks once more at what is proved; None confirms it as it is.

        Raises:
            ModelUnusable: a model gives what its card doesn't say.
        """
        names = self.due(at) if models is None else tuple(models)
        found = self.detect(image, names)
        height, width = image.shape[:2]
        return self.observe_detections(found, at, width, height, scene, second_look)

    def detect(self, image: Image, models: Sequence[str]) -> dict[str, Detections]:
        """What models see on a picture, by their names, down to `thresholds`."""
        limits = self.thresholds
        return {name: self._models[name].detect([image], limits[name])[0] for name in models}

    def observe_detections(
        self,
        found: Mapping[str, Detections],
        at: datetime,
        width: int,
        height: int,
        scene: SceneView = CLEAR,
        second_look: SecondLook | None = None,
    ) -> Observation:
        """Let the rules judge what models saw on a picture.

        For callers that run the models themselves, over pictures of several cameras at once.
        Detections not newer than a model's last look change nothing.

        Args:
            found: each model's detections, by its name, down to `thresholds`.
            at: the picture's capture time, timezone-aware.
            width: the picture's, pixels.
            height: the picture's, pixels.
            scene: what is known of the picture beside what models see.
            second_look: looks once more at what is proved; None confirms it as it is.
        """
        at = _utc(at)
        events: list[Event] = []
        for name in sorted(found):
            card = self._models[name].card
            look = Look(
                camera_id=self._camera_id,
                at=at,
                model=card.label,
                width=width,
                height=height,
                detections=sightings(likeliest(found[name])),
                threshold=card.threshold,
                site=self._site,
                local=self._rules.local,
            )
            for rule in self._rules.by_model.get(name, ()):
                events += self._advance(rule, look, scene, second_look)
        return Observation(tuple(events), dict(found))

    def close(self, violation_id: str) -> None:
        """Forget an open violation, since somebody knows better; what comes after it is new."""
        rules = tuple(
            replace(rule, places=tuple(p for p in rule.places if p.violation.id != violation_id))
            for rule in self._state.rules
        )
        self._state = replace(self._state, rules=rules)

    def mute(self, rule_id: str, box: Box, at: datetime) -> None:
        """Open nothing of a rule in a place, for as long as the rule says.

        Args:
            rule_id: one of the rules; nothing happens where it is gone.
            box: the place, pixels.
            at: the capture time from which on the rule's `mute_s` counts, timezone-aware.
        """
        rule = self.rule(rule_id)
        if rule is not None:
            state = self._state.of(rule_id)
            mute = Mute(box, _utc(at) + timedelta(seconds=rule.mute_s))
            self._put(replace(state, muted=(*state.muted, mute)))

    def sees(self, image: Image, rule_id: str, box: Box) -> bool:
        """Whether a rule's model sees something of it in a place, on one picture; changes nothing.

        Args:
            image: uint8, shape (H, W, 3), BGR.
            rule_id: one of the rules; its score to hold on to counts.
            box: the place, pixels of this picture.

        Raises:
            RuleInvalid: there is no such rule.
            ModelUnusable: the model gives what its card doesn't say.
        """
        rule = self.rule(rule_id)
        if rule is None:
            raise RuleInvalid(f"the camera has no rule {rule_id} any more")
        model = self._models[rule.model]
        found = model.detect([image], rule.holds_at(model.card))[0]
        return any(
            one.label in rule.classes and same_place(box, one.box, rule.match_iou)
            for one in sightings(likeliest(found))
        )

    def marked(self, width: int, height: int) -> tuple[Box, ...]:
        """Where components are marked in the view, pixels of a picture of that size."""
        areas = (area for area in self._site.areas if area.kind == "component")
        return tuple(bounds(area.polygon, width, height) for area in areas)

    def rule(self, rule_id: str) -> Rule | None:
        """One of the rules; None where it is gone."""
        return self._rules.rule(rule_id)

    def _advance(
        self, rule: Rule, look: Look, scene: SceneView, second_look: SecondLook | None
    ) -> tuple[Event, ...]:
        look = backed_by_change(rule, look, scene.changed)
        before = self._state.of(rule.id)
        others = self._rules.siblings(rule)
        places = (place for other in others for place in self._state.of(other.id).places)
        reported = [place.violation for place in places if not place.candidate]
        state, events = advance(rule, before, look, self._new_id, scene, second_look, reported)
        self._put(state)
        return events

    def _put(self, state: RuleState) -> None:
        others = tuple(other for other in self._state.rules if other.rule != state.rule)
        # Sorted, so that the state doesn't tell in which order the models came to look.
        rules = tuple(sorted((*others, state), key=lambda entry: entry.rule))
        self._state = replace(self._state, rules=rules)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; capture times are timezone-aware")
    return at.astimezone(UTC)
