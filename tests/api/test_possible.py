"""What cannot have happened is refused: where a worker makes it, and where it arrives."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from pydantic import ValidationError
from sqlalchemy import select

from api.schema import Report, Sighting
from api.settings import Settings
from api.store.engine import open_store
from api.store.models import ReportRow
from tests.api.conftest import Api, evidence_of, picture, report_of, sighting_of

JPEG = picture()
Change = dict[str, Any]


def box(x0: float, y0: float, x1: float, y1: float) -> Change:
    return {"box": {"x0": x0, "y0": y0, "x1": x1, "y1": y1}}


LATE = "2025-11-25T08:00:20.001+08:00"
IMPOSSIBLE: list[tuple[Change, str, str]] = [
    ({"looks": 4, "hits": 5}, "hits", "5 hits in 4 looks"),
    ({"looks": 2**31}, "looks", "less than or equal to 2147483647"),
    ({"looks": 2**31, "hits": 2**31}, "looks hits", "less than or equal to 2147483647"),
    ({"first_seen": LATE}, "first_seen", "is later than confirmed_at and last_seen"),
    ({"first_seen": LATE, "confirmed_at": LATE}, "first_seen", "is later than last_seen:"),
    ({"first_seen": LATE, "last_seen": LATE}, "first_seen", "is later than confirmed_at:"),
    ({"frame_width": 65536}, "frame_width", "less than or equal to 65535"),
    ({"frame_height": 65536}, "frame_height", "less than or equal to 65535"),
    (box(10, 8, 10, 30), "box", "x1 must be greater than x0"),
    (box(10, 30, 40, 8), "box", "y1 than y0"),
    (box(10, 8, 65.1, 30), "box", "outside the frame of 64x48"),
    (box(10, 8, 40, 49.1), "box", "outside the frame of 64x48"),
    (box(-1.1, 8, 40, 30), "box", "outside the frame of 64x48"),
    (box(10, -1.1, 40, 30), "box", "outside the frame of 64x48"),
    ({"looks": 1, "hits": 2, "first_seen": LATE}, "first_seen hits", "count a hit among the looks"),
]


@pytest.mark.parametrize(("changes", "fields", "message"), IMPOSSIBLE)
def test_an_impossible_report_is_refused_by_field_and_says_the_fix(
    shared: Api, changes: Change, fields: str, message: str
) -> None:
    report = report_of(evidence_of(JPEG), **changes)
    found = errors(shared.submit(report, JPEG))
    assert list(found) == fields.split()
    assert message in list(found.values())[-1]
    with pytest.raises(ValidationError, match=message):
        Report.model_validate_json(json.dumps(report))


@pytest.mark.parametrize(
    "changes",
    [
        box(-1, -1, 65, 49),
        {"looks": 5, "hits": 5},
        {"first_seen": "2025-11-25T08:00:20+08:00"},
        {"looks": 2**31 - 1, "hits": 2**31 - 1},
    ],
)
def test_what_is_just_possible_is_taken(shared: Api, changes: Change) -> None:
    assert shared.submit(report_of(evidence_of(JPEG), **changes), JPEG).status_code == 201


def test_a_sightings_box_has_its_corners_in_order_too() -> None:
    Sighting.model_validate_json(json.dumps(sighting_of(1, **box(1, 1, 2, 2))))
    with pytest.raises(ValidationError, match="x1 must be greater") as caught:
        Sighting.model_validate_json(json.dumps(sighting_of(1, **box(2, 1, 1, 2))))
    assert caught.value.errors()[0]["loc"] == ("box",)


@pytest.mark.parametrize("role", ["snapshot", "annotated"])
@pytest.mark.parametrize(("width", "height"), [(32, 24), (48, 64)])
def test_a_picture_is_as_large_as_the_frame(
    shared: Api, role: str, width: int, height: int
) -> None:
    other = picture(3, size=(width, height))
    found = errors(
        shared.submit(report_of(evidence_of(JPEG), evidence_of(other, role)), JPEG, other)
    )
    assert list(found) == ["evidence.1"]
    assert found["evidence.1"].startswith(f"the {role} is {width}x{height} pixels")
    assert "64x48" in found["evidence.1"]


def test_a_clip_may_be_of_another_size(shared: Api, mp4: bytes) -> None:
    report = report_of(evidence_of(mp4, "clip", "video/mp4"), frame_width=1920, frame_height=1080)
    assert shared.submit(report, mp4).status_code == 201


def test_a_picture_counts_as_it_is_shown_which_its_orientation_may_turn(shared: Api) -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2) + exif
    lying = picture(4, size=(48, 64))
    turned = lying[:2] + segment + lying[2:]
    shown = cv2.imdecode(np.frombuffer(turned, np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape == (48, 64, 3)
    assert shared.submit(report_of(evidence_of(turned)), turned).status_code == 201


TIMES: list[tuple[str, Callable[[Change, str], None]]] = [
    ("confirmed_at", lambda report, at: report.update(confirmed_at=at)),
    ("last_seen", lambda report, at: report.update(last_seen=at)),
    ("evidence.0.captured_at", lambda report, at: report["evidence"][0].update(captured_at=at)),
]


@pytest.mark.parametrize(("field", "put"), TIMES)
def test_times_more_than_a_day_ahead_of_the_servers_clock_are_refused(
    shared: Api, field: str, put: Callable[[Change, str], None]
) -> None:
    report = report_of(evidence_of(JPEG))
    put(report, (datetime.now(UTC) + timedelta(hours=25)).isoformat())
    found = errors(shared.submit(report, JPEG))
    assert list(found) == [field]
    assert "set the wrong clock right" in found[field]
    put(report, (datetime.now(UTC) + timedelta(hours=23)).isoformat())
    assert shared.submit(report, JPEG).status_code == 201


def test_times_of_a_clock_that_began_anew_are_refused(shared: Api) -> None:
    report = report_of(evidence_of(JPEG)) | {"first_seen": "2001-01-01T00:00:00Z"}
    found = errors(shared.submit(report, JPEG))
    assert list(found) == ["first_seen"]
    assert "before 2024-01-01" in found["first_seen"]
    assert "set the wrong clock right" in found["first_seen"]
    report["first_seen"] = "2024-01-01T00:00:00Z"
    assert shared.submit(report, JPEG).status_code == 201


def test_a_case_from_before_these_rules_stays_readable(api: Api, settings: Settings) -> None:
    case = api.file(JPEG)
    old = {"hits": 9, "frame_width": 1, "first_seen": "2031-01-01T00:00:00Z"}
    store = open_store(settings)
    with store.writing() as session:
        row = session.scalars(select(ReportRow)).one()
        row.body = row.body | old
    store.engine.dispose()
    (found,) = api.cases()
    assert found == case | old
    verdict = {"verdict": "dismissed", "reason": "不可能"}
    assert api.post(f"/v1/cases/{case['id']}/verdict", json=verdict).status_code == 200


def errors(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {error["field"]: error["message"] for error in answer.json()["errors"]}
