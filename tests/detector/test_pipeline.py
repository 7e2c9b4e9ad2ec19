import itertools
from datetime import UTC, datetime, timedelta, timezone
from itertools import count

import numpy as np
import pytest

from detector.detections import Detections
from detector.errors import RuleInvalid, StateInvalid
from detector.look import sightings
from detector.model import load_model
from detector.pipeline import Pipeline
from detector.rules import Rule
from detector.state import CameraState
from detector.violation import Change, State

START = datetime(2026, 1, 1, tzinfo=UTC)


def after(seconds):
    return START + timedelta(seconds=seconds)


def rule(**changes):
    values = {
        "id": "kerb",
        "kind": "litter",
        "model": "tiny",
        "classes": ["red"],
        "dwell_s": 10,
        "cadence_s": 5,
    }
    return Rule.model_validate(values | changes)


@pytest.fixture
def models(make_model):
    return {"tiny": load_model(make_model(), threads=1)}


@pytest.fixture
def pipe(models):
    numbers = count(1)
    return Pipeline("cam", [rule()], models, new_id=lambda: f"id-{next(numbers)}")


def test_pictures_become_a_violation(pipe, paint):
    changes = []
    for at in range(0, 30, 2):
        observation = pipe.observe(paint(red=255, width=64, height=64), after(at))
        changes += [(at, event.change) for event in observation.events]
    assert changes == [(0, Change.APPEARED), (10, Change.CONFIRMED)]
    (violation,) = pipe.state.open
    assert violation.id == "id-1"
    assert violation.camera_id == "cam"
    assert violation.rule == "kerb"
    assert violation.kind == "litter"
    assert violation.label == "red"
    assert violation.model == "tiny@1"
    assert violation.state is State.ONGOING
    assert violation.box == (8, 8, 24, 24)
    assert violation.score == pytest.approx(1)


def test_a_model_is_due_at_its_cadence(pipe, paint):
    assert pipe.due(START) == ("tiny",)
    pipe.observe(paint(), START)
    assert pipe.due(after(4.9)) == ()
    assert pipe.due(after(5)) == ("tiny",)


def test_a_candidate_makes_its_model_due_at_every_picture(pipe, paint):
    pipe.observe(paint(red=255), START)
    assert pipe.due(after(0.1)) == ("tiny",)
    assert pipe.due(START) == ()
    pipe.observe(paint(red=255), after(5))
    pipe.observe(paint(red=255), after(10))
    assert pipe.due(after(11)) == ()  # confirmed: back to the cadence


def test_a_candidate_that_stays_undecided_is_looked_at_less_and_less_often(models, paint):
    pipe = Pipeline("cam", [rule(cadence_s=60, dwell_s=600)], models)
    looks, at = [], 0.0
    while at < 400:
        if pipe.due(after(at)):
            looks.append(at)
            pipe.observe(paint(red=255), after(at))
        at += 1
    assert looks[:6] == list(range(6))
    gaps = [later - sooner for sooner, later in itertools.pairwise(looks)]
    assert all(gap <= 0.2 * at + 1 for at, gap in zip(looks, gaps, strict=False))
    assert len(looks) < 30


def test_a_rule_that_wants_many_looks_has_them_within_its_dwell(models, paint):
    pipe = Pipeline("cam", [rule(cadence_s=600, dwell_s=60, min_looks=31)], models)
    events = [
        (at, event.change)
        for at in range(100)
        if pipe.due(after(at))
        for event in pipe.observe(paint(red=255), after(at)).events
    ]
    (_, appeared), (confirmed_at, confirmed) = events
    assert (appeared, confirmed) == (Change.APPEARED, Change.CONFIRMED)
    assert 60 <= confirmed_at <= 62


def test_without_a_cadence_of_its_own_a_rule_takes_the_cards(models, paint):
    pipe = Pipeline("cam", [rule(cadence_s=None)], models)
    pipe.observe(paint(), START)
    assert pipe.due(after(29)) == ()
    assert pipe.due(after(30)) == ("tiny",)


def test_the_most_impatient_rule_of_a_model_sets_its_cadence(models, paint):
    pipe = Pipeline("cam", [rule(), rule(id="quick", cadence_s=2)], models)
    pipe.observe(paint(), START)
    assert pipe.due(after(2)) == ("tiny",)


def test_a_picture_for_which_nothing_is_due_is_not_looked_at(pipe, paint):
    pipe.observe(paint(), START)
    observation = pipe.observe(paint(red=255), after(1))
    assert observation.events == ()
    assert dict(observation.detections) == {}


def test_a_model_looks_when_told_to(pipe, paint):
    pipe.observe(paint(), START)
    observation = pipe.observe(paint(red=255), after(1), models=["tiny"])
    assert [event.change for event in observation.events] == [Change.APPEARED]
    assert len(observation.detections["tiny"]) == 1


def test_detections_are_kept_down_to_what_holds_a_violation(pipe, paint):
    assert pipe.thresholds == {"tiny": pytest.approx(0.3)}
    observation = pipe.observe(paint(red=102), START)
    assert observation.events == ()
    assert observation.detections["tiny"].confidence == pytest.approx([0.4])


def test_a_restart_goes_on_with_the_same_violation(pipe, models, paint):
    pipe.observe(paint(red=255), START)
    pipe.observe(paint(red=255), after(5))
    stored = pipe.state.to_json()

    again = Pipeline("cam", [rule()], models, CameraState.from_json(stored))
    assert again.due(after(5)) == ()
    events = again.observe(paint(red=255), after(10)).events
    assert [(event.change, event.violation.id) for event in events] == [(Change.CONFIRMED, "id-1")]


def test_a_picture_whose_outcome_could_not_be_stored_can_be_looked_at_again(pipe, paint):
    before = pipe.state
    first = pipe.observe(paint(red=255), START).events
    pipe.restore(before)
    again = pipe.observe(paint(red=255), START).events
    assert [event.change for event in again] == [event.change for event in first]
    with pytest.raises(ValueError, match="the state is of b, not of cam"):
        pipe.restore(CameraState("b"))


def test_a_rule_that_was_taken_away_and_put_back_goes_on(pipe, models, paint):
    pipe.observe(paint(red=255), START)
    without = Pipeline("cam", [rule(id="other", classes=["green"])], models, pipe.state)
    without.observe(paint(red=255), after(5))
    back = Pipeline("cam", [rule()], models, without.state)
    assert [violation.id for violation in back.state.open] == ["id-1"]


def test_one_picture_in_two_time_zones_is_one_look(pipe, paint):
    pipe.observe(paint(red=255), START)
    there = START.astimezone(timezone(timedelta(hours=8)))
    assert pipe.observe(paint(red=255), there, models=["tiny"]).events == ()
    assert pipe.state.open[0].looks == 1


def test_a_time_without_a_zone_is_refused(pipe, paint):
    with pytest.raises(ValueError, match="has no time zone"):
        pipe.due(START.replace(tzinfo=None))
    with pytest.raises(ValueError, match="has no time zone"):
        pipe.observe(paint(), START.replace(tzinfo=None), models=["tiny"])


def test_ids_are_uuids_unless_told_otherwise(models, paint):
    pipe = Pipeline("cam", [rule()], models)
    pipe.observe(paint(red=255), START)
    assert len(pipe.state.open[0].id) == 36


def test_rules_that_cannot_work_are_told(models):
    with pytest.raises(RuleInvalid, match="rule kerb: there is no model `litter`; loaded: tiny"):
        Pipeline("cam", [rule(model="litter")], models)
    with pytest.raises(RuleInvalid, match="rule kerb: model tiny has no class `blue`"):
        Pipeline("cam", [rule(classes=["blue"])], models)
    with pytest.raises(RuleInvalid, match="two rules are called kerb"):
        Pipeline("cam", [rule(), rule()], models)


def test_another_cameras_state_is_refused(models):
    with pytest.raises(ValueError, match="the state is of b, not of cam"):
        Pipeline("cam", [rule()], models, CameraState("b"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"camera_id": "cam", "version": 3}',
        '{"camera_id": "cam", "rules": [{"rule": 1}]}',
    ],
)
def test_a_state_that_cannot_be_read_is_told(text):
    with pytest.raises(StateInvalid, match=r"stored camera state cannot be read: .*start afresh"):
        CameraState.from_json(text)


def test_a_box_without_area_is_no_sighting():
    found = Detections(
        xyxy=np.array([[100.0, 0.0, 140.0, 0.0], [10.0, 10.0, 20.0, 30.0]]),
        confidence=np.array([0.9, 0.8]),
        class_id=np.array([0, 0]),
        data={"class_name": np.array(["litter", "litter"])},
    )
    assert [sighting.box for sighting in sightings(found)] == [(10.0, 10.0, 20.0, 30.0)]
