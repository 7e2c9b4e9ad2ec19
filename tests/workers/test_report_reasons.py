"""What a report says of why it fired, and what follows for how it is filed."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from api.schema import EvidenceFile, EvidenceRole, Place
from detector.violation import Change, Violation
from streams.frame import ClockSource, Frame
from tuning.history import read_history, run_history
from workers.report import report

STORIES = Path(__file__).parents[1] / "detector" / "histories"
AT = datetime(2026, 6, 1, tzinfo=UTC)


def confirmed(name: str) -> Violation:
    history = read_history(STORIES / f"{name}.json")
    (event,) = (e for e in run_history(history) if e.change is Change.CONFIRMED)
    return event.violation


def body(violation: Violation, **place: object) -> dict:
    frame = Frame("cam", AT, ClockSource.ARRIVAL, 0.0, np.zeros((720, 1280, 3), np.uint8))
    picture = EvidenceFile(
        sha256="0" * 64,
        role=EvidenceRole.SNAPSHOT,
        media_type="image/jpeg",
        size=1,
        captured_at=AT,
    )
    where = Place.model_validate({"camera_id": "cam", **place})
    return json.loads(report(violation, where, frame, [picture]).body)


def test_an_urgent_cover_carries_its_grade_its_code_and_what_the_second_look_said():
    sent = body(confirmed("broken-cover-by-night"))
    assert sent["severity"] == "A"
    assert sent["zone_kind"] == "component"
    assert sent["component_code"] == "3701140103000001"
    assert sent["second_look"]["passes"] is None
    assert sent["second_look"]["text_zh"] == "看不清"
    assert sent["explanation"]["text_zh"].startswith("井盖破损")
    assert sent["explanation"]["data"]["needed"]["dwell_s"] == 10
    assert "spot" not in sent


def test_what_lies_on_calibrated_ground_is_reported_where_it_lies():
    violation = confirmed("heap-in-metres")
    sent = body(violation, longitude=117.534, latitude=36.7124, crs="gcj02")
    longitude, latitude = violation.reasons.position
    assert sent["spot"] == {
        "longitude": pytest.approx(longitude),
        "latitude": pytest.approx(latitude),
        "crs": "gcj02",
    }


def test_a_shops_stall_says_that_it_touches_the_shopfront():
    history = read_history(STORIES / "before-a-shop.json")
    found = [e.violation for e in run_history(history) if e.change is Change.CONFIRMED]
    sent = {one.label: body(one) for one in found}
    assert sent["shop_overflow"]["zone_kind"] == "shopfront"
    assert "zone_kind" not in sent["stall"]
