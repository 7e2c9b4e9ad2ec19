"""A state that an earlier release stored goes on as what it was."""

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from detector.look import Look, Sighting
from detector.places import advance
from detector.rules import Rule
from detector.state import CameraState
from detector.violation import Change, State

STORED = Path(__file__).parent / "data" / "state-v1.json"
"""Written by the release before: a confirmed bag, and a candidate that was seen for two seconds."""
RULE = Rule.model_validate(
    {"id": "kerb", "kind": "litter", "model": "litter", "classes": ["litter"], "dwell_s": 10}
)


def test_what_was_confirmed_goes_on_and_what_was_suspected_is_confirmed_at_its_time():
    state = CameraState.from_json(STORED.read_text("utf-8")).of("kerb")
    confirmed, candidate = state.places
    ids, told = count(3), []
    start = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    for at in range(20, 32, 2):
        boxes = [confirmed.violation.box, candidate.violation.box]
        seen = tuple(Sighting("litter", 0.6, box) for box in boxes)
        look = Look("cam", start + timedelta(seconds=at), "litter@1", 640, 480, seen, 0.5)
        state, events = advance(RULE, state, look, lambda: str(next(ids)))
        told += [(at, event.change, event.violation.id) for event in events]
    assert told == [(26, Change.CONFIRMED, "2")]
    assert [place.violation.state for place in state.places] == [State.ONGOING, State.ONGOING]


def test_it_is_stored_again_in_the_present_layout():
    state = CameraState.from_json(STORED.read_text("utf-8"))
    assert state.version == 2
    assert CameraState.from_json(state.to_json()) == state
