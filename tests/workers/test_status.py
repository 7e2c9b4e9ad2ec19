"""A worker says how it fares, in a file that anybody on the machine can read."""

import json
import logging
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.schema import CameraAlert
from cli.main import app
from cli.status import _row
from streams.options import StreamOptions
from streams.ring import PacketRing
from workers.errors import StatusUnknown
from workers.fleet import Fleet
from workers.looks import Tally
from workers.messages import Counts
from workers.overload import Overload
from workers.status import FILE, StatusBoard, SubStreamStatus, is_stale, read_status

CONFIG = """
worker: w1
state: {state}
api: {{url: "http://127.0.0.1:9", key: "0123456789abcdef"}}
rules: [{{id: litter, kind: litter, model: litter, classes: [litter]}}]
cameras: [{{id: gate, url: "rtsp://u:s3cr3t@127.0.0.1:9/x"}}]
"""


class CameraStub:
    """Of a camera, what the board reads."""

    def __init__(self, fleet: Fleet) -> None:
        ring = PacketRing(5, 1000)
        self.stream = fleet.stream("gate", "rtsp://u:s3cr3t@127.0.0.1:9/x", StreamOptions(), ring)
        self.place = type("Place", (), {"camera_id": "gate"})()
        self.pipeline = type("Rules", (), {"cadences": lambda _, at: {"m": 5.0}, "undecided": {}})()
        self.alerts = ()


@pytest.fixture
def board(tmp_path: Path) -> StatusBoard:
    fleet = Fleet({})
    camera = CameraStub(fleet)
    fleet.add(camera)  # type: ignore[arg-type]
    return StatusBoard("w1", tmp_path, fleet, [camera], lambda: {"orders": 2})  # type: ignore[list-item]


def test_what_is_written_is_read_back(board: StatusBoard, tmp_path: Path) -> None:
    board.update(Counts(waiting=3, sent=0, rejected=1))
    found = read_status(tmp_path)
    assert (found.worker, found.outbox_waiting, found.outbox_rejected) == ("w1", 3, 1)
    (camera,) = found.cameras
    assert (camera.camera_id, camera.state, camera.via) == ("gate", "connecting", "rtsp")
    assert camera.analyses["m"].done == 0
    assert found.memory_bytes > 10_000_000
    assert found.threads >= 1
    assert found.queues == {"looks": 0, "orders": 2}
    assert not is_stale(found, datetime.now(UTC))
    assert is_stale(found, datetime.now(UTC) + timedelta(minutes=1))
    assert "s3cr3t" not in (tmp_path / FILE).read_text()


def test_overload_is_said_once_a_minute_and_as_a_share(
    board: StatusBoard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    tally = Tally()
    monkeypatch.setattr(board._fleet, "total", lambda: tally)
    for second in range(0, 120, 2):
        tally = replace(tally, done=tally.done + 9, shed=tally.shed + 1)
        board._weigh(1e6 + second)
    assert board.shed_share == pytest.approx(0.1)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert "overloaded" in lines[0]
    for second in range(0, 70, 2):
        tally = replace(tally, done=tally.done + 10)
        board._weigh(1e6 + 200 + second)
    assert board.shed_share == 0.0


def test_overload_is_judged_by_whole_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet, told = Fleet({}), list[CameraAlert]()
    board = StatusBoard("w1", tmp_path, fleet, [], overload=Overload(tmp_path, "w1", told.append))
    tally, begun = Tally(), board._tallies[0][0]
    monkeypatch.setattr(fleet, "total", lambda: tally)
    for second in range(2, 60, 2):
        assert told == []
        tally = replace(tally, done=tally.done + 1, shed=tally.shed + 1)
        board._weigh(begun + second)
    assert [one.kind for one in told] == ["overloaded"]


def test_the_command_shows_it_and_its_status_tells_whether_all_is_well(
    board: StatusBoard, tmp_path: Path
) -> None:
    config = tmp_path / "worker.yaml"
    config.write_text(CONFIG.format(state=tmp_path), "utf-8")
    runner = CliRunner()
    missing = runner.invoke(app, ["status", "--config", str(config)])
    assert missing.exit_code == 2
    assert "no worker has run" in missing.stderr
    board.update(Counts(0, 0, 0))
    shown = runner.invoke(app, ["status", "--config", str(config)])
    assert shown.exit_code == 0
    assert re.search(r"gate\s+connecting", shown.stderr)
    assert "waiting beside the outbox: looks 0, orders 2" in shown.stderr
    told = json.loads(runner.invoke(app, ["status", "--config", str(config), "--json"]).stdout)
    assert (told["running"], told["cameras"][0]["camera_id"]) == (True, "gate")
    status = json.loads((tmp_path / FILE).read_text())
    status["at"] = "2026-01-01T00:00:00Z"
    (tmp_path / FILE).write_text(json.dumps(status))
    stale = runner.invoke(app, ["status", "--config", str(config)])
    assert stale.exit_code == 1
    assert "not running" in stale.stderr


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    with pytest.raises(StatusUnknown, match=r"status\.json cannot be read"):
        read_status(tmp_path)


def test_who_looks_at_the_sub_stream_and_why_not_is_shown(board: StatusBoard) -> None:
    camera = board.describe(Counts(0, 0, 0)).cameras[0]
    at = datetime.now(UTC)
    sub = SubStreamStatus(
        state="live",
        since=at,
        reason="",
        detail="",
        next_try_at=None,
        width=640,
        height=360,
        gop_s=2.0,
        models=("vending",),
        looks=7,
    )
    between = {"gop_s": 10.0, "between_keyframes": ("vending", "litter")}
    shown = camera.model_copy(update=between | {"sub_stream": sub})
    assert _row(shown)[5] == (
        "every 10.0 s, sub-stream 640x360 for vending, between them for litter"
    )
    failed = sub.model_copy(
        update={"state": "refused", "detail": "404: no such stream", "models": ()}
    )
    shown = camera.model_copy(update=between | {"sub_stream": failed})
    assert _row(shown)[5] == (
        "every 10.0 s, between them for vending, litter (sub-stream refused: 404: no such stream)"
    )
