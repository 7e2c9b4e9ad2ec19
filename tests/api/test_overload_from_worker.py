"""A worker has more to do than time for: what the API hears of it, over restarts and outages."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.api.conftest import WORKER_KEY, Api
from workers.camera_alerts import AlertBox, AlertSender
from workers.line import Line
from workers.overload import Overload


class Busy:
    """A worker's minutes, up to now."""

    def __init__(self, folder: Path, name: str) -> None:
        self.box = AlertBox(folder / "camera-alerts")
        self._folder, self._name = folder, name
        self.at = datetime.now(UTC) - timedelta(minutes=20)
        self.restart()

    def restart(self) -> None:
        self.overload = Overload(self._folder, self._name, self.box.put)

    def minutes(self, *shed: int) -> None:
        for one in shed:
            self.at += timedelta(minutes=1)
            self.overload.minute(500, one, self.at)


def send(busy: Busy, url: str) -> None:
    line = Line(url, WORKER_KEY)
    try:
        AlertSender(busy.box, line).step()
    finally:
        line.close()


def told(api: Api, worker: str) -> list[dict[str, Any]]:
    items = api.get("/v1/camera-alerts", params={"limit": 200}).json()["items"]
    return [one for one in items if one["worker"] == worker]


def test_a_spell_is_told_once_and_ended_once_whatever_fails_between(
    shared: Api, tmp_path: Path
) -> None:
    busy = Busy(tmp_path, "busy-once")
    busy.minutes(0, 5, 200, 6, 1, 3)
    send(busy, "http://127.0.0.1:9")  # nobody answers: it is kept
    send(busy, str(shared.base_url))
    (alert,) = told(shared, "busy-once")
    assert (alert["kind"], alert["until"], alert["holds"]) == ("overloaded", None, False)
    assert alert["camera_id"] == ""
    assert "40%" in alert["text_en"]
    assert "算力不足" in alert["text_zh"]

    busy.restart()
    busy.minutes(4, 30)
    assert busy.box.waiting() == []
    busy.minutes(0, 0)
    send(busy, str(shared.base_url))
    (ended,) = told(shared, "busy-once")
    assert (ended["alert_id"], ended["until"] is None) == (alert["alert_id"], False)
    assert not (tmp_path / "overload.json").exists()

    busy.minutes(100)
    send(busy, str(shared.base_url))
    assert len(told(shared, "busy-once")) == 2


def test_a_worker_at_the_limit_is_not_told_of(tmp_path: Path) -> None:
    busy = Busy(tmp_path, "busy-limit")
    busy.minutes(5, 0, 5, 3)
    assert busy.box.waiting() == []


def test_what_was_kept_of_a_spell_is_damaged_and_the_next_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "overload.json").write_text("{")
    busy = Busy(tmp_path, "busy-damaged")
    busy.minutes(10)
    assert len(busy.box.waiting()) == 1


def test_an_alert_of_a_camera_has_to_name_it(shared: Api, tmp_path: Path) -> None:
    busy = Busy(tmp_path, "busy-wrong")
    busy.minutes(10)
    body = busy.box.waiting()[0].read_text().replace("overloaded", "covered")
    answer = shared.post(
        "/v1/camera-alerts", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert "camera_id" in answer.text
