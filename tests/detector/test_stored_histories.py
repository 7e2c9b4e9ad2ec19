"""Stored histories: what came of each, with restarts and whatever the batching."""

from pathlib import Path

import pytest

from detector.state import CameraState
from detector.violation import Change, Event
from tuning.history import History, Told, pictures, pipeline_of, read_history, run_history, show

STORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


@pytest.fixture(params=STORIES, ids=lambda path: path.stem)
def history(request) -> History:
    return read_history(request.param)


def told(history: History, event: Event) -> Told:
    """What of an event a story may expect; what it does not name is left out."""
    violation, reasons = event.violation, event.violation.reasons
    at = (event.at - history.start).total_seconds()
    if event.change is not Change.CONFIRMED or reasons is None:
        return Told(at=at, change=event.change.value)
    return Told(
        at=at,
        change=event.change.value,
        label=violation.label,
        severity=reasons.severity,
        zone_kind=reasons.zone_kind,
        component_code=reasons.component_code,
    )


def test_what_comes_of_it(history: History):
    filed = (Change.CONFIRMED, Change.CLEARED)
    found = [told(history, event) for event in run_history(history) if event.change in filed]
    assert tuple(found) == history.expect, history.story


def test_a_restart_after_each_picture_changes_nothing(history: History):
    events, made = [], 0
    pipeline = pipeline_of(history)
    for picture in pictures(history):
        state = CameraState.from_json(pipeline.state.to_json())
        pipeline = pipeline_of(history, state, made + 1)
        new = show(pipeline, history, picture)
        made += sum(event.change is Change.APPEARED for event in new)
        events += new
    assert events == run_history(history)


def test_an_open_cover_is_filed_within_its_cadence_and_fifteen_seconds():
    history = read_history(STORIES[0].with_name("open-cover.json"))
    stolen = min(span.begin for span in history.looks if span.seen)
    (confirmed,) = (e for e in run_history(history) if e.change is Change.CONFIRMED)
    cadence = pipeline_of(history).cadences(history.start)["manhole"]
    assert (confirmed.at - history.start).total_seconds() <= stolen + cadence + 15
