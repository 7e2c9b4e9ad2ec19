"""What follows a report: numbered, each counted once."""

import json
from uuid import uuid4

from tests.api.conftest import Api, evidence_of, picture, sha256, sighting_of


def address(case: dict[str, object]) -> str:
    return f"/v1/reports/{case['violation_id']}/sightings"


def test_still_there_moves_the_last_sight_on(api: Api, jpeg: bytes) -> None:
    case = api.file(jpeg)
    answer = api.post(address(case), json=sighting_of(1))
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/cases/{case['id']}"
    after = answer.json()
    assert after["last_seen"] == "2026-11-25T01:00:00Z"
    assert after["cleared_at"] is None
    assert [(s["number"], s["status"]) for s in after["sightings"]] == [(1, "still_there")]


def test_a_late_sighting_never_moves_the_last_sight_back(api: Api, jpeg: bytes) -> None:
    case = api.file(jpeg)
    early = sighting_of(1, at="2026-11-25T07:00:00+08:00")
    assert api.post(address(case), json=early).json()["last_seen"] == case["last_seen"]


def test_cleared_says_when_and_decides_nothing(api: Api, jpeg: bytes) -> None:
    case = api.file(jpeg)
    after = api.post(address(case), json=sighting_of(2, "cleared")).json()
    assert after["cleared_at"] == "2026-11-25T01:00:00Z"
    assert after["status"] == "reported"


def test_later_evidence_joins_the_case(api: Api, jpeg: bytes, mp4: bytes) -> None:
    case = api.file(jpeg)
    sighting = sighting_of(1, "evidence", evidence=[evidence_of(mp4, "clip", "video/mp4")])
    answer = api.submit(sighting, mp4, path=address(case))
    assert answer.status_code == 201
    assert [(e["role"], e["sighting"]) for e in answer.json()["evidence"]] == [
        ("snapshot", None),
        ("clip", 1),
    ]
    assert api.get(f"/v1/evidence/{sha256(mp4)}").content == mp4


def test_the_same_sighting_again_counts_once_and_another_of_its_number_not_at_all(
    api: Api, jpeg: bytes
) -> None:
    case = api.file(jpeg)
    statuses = [
        api.post(address(case), json=sighting).status_code
        for sighting in (sighting_of(1), sighting_of(1), sighting_of(1, "cleared"), sighting_of(2))
    ]
    assert statuses == [201, 200, 409, 201]
    (after,) = api.cases()
    assert [s["number"] for s in after["sightings"]] == [1, 2]
    assert after["cleared_at"] is None


def test_a_sighting_needs_a_report(api: Api) -> None:
    answer = api.post(f"/v1/reports/{uuid4()}/sightings", json=sighting_of(1))
    assert answer.status_code == 404
    assert answer.json()["type"].endswith(":unknown-violation")
    assert api.post("/v1/reports/seven/sightings", json=sighting_of(1)).status_code == 422


def test_bad_sightings_leave_the_case_as_it_was(api: Api, jpeg: bytes) -> None:
    case = api.file(jpeg)
    text = b"no picture"
    for sighting, files, status in (
        (sighting_of(0), [], 422),
        (sighting_of(2**40), [], 422),
        (sighting_of(1, "gone"), [], 422),
        (sighting_of(1, evidence=[evidence_of(picture(5))]), [], 422),
        (sighting_of(1, evidence=[evidence_of(text)]), [text], 422),
    ):
        assert api.submit(sighting, *files, path=address(case)).status_code == status
    head = {"Content-Type": "text/plain"}
    body = json.dumps(sighting_of(1))
    assert api.post(address(case), content=body, headers=head).status_code == 415
    assert api.cases() == [case]
    assert len(api.kept_files()) == 1
