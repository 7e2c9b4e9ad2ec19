"""What follows a report: numbered, each counted once."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.api.conftest import Api, evidence_of, picture, sha256, sighting_of


def address(case: dict[str, object]) -> str:
    return f"/v1/reports/{case['violation_id']}/sightings"


def test_still_there_moves_the_last_sight_on(shared: Api, jpeg: bytes) -> None:
    case = shared.file(jpeg)
    answer = shared.post(address(case), json=sighting_of(1))
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/cases/{case['id']}"
    after = answer.json()
    assert after["last_seen"] == "2025-11-25T01:00:00Z"
    assert after["cleared_at"] is None
    assert [(s["number"], s["status"]) for s in after["sightings"]] == [(1, "still_there")]


def test_a_late_sighting_never_moves_the_last_sight_back(shared: Api, jpeg: bytes) -> None:
    case = shared.file(jpeg)
    early = sighting_of(1, at="2025-11-25T07:00:00+08:00")
    assert shared.post(address(case), json=early).json()["last_seen"] == case["last_seen"]


def test_cleared_says_when_and_decides_nothing(shared: Api, jpeg: bytes) -> None:
    case = shared.file(jpeg)
    after = shared.post(address(case), json=sighting_of(2, "cleared")).json()
    assert after["cleared_at"] == "2025-11-25T01:00:00Z"
    assert after["status"] == "reported"


def test_later_evidence_joins_the_case(shared: Api, jpeg: bytes, mp4: bytes) -> None:
    case = shared.file(jpeg)
    sighting = sighting_of(1, "evidence", evidence=[evidence_of(mp4, "clip", "video/mp4")])
    answer = shared.submit(sighting, mp4, path=address(case))
    assert answer.status_code == 201
    assert [(e["role"], e["sighting"]) for e in answer.json()["evidence"]] == [
        ("snapshot", None),
        ("clip", 1),
    ]
    assert shared.get(f"/v1/evidence/{sha256(mp4)}").content == mp4


def test_the_same_sighting_again_counts_once_and_another_of_its_number_not_at_all(
    shared: Api, jpeg: bytes
) -> None:
    case = shared.file(jpeg)
    statuses = [
        shared.post(address(case), json=sighting).status_code
        for sighting in (sighting_of(1), sighting_of(1), sighting_of(1, "cleared"), sighting_of(2))
    ]
    assert statuses == [201, 200, 409, 201]
    after = shared.get(f"/v1/cases/{case['id']}").json()
    assert [s["number"] for s in after["sightings"]] == [1, 2]
    assert after["cleared_at"] is None


def test_a_sighting_needs_a_report(shared: Api) -> None:
    answer = shared.post(f"/v1/reports/{uuid4()}/sightings", json=sighting_of(1))
    assert answer.status_code == 404
    assert answer.json()["type"].endswith(":unknown-violation")
    assert shared.post("/v1/reports/seven/sightings", json=sighting_of(1)).status_code == 422


def test_bad_sightings_leave_the_case_as_it_was(shared: Api, jpeg: bytes) -> None:
    case = shared.file(jpeg)
    kept = shared.kept_files()
    text = b"no picture"
    for sighting, files, status in (
        (sighting_of(0), [], 422),
        (sighting_of(2**40), [], 422),
        (sighting_of(1, "gone"), [], 422),
        (sighting_of(1, box={"x0": 9, "y0": 1, "x1": 4, "y1": 5}), [], 422),
        (sighting_of(1, evidence=[evidence_of(picture(5))]), [], 422),
        (sighting_of(1, evidence=[evidence_of(text)]), [text], 422),
    ):
        assert shared.submit(sighting, *files, path=address(case)).status_code == status
    head = {"Content-Type": "text/plain"}
    body = json.dumps(sighting_of(1))
    assert shared.post(address(case), content=body, headers=head).status_code == 415
    assert shared.get(f"/v1/cases/{case['id']}").json() == case
    assert shared.kept_files() == kept


def test_a_sighting_from_the_future_is_refused_by_name(shared: Api, jpeg: bytes) -> None:
    case = shared.file(jpeg)
    tomorrow = (datetime.now(UTC) + timedelta(hours=25)).isoformat()
    answer = shared.post(address(case), json=sighting_of(1, at=tomorrow))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["at"]


def test_a_later_picture_may_have_another_size(shared: Api, jpeg: bytes) -> None:
    case = shared.file(jpeg)
    small = picture(2, size=(32, 24))
    sighting = sighting_of(1, evidence=[evidence_of(small)])
    assert shared.submit(sighting, small, path=address(case)).status_code == 201
