"""What must hold whatever a camera sees: random histories against the state machine."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations, count

import numpy as np
import supervision as sv
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.boxes import same_place
from detector.card import ModelCard
from detector.look import Look, Sighting
from detector.model import Model
from detector.pipeline import Pipeline
from detector.places import RuleState, advance
from detector.rules import Rule
from detector.state import CameraState
from detector.violation import Change, State

START = datetime(2026, 1, 1, tzinfo=UTC)
WIDTH, HEIGHT = 640, 480

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
)


@st.composite
def histories(draw):
    """Steps of time in seconds, and what is seen after each."""
    boxes = draw(things)
    drift = [0.0] * len(boxes)
    history = []
    for length, step, scores, (speed, shiver), label, every in draw(st.lists(spells, max_size=7)):
        for look in range(length):
            seen = []
            for index, (x, y, width, height) in enumerate(boxes):
                drift[index] += (speed, -speed, speed / 2)[index]
                left, top = x + drift[index], y + (shiver if look % 2 else -shiver)
                box = (left, top, left + width, top + height)
                if scores[index] and look % every == 0:
                    seen.append(Sighting(label, scores[index], box))
            history.append((step, seen))
    return history


steps = histories()


def looks(history):
    at = 0.0
    for step, seen in history:
        at += step
        yield Look(
            "cam", START + timedelta(seconds=at), "litter@1", WIDTH, HEIGHT, tuple(seen), 0.5
        )


@dataclass
class Run:
    """A rule that goes through a history."""

    rule: Rule
    state: RuleState = field(default_factory=lambda: RuleState("kerb"))
    ids: count = field(default_factory=lambda: count(1))

    def take(self, look):
        before = self.state
        self.state, events = advance(self.rule, before, look, lambda: str(next(self.ids)))
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
            for seen in look.detections:
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
                assert dwelt >= rule.dwell_s
                assert violation.looks >= rule.min_looks
                assert violation.hits >= rule.confirm_ratio * violation.looks
                assert violation.last_seen == violation.confirmed_at == look.at


@given(rules, steps)
def test_cleared_means_looked_for_long_and_often_enough(rule, history):
    run, taken = Run(rule), []
    for look in looks(history):
        before, events = run.take(look)
        if run.state is not before:
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
        boxes = list(look.detections)
        random.shuffle(boxes)
        mixed = Look(
            look.camera_id, look.at, look.model, WIDTH, HEIGHT, tuple(boxes), look.threshold
        )
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


def detections(look: Look) -> sv.Detections:
    seen = look.detections
    return sv.Detections(
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


def show(pipe: Pipeline, look: Look, names: tuple[str, ...]) -> list:
    found = {name: detections(look) for name in names}
    return list(pipe.observe_detections(found, look.at, WIDTH, HEIGHT).events)


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
def test_one_history_has_one_result_whatever_the_batching(rule, history):
    whole, halves, neighbour = (pipeline("cam", rule), pipeline("cam", rule), pipeline("b", rule))
    for look in looks(history):
        show(neighbour, look, ("second", "litter"))
        first = show(halves, look, ("litter",))
        assert first + show(halves, look, ("second",)) == show(whole, look, ("second", "litter"))
    assert halves.state == whole.state
