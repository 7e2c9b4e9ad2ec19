"""The wall: each camera's newest picture and how it fares, cheap to ask for again and again."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.line.latest import LatestPictures
from tests.api.conftest import Api, picture
from tests.api.test_workers_line import Worker, camera, put

FIRST, SECOND = picture(1), picture(2)
AT = "2025-11-25T08:00:00Z"


def push(line: Any, camera_id: str, jpeg: bytes) -> None:
    head = {"type": "picture", "camera_id": camera_id, "at": AT}
    line.send(json.dumps(head).encode() + b"\n" + jpeg)


def on_wall(api: Api, camera_id: str = "gate-3") -> dict[str, Any]:
    items = api.get("/v1/wall").json()["items"]
    found: dict[str, Any] = next(one for one in items if one["camera_id"] == camera_id)
    return found


def eventually(api: Api, camera_id: str = "gate-3") -> dict[str, Any]:
    for _ in range(100):
        if (found := on_wall(api, camera_id))["picture"] is not None:
            return found
    raise AssertionError("no picture came")


def test_a_camera_stands_on_the_wall_with_its_newest_picture(api: Api) -> None:
    worker = Worker(api)
    with worker.line({"camera_id": "gate-3", "version": None, "config": camera()}) as line:
        before = on_wall(api)
        assert (before["picture"], before["state"], before["alive"]) == (None, None, False)
        assert api.get("/v1/cameras/gate-3/latest").status_code == 404
        push(line, "gate-3", FIRST)
        found = eventually(api)
    assert found["place"]["camera_name"] == "三号门"
    assert found["picture"]["at"] == AT
    answer = api.get(found["picture"]["url"])
    assert answer.content == FIRST
    assert "no-cache" in answer.headers["Cache-Control"]


def test_what_has_not_changed_is_not_sent_again(api: Api) -> None:
    with Worker(api).line({"camera_id": "gate-3", "version": None, "config": camera()}) as line:
        push(line, "gate-3", FIRST)
        url = eventually(api)["picture"]["url"]
    for address in ("/v1/wall", url):
        tag = api.get(address).headers["ETag"]
        again = api.get(address, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    put(api, camera(place={"camera_id": "gate-3", "camera_name": "南门"}))
    assert api.get("/v1/wall", headers={"If-None-Match": tag}).status_code == 200


def test_a_camera_that_fares_badly_says_so(api: Api) -> None:
    beat = {
        "worker": "w9",
        "at": datetime.now(UTC).isoformat(),
        "kinds": ["litter"],
        "cameras": [{"camera_id": "yard", "state": "stalled", "since": AT, "reason": "silent"}],
        "outbox_waiting": 0,
    }
    assert api.post("/v1/heartbeats", json=beat).is_success
    found = on_wall(api, "yard")
    said = (found["state"], found["reason"], found["alive"], found["version"])
    assert said == ("stalled", "silent", True, None)


def test_who_saw_it_stands_in_the_audit_once_a_shift(api: Api) -> None:
    with Worker(api).line({"camera_id": "gate-3", "version": None, "config": camera()}) as line:
        push(line, "gate-3", FIRST)
        url = eventually(api)["picture"]["url"]
    with Api(api.url, api.settings, None) as somebody:
        for _ in range(3):
            assert somebody.get(url).status_code == 200
        seen = somebody.get("/v1/audit", params={"act": "camera.glance"}).json()["items"]
    assert [one["object"] for one in seen] == ["gate-3"]


def test_of_many_pictures_a_second_some_are_kept_and_nothing_but_small_jpegs(
    tmp_path: Path,
) -> None:
    latest, now = LatestPictures(tmp_path), datetime.now(UTC)
    assert latest.wants("cam")
    latest.keep("cam", now, FIRST)
    assert not latest.wants("cam")
    found = latest.find("cam")
    assert found is not None
    assert abs((found.at - now).total_seconds()) < 1e-3
    latest.keep("other", now, b"<html>")
    latest.keep("big", now, FIRST + bytes(2**20))
    assert [path.name for path in tmp_path.iterdir()] == ["cam.jpg"]


@pytest.mark.parametrize("name", ["../../etc/passwd", ".hidden", "a/b", ""])
def test_a_cameras_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    latest = LatestPictures(tmp_path / "latest")
    latest.keep(name, datetime.now(UTC), FIRST)
    assert latest.find(name) is None
    assert list(tmp_path.iterdir()) == []
