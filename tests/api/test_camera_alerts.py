"""A camera whose picture cannot be relied on: its worker says so, and everybody sees it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from tests.api.conftest import Api, evidence_of, picture, sha256

NOW = datetime.now(UTC)


def alert_of(**changes: Any) -> dict[str, Any]:
    return {
        "alert_id": str(uuid4()),
        "worker": "district-a",
        "camera_id": f"cam-{uuid4().hex[:8]}",
        "kind": "covered",
        "at": NOW.isoformat(),
        "since": (NOW - timedelta(minutes=3)).isoformat(),
        "text_zh": "镜头被遮挡",
        "text_en": "something covers the lens",
        "data": {"edges": 0.02},
    } | changes


def open_of(api: Api, camera: str) -> list[dict[str, Any]]:
    query = {"camera_id": camera, "open": "true"}
    items: list[dict[str, Any]] = api.get("/v1/camera-alerts", params=query).json()["items"]
    return items


def test_an_alert_is_kept_listed_and_part_of_what_is_watched(shared: Api) -> None:
    alert = alert_of()
    answer = shared.post("/v1/camera-alerts", json=alert)
    assert answer.status_code == 201, answer.text
    kept = answer.json()
    assert (kept["kind"], kept["until"], kept["holds"]) == ("covered", None, True)
    assert kept["data"] == {"edges": 0.02}
    assert open_of(shared, alert["camera_id"]) == [kept]
    assert kept in shared.get("/v1/watching").json()["alerts"]


def test_it_ends_with_until_and_the_latest_word_stands(shared: Api) -> None:
    alert = alert_of()
    later = (NOW + timedelta(minutes=5)).isoformat()
    ended = alert | {"at": later, "until": later}
    assert shared.post("/v1/camera-alerts", json=alert).status_code == 201
    assert shared.post("/v1/camera-alerts", json=alert).status_code == 200  # a repeat
    assert shared.post("/v1/camera-alerts", json=ended).status_code == 201
    overtaken = shared.post("/v1/camera-alerts", json=alert)
    assert overtaken.status_code == 200
    assert overtaken.json()["until"] is not None
    assert open_of(shared, alert["camera_id"]) == []
    listed = shared.get("/v1/camera-alerts", params={"camera_id": alert["camera_id"]}).json()
    assert len(listed["items"]) == 1


def test_its_picture_is_evidence_that_verify_and_backup_know(shared: Api) -> None:
    jpeg = picture(77)
    alert = alert_of(evidence=[evidence_of(jpeg)])
    parts: list[Any] = [
        ("alert", (None, json.dumps(alert), "application/json")),
        ("files", (sha256(jpeg), jpeg)),
    ]
    kept = shared.post("/v1/camera-alerts", files=parts).json()
    assert kept["picture_sha256"] == sha256(jpeg)
    assert shared.get(kept["picture"]).content == jpeg
    later = alert | {"at": (NOW + timedelta(minutes=1)).isoformat(), "evidence": []}
    assert shared.post("/v1/camera-alerts", json=later).json()["picture"] == kept["picture"]


def test_pages_lead_through_all_of_them(shared: Api) -> None:
    camera = alert_of()["camera_id"]
    for kind in ("frozen", "black", "moved"):
        shared.post("/v1/camera-alerts", json=alert_of(camera_id=camera, kind=kind))
    found, before = [], None
    while True:
        query = {"camera_id": camera, "limit": 1} | ({} if before is None else {"before": before})
        page = shared.get("/v1/camera-alerts", params=query).json()
        found += [item["kind"] for item in page["items"]]
        if (before := page["next"]) is None:
            break
    assert found == ["moved", "black", "frozen"]


def test_one_id_is_one_alert(shared: Api) -> None:
    alert = alert_of()
    shared.post("/v1/camera-alerts", json=alert)
    other = alert | {"kind": "black", "at": (NOW + timedelta(minutes=1)).isoformat()}
    assert shared.post("/v1/camera-alerts", json=other).status_code == 409
    backwards = alert_of(until=(NOW - timedelta(hours=1)).isoformat())
    answer = shared.post("/v1/camera-alerts", json=backwards)
    assert [error["field"] for error in answer.json()["errors"]] == ["until"]


def test_open_pages_hear_of_it_at_once(shared: Api) -> None:
    alert = alert_of()
    with shared.stream("GET", "/v1/alerts/stream") as stream:
        lines = stream.iter_lines()
        while next(lines):  # the opening, with the id alone
            pass
        httpx.post(
            f"{shared.url}/v1/camera-alerts", json=alert, headers=dict(shared.headers)
        ).raise_for_status()
        while not (line := next(lines)).startswith("event: camera.alert"):
            assert not line.startswith("event: case."), line
        told = json.loads(next(lines).removeprefix("data: "))
        assert told["camera_id"] == alert["camera_id"]
