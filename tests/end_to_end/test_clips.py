"""The demo's clips through the pipeline and rules that its worker runs, on their own clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import supervision as sv

from detector.model import load_model
from detector.pipeline import Pipeline
from detector.violation import Change, Event
from streams.clip import clip_frames
from tuning.truth import read_truth
from workers.config import load_config

DEMO = Path(__file__).parents[2] / "configs" / "demo"
START = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def pipeline_of(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIVE_CHIEF_STATE", str(tmp_path_factory.mktemp("state")))
        patch.setenv("FIVE_CHIEF_API_URL", "http://127.0.0.1:9")
        patch.setenv("FIVE_CHIEF_API_KEY", "sixteen-characters")
        patch.setenv("FIVE_CHIEF_CAMERA_URL", "rtsp://127.0.0.1:9/x")
        config = load_config(DEMO / "worker.yaml")
    rules = config.rules_of(config.cameras[0])
    models = {name: load_model(name) for name in {rule.model for rule in rules}}

    def make() -> Pipeline:
        return Pipeline("clip", rules, models)

    return make


def events_of(clip: str, pipeline: Pipeline) -> list[Event]:
    found: list[Event] = []
    for frame in clip_frames(DEMO / clip, "clip", START, wanted=lambda at: bool(pipeline.due(at))):
        found += pipeline.observe(frame.image, frame.captured_at).events
    return found


@pytest.fixture(scope="module")
def street(pipeline_of) -> list[Event]:
    return events_of("street.mp4", pipeline_of())


@pytest.mark.parametrize("kind", ["litter", "vending", "manhole"])
def test_each_is_confirmed_where_and_when_the_truth_says(street: list[Event], kind: str) -> None:
    truth = read_truth(DEMO / "street.truth.yaml")
    (there,) = (event for event in truth.events if event.what == kind)
    confirmed = [
        event
        for event in street
        if event.change is Change.CONFIRMED and event.violation.kind == kind
    ]
    assert confirmed
    appears = START + timedelta(seconds=there.begin)
    for event in confirmed:
        inside = sv.box_iou_batch(
            np.array([there.box]),
            np.array([event.violation.box]),
            overlap_metric=sv.OverlapMetric.IOS,
        )
        assert inside.max() > 0.8, event
        assert event.violation.first_seen >= appears
    first = min(event.at for event in confirmed)
    assert first <= appears + timedelta(seconds=20)


def test_a_street_without_litter_files_nothing(pipeline_of) -> None:
    changes = [event.change for event in events_of("clean.mp4", pipeline_of())]
    assert Change.CONFIRMED not in changes


def test_the_same_clip_twice_gives_the_same_events(street: list[Event], pipeline_of) -> None:
    def told(events: list[Event]) -> list[tuple[object, ...]]:
        return [(e.change, e.at, e.violation.box, e.violation.score) for e in events]

    assert told(street) == told(events_of("street.mp4", pipeline_of()))
