"""What must hold whatever a camera sees: random histories against the state machine."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, count

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.boxes import same_place
from detector.card import ModelCard
from detector.detections import Detections
from detector.filing import LabelSection, ScatteredSection
from detector.look import Look, Sighting
from detector.model import Model
from detector.pipeline import Pipeline
from detector.places import RuleState, advance
from detector.rules import Rule, SecondLookSection
from detector.scene import FamiliarPlace, RecordedScene, SceneView, SecondLook
from detector.schedule import Schedule
from detector.state import CameraState
from detector.violation import Change, State, Verdict

START = datetime(2026, 1, 1, tzinfo=UTC)
WIDTH, HEIGHT = 640, 480

SCATTERED = ScatteredSection(
    label="scattered",
    pieces=2,
    piece_m2=1,
    piece_share=0.006,
    within_m=3,
    within_sizes=1.5,
)

rules = st.builds(
    Rule,
    id=st.just("kerb"),
    kind=st.just("litter"),
    model=st.just("litter"),
    classes=st.just(("litter", "heap")),
    zone=st.sampled_from(
        [((0, 0), (1, 0), (1, 1), (0, 1)), ((0.1, 0.1), (0.6, 0.2), (0.7, 0.9), (0.2, 0.7))]
    ),
    threshold=st.just(0.5),
    hold=st.sampled_from([0.5, 1.0]),
    dwell_s=st.sampled_from([0.0, 5.0, 20.0]),
    min_looks=st.integers(1, 4),
    confirm_ratio=st.sampled_from([0.3, 0.6, 1.0]),
    clear_after_s=st.sampled_from([0.0, 4.0, 15.0]),
    clear_looks=st.integers(1, 4),
    sighting_every_s=st.sampled_from([3.0, 30.0]),
    match_iou=st.sampled_from([0.1, 0.3, 0.6]),
    still=st.sampled_from([0.2, 0.5]),
    other_light=st.sampled_from([0.0, 0.1, 1.0]),
    cooldown_s=st.sampled_from([0.0, 10.0]),
    pauses=st.sampled_from([(), (Schedule(hours=("0:01-0:02",)),)]),
    labels=st.sampled_from([{}, {"heap": LabelSection(dwell_s=8, lights=("day",))}]),
    scattered=st.sampled_from([None, SCATTERED]),
    second_look=st.just(SecondLookSection(again_s=6)),
)

# Things close enough to run into each other, that are there a while, shiver, drift, blink, and go.
things = st.lists(
    st.tuples(
        st.sampled_from([100.0, 150.0, 175.0, 300.0]),
        st.sampled_from([100.0, 120.0, 250.0]),
        st.sampled_from([12.0, 40.0, 60.0]),
        st.sampled_from([12.0, 40.0, 60.0]),
    ),
    min_size=1,
    max_size=3,
)
spells = st.tuples(
    st.integers(1, 10),
    # Time between looks: mostly a keyframe's, sometimes a gap, or a look that is late or double.
    st.sampled_from([1.0, 2.0, 2.0, 2.0, 5.0, 5.0, 500.0, 0.0, -3.0]),
    st.lists(st.sampled_from([0.0, 0.2, 0.4, 0.6, 0.9, 0.9]), min_size=3, max_size=3),
    st.tuples(st.sampled_from([0, 0, 4, 9]), st.sampled_from([0, 0, 5])),
    st.sampled_from(["litter", "litter", "heap", "other"]),
    # Seen at every look, or at every second or third.
    st.sampled_from([1, 1, 2, 3]),
    st.builds(
        RecordedScene,
        trust=st.sampled_from([True, True, True, False]),
        light=st.sampled_from([None, "day", "day", "infrared"]),
        hidden=st.sampled_from([(), (), ((80.0, 80.0, 200.0, 180.0),)]),
        familiar=st.sampled_from(
            [(), (), (FamiliarPlace(box=(100.0, 100.0, 140.0, 140.0), score=0.9),)]
        ),
    ),
    # What a second look says, if one is taken.
    st.sampled_from([None, Verdict(True), Verdict(False), Verdict(None, label="heap")]),
)


@st.composite
def histories(draw):
    """Steps of time in seconds, what is seen after each, its scene, and the second look's word."""
    boxes = draw(things)
    drift = [0.0] * len(boxes)
    history = []
    for spell in draw(st.lists(spells, max_size=7)):
        length, step, scores, (speed, shiver), label, every, scene, verdict = spell
        for look in range(length):
            seen = []
            for index, (x, y, width, height) in enumerate(boxes):
                drift[index] += (speed, -speed, speed / 2)[index]
                left, top = x + drift[index], y + (shiver if look % 2 else -shiver)
                box = (left, top, left + width, top + height)
                if scores[index] and look % every == 0:
                    seen.append(Sighting(label, scores[index], box))
            history.append((step, seen, scene, verdict))
    return history


steps = histories()


@dataclass(frozen=True)
class Shown:
    """A look, the scene it was taken in, and what a second look would say."""

    look: Look
    scene: SceneView
    second_look: SecondLook | None

    @property
    def at(self):
        return self.look.at


def looks(history):
    at = 0.0
    for step, seen, scene, verdict in history:
        at += step
        when = START + timedelta(seconds=at)
        look = Look("cam", when, "litter@1", WIDTH, HEIGHT, tuple(seen), 0.5)
        judge = None if verdict is None else lambda violation, rule, verdict=verdict: verdict
        yield Shown(look, scene.view(), judge)


@dataclass
class Run:
    """A rule that goes through a history."""

    rule: Rule
    state: RuleState = field(default_factory=lambda: RuleState("kerb"))
    ids: count = field(default_factory=lambda: count(1))

    def take(self, shown):
        before = self.state
        self.state, events = advance(
            self.rule,
            before,
            shown.look,
            lambda: str(next(self.ids)),
            shown.scene,
            shown.second_look,
        )
        return before, events


@given(rules, steps)
def test_never_are_two_open_in_one_place(rule, history):
    run = Run(rule)
    for look in looks(history):
        run.take(look)
        for one, other in combinations(run.state.places, 2):
            for a in (one.violation.box, one.anchor):
                for b in (other.violation.box, other.anchor):
                    assert not same_place(a, b, rule.match_iou)


@given(rules, steps)
def test_never_is_one_cleared_by_a_look_that_sees_it(rule, history):
    run = Run(rule)
    whole = rule.zone[0] == (0, 0)
    for look in looks(history):
        before, events = run.take(look)
        places = {place.violation.id: place for place in before.places}
        for event in events:
            if event.change is not Change.CLEARED:
                continue
            place = places[event.violation.id]
            assert event.violation.last_seen < look.at
            assert look.scene.trust
            assert look.scene.visible(place.violation.box)
            for seen in look.look.detections:
                if whole and seen.label in rule.classes and seen.score >= 0.5 * rule.hold:
                    assert not same_place(place.violation.box, seen.box, rule.match_iou)


@given(rules, steps)
def test_confirmed_means_dwelt_seen_and_seen_often_enough(rule, history):
    run = Run(rule)
    for look in looks(history):
        _, events = run.take(look)
        for event in events:
            if event.change is Change.CONFIRMED:
                violation = event.violation
                dwelt = (violation.confirmed_at - violation.first_seen).total_seconds()
                assert dwelt >= min(rule.dwell_of(label) for label in ("litter", "heap"))
                assert look.scene.trust
                assert violation.suppressed is None
                assert violation.verdict is None or violation.verdict.passes is not False
                assert violation.reasons.rule_version == rule.version
                assert violation.looks >= rule.min_looks
                assert violation.hits >= rule.confirm_ratio * violation.looks
                assert violation.last_seen == violation.confirmed_at == look.at


@given(rules, steps)
def test_cleared_means_looked_for_long_and_often_enough(rule, history):
    run, taken = Run(rule), []
    for look in looks(history):
        before, events = run.take(look)
        if run.state is not before and look.scene.trust:
            taken.append(look.at)
        for event in events:
            if event.change is Change.CLEARED:
                vain = [at for at in taken if at > event.violation.last_seen]
                assert len(vain) >= rule.clear_looks
                assert (vain[-1] - vain[0]).total_seconds() >= rule.clear_after_s
                assert event.violation.state is State.CLEARED


@given(rules, steps)
def test_every_life_follows_the_one_order(rule, history):
    run, told = Run(rule), {}
    for look in looks(history):
        for event in run.take(look)[1]:
            told.setdefault(event.violation.id, []).append(event.change)
    known = {place.violation.id for place in run.state.places}
    for number, changes in told.items():
        assert changes[0] is Change.APPEARED
        last = changes[-1]
        middle = changes[1:-1] if last in (Change.CLEARED, Change.WITHDRAWN) else changes[1:]
        assert all(change in (Change.CONFIRMED, Change.STILL_THERE) for change in middle)
        assert middle.count(Change.CONFIRMED) <= 1
        assert Change.STILL_THERE not in middle or middle[0] is Change.CONFIRMED
        assert (last is Change.CLEARED) <= (Change.CONFIRMED in middle)
        assert (last is Change.WITHDRAWN) <= (Change.CONFIRMED not in middle)
        assert (number in known) == (last not in (Change.CLEARED, Change.WITHDRAWN))


@given(rules, steps, st.randoms(use_true_random=False))
def test_the_order_of_a_models_boxes_does_not_matter(rule, history, random):
    straight, shuffled = Run(rule), Run(rule)
    for look in looks(history):
        boxes = list(look.look.detections)
        random.shuffle(boxes)
        mixed = replace(look, look=replace(look.look, detections=tuple(boxes)))
        assert straight.take(look)[1] == shuffled.take(mixed)[1]
    assert straight.state == shuffled.state


def card(name: str) -> ModelCard:
    return ModelCard.model_validate(
        {
            "name": name,
            "version": "1",
            "kind": "litter",
            "weights": "none.onnx",
            "sha256": "0" * 64,
            "architecture": "none",
            "input": {"width": 32, "height": 32},
            "output": "raw",
            "classes": ["litter", "heap", "other"],
            "threshold": 0.5,
            "cadence_s": 5,
            "licence": "none",
        }
    )


class Unused:
    """These histories bring their detections with them, so no engine ever runs."""

    name = "unused"

    def run(self, batch):
        raise AssertionError(batch.shape)


MODELS = {name: Model(card(name), Unused()) for name in ("litter", "second")}


@given(rules, steps)
def test_a_look_that_is_not_trusted_changes_nothing(rule, history):
    all_looks, trusted = Run(rule), Run(rule)
    newest = None
    for look in looks(history):
        if newest is not None and look.at <= newest:
            continue
        newest = look.at
        _, events = all_looks.take(look)
        if look.scene.trust:
            assert events == trusted.take(look)[1]
        else:
            assert events == ()
    assert all_looks.state.places == trusted.state.places


@given(rules, steps)
def test_states_follow_each_other_as_they_are_drawn(rule, history):
    after = {
        State.CANDIDATE: {State.CANDIDATE, State.CONFIRMED},
        State.CONFIRMED: {State.CONFIRMED, State.ONGOING, State.CLEARING},
        State.ONGOING: {State.ONGOING, State.CLEARING},
        State.CLEARING: {State.CLEARING, State.ONGOING},
    }
    run = Run(rule)
    for look in looks(history):
        before, _ = run.take(look)
        states = {place.violation.id: place.violation.state for place in before.places}
        for place in run.state.places:
            known = states.get(place.violation.id)
            assert known is None or place.violation.state in after[known]


def detections(look: Look) -> Detections:
    seen = look.detections
    return Detections(
        xyxy=np.array([s.box for s in seen], dtype=np.float32).reshape(-1, 4),
        confidence=np.array([s.score for s in seen], dtype=np.float32),
        class_id=np.zeros(len(seen), dtype=int),
        data={"class_name": np.array([s.label for s in seen], dtype=str)},
    )


def pipeline(camera: str, rule: Rule, state: CameraState | None = None, first: int = 1) -> Pipeline:
    numbers = count(first)
    second = rule.model_copy(update={"id": "also", "model": "second", "dwell_s": 0.0})
    return Pipeline(
        camera, [rule, second], MODELS, state, new_id=lambda: f"{camera}-{next(numbers)}"
    )


def show(pipe: Pipeline, shown: Shown, names: tuple[str, ...]) -> list:
    found = {name: detections(shown.look) for name in names}
    return list(
        pipe.observe_detections(
            found, shown.at, WIDTH, HEIGHT, shown.scene, shown.second_look
        ).events
    )


@given(rules, steps)
@settings(max_examples=50)
def test_a_state_stored_and_read_back_at_any_point_changes_nothing(rule, history):
    through, restarted, made = pipeline("cam", rule), pipeline("cam", rule), 0
    for look in looks(history):
        events = show(through, look, ("litter", "second"))
        stored = restarted.state.to_json()
        restarted = pipeline("cam", rule, CameraState.from_json(stored), first=made + 1)
        assert restarted.state.to_json() == stored
        assert show(restarted, look, ("litter", "second")) == events
        made += sum(event.change is Change.APPEARED for event in events)
        assert restarted.state == through.state


@given(rules, steps)
@settings(max_examples=50)
def test_two_rules_of_a_kind_never_file_one_place_twice(rule, history):
    pipe = pipeline("cam", rule)
    for look in looks(history):
        for name in ("litter", "second"):
            filed = [one for one in pipe.state.open if one.state.reported]
            for event in show(pipe, look, (name,)):
                if event.change is Change.CONFIRMED:
                    others = [one.box for one in filed if one.rule != event.violation.rule]
                    box = event.violation.box
                    assert not any(same_place(other, box, rule.match_iou) for other in others)


@given(rules, steps)
@settings(max_examples=50)
def test_one_history_has_one_result_whatever_the_batching(rule, history):
    whole, halves, neighbour = (pipeline("cam", rule), pipeline("cam", rule), pipeline("b", rule))
    for look in looks(history):
        show(neighbour, look, ("second", "litter"))
        first = show(halves, look, ("litter",))
        assert first + show(halves, look, ("second",)) == show(whole, look, ("second", "litter"))
    assert halves.state == whole.state
