"""What people and cameras' second looks say of a violation, back in the pipeline."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.detections import Detections
from detector.errors import RuleInvalid
from detector.model import Model, load_model
from detector.pipeline import Pipeline
from detector.rules import Rule
from detector.state import CameraState

START = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
RULE = Rule(
    id="r",
    kind="litter",
    model="litter",
    classes=("litter",),
    dwell_s=0,
    min_looks=1,
    mute_s=3600,
)
BOX = (100.0, 100.0, 160.0, 150.0)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("litter")


def seen(*boxes: tuple[float, ...]) -> Detections:
    count = len(boxes)
    return Detections(
        xyxy=np.array(boxes, np.float32).reshape(count, 4),
        confidence=np.full(count, 0.9, np.float32),
        class_id=np.zeros(count, int),
        data={"class_name": np.array(["litter"] * count)},
    )


def look(pipeline: Pipeline, after_s: float, *boxes: tuple[float, ...]) -> list[Any]:
    at = START + timedelta(seconds=after_s)
    found = pipeline.observe_detections({"litter": seen(*boxes)}, at, 640, 480)
    return [event.change.value for event in found.events]


def test_a_dismissed_one_is_closed_and_stays_so_for_its_time(model: Model) -> None:
    pipeline = Pipeline("cam", [RULE], {"litter": model})
    assert look(pipeline, 0, BOX) == ["appeared", "confirmed"]
    (violation,) = pipeline.state.open
    pipeline.close(violation.id)
    pipeline.mute("r", BOX, START)
    assert pipeline.state.open == ()
    assert look(pipeline, 60, BOX) == []
    elsewhere = (400.0, 300.0, 460.0, 350.0)
    assert look(pipeline, 120, BOX, elsewhere) == ["appeared", "confirmed"]
    again = Pipeline(
        "cam", [RULE], {"litter": model}, CameraState.from_json(pipeline.state.to_json())
    )
    assert look(again, 180, BOX, elsewhere) == []
    assert look(again, 3600, BOX, elsewhere) == ["appeared", "confirmed"]
    assert again.state.of("r").muted == ()


def test_one_that_is_closed_without_a_mute_comes_back_as_another(model: Model) -> None:
    pipeline = Pipeline("cam", [RULE], {"litter": model})
    look(pipeline, 0, BOX)
    (first,) = pipeline.state.open
    pipeline.close(first.id)
    assert look(pipeline, 60, BOX) == ["appeared", "confirmed"]
    (second,) = pipeline.state.open
    assert first.id != second.id


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30), st.integers(1, 20))
def test_within_its_time_a_muted_place_opens_nothing_whatever_is_seen(
    steps: list[tuple[bool, bool]], minutes: int
) -> None:
    rule = RULE.model_copy(update={"mute_s": 60.0 * minutes})
    pipeline = Pipeline("cam", [rule], {"litter": load_card_only()})
    pipeline.mute("r", BOX, START)
    for index, (there, restart) in enumerate(steps):
        events = look(pipeline, 60.0 * index, *([BOX] if there else []))
        if index < minutes:
            assert events == []
        if restart:
            state = CameraState.from_json(pipeline.state.to_json())
            pipeline = Pipeline("cam", [rule], {"litter": load_card_only()}, state)


_LOADED: list[Model] = []


def load_card_only() -> Model:
    """Loaded once: the pipeline asks the model for its card alone here."""
    if not _LOADED:
        _LOADED.append(load_model("litter"))
    return _LOADED[0]


def test_a_state_from_before_there_were_mutes_is_read(model: Model) -> None:
    pipeline = Pipeline("cam", [RULE], {"litter": model})
    look(pipeline, 0, BOX)
    old = pipeline.state.to_json().replace(',"muted":[]', "")
    assert "muted" not in old
    assert CameraState.from_json(old) == pipeline.state


def test_a_look_again_asks_the_rules_own_model_and_changes_nothing(model: Model) -> None:
    pipeline = Pipeline("cam", [RULE], {"litter": model})
    before = pipeline.state
    assert pipeline.sees(np.zeros((480, 640, 3), np.uint8), "r", BOX) is False
    assert pipeline.state == before
    with pytest.raises(RuleInvalid, match="no rule gone"):
        pipeline.sees(np.zeros((480, 640, 3), np.uint8), "gone", BOX)
