"""The line between a real API and a real worker on a real stream, and through the death of each."""

import os
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.conftest import KEY, Process, Stage, eventually
from tests.end_to_end.test_chain import all_sent

pytestmark = pytest.mark.xdist_group("end_to_end")


def call(stage: Stage, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {KEY}", "If-Match": "*"} | more.pop("headers", {})
    return httpx.request(
        method, stage.api_url + path, headers=headers, timeout=15, trust_env=False, **more
    )


def camera(stage: Stage) -> dict[str, Any]:
    answer = call(stage, "GET", "/v1/cameras/street")
    found: dict[str, Any] = answer.json() if answer.is_success else {}
    return found


def configure(stage: Stage, **changes: Any) -> dict[str, Any]:
    config = camera(stage)["config"] | changes
    answer = call(
        stage, "PUT", "/v1/cameras/street", json={"worker": "test-worker", "config": config}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def is_running(stage: Stage, version: int) -> bool:
    return bool(camera(stage).get("running") == version)


def up(stage: Stage) -> bool:
    return bool(camera(stage).get("connected"))


def start(stage: Stage, clip: Path) -> tuple[Process, Process]:
    stage.camera(clip)
    api = stage.api()
    stage.config()
    worker = stage.worker()
    eventually(lambda: is_running(stage, 1), logs=stage)
    return api, worker


def snapshot(stage: Stage) -> dict[str, Any]:
    asked = call(stage, "POST", "/v1/cameras/street/snapshots").json()
    found: dict[str, Any] = {}

    def done() -> bool:
        found.update(call(stage, "GET", f"/v1/cameras/street/snapshots/{asked['id']}").json())
        return bool(found["state"] != "waiting")

    eventually(done, logs=stage)
    return found


def test_configurations_pictures_and_live_view_reach_the_camera(
    stage: Stage, littered: Path
) -> None:
    _, worker = start(stage, littered)
    found = snapshot(stage)
    assert found["state"] == "done", found
    assert call(stage, "GET", found["url"]).content.startswith(b"\xff\xd8\xff")
    with httpx.stream(
        "GET",
        f"{stage.api_url}/v1/cameras/street/live",
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=15,
        trust_env=False,
    ) as live:
        got = b""
        for chunk in live.iter_raw():
            got += chunk
            if got.count(b"\xff\xd9\r\n") >= 2:
                break
    wall = call(stage, "GET", "/v1/wall").json()["items"]
    assert [one["camera_id"] for one in wall] == ["street"]
    assert call(stage, "GET", wall[0]["picture"]["url"]).content.startswith(b"\xff\xd8\xff")
    rules = camera(stage)["config"]["rules"]
    wrong = configure(stage, rules=[rules[0] | {"classes": ["liter"]}])
    eventually(lambda: camera(stage)["state"] == "refused", logs=stage)
    assert "did you mean `litter`?" in camera(stage)["reason"]
    assert camera(stage)["running"] == 1
    right = configure(stage, rules=[rules[0] | {"dwell_s": 4}])
    eventually(lambda: is_running(stage, right["version"]), logs=stage)
    assert right["version"] == wrong["version"] + 1
    assert snapshot(stage)["state"] == "done"
    assert worker.stop() == 0


@pytest.mark.slow
def test_what_was_ordered_while_either_side_was_dead_is_done_once_it_is_back(
    stage: Stage, littered: Path
) -> None:
    api, worker = start(stage, littered)
    rules = camera(stage)["config"]["rules"]
    worker.kill()
    for dwell in (5, 6, 7):
        newest = configure(stage, rules=[rules[0] | {"dwell_s": dwell}])
    api.kill()
    worker = stage.worker()  # works from its last good copy
    stage.api()
    eventually(lambda: is_running(stage, newest["version"]), logs=stage)
    states = [one["state"] for one in call(stage, "GET", "/v1/cameras/street/versions").json()]
    assert states == ["applied", "replaced", "replaced", "applied"]
    assert worker.stop() == 0
    # Started with the API away, it runs what it ran last.
    stage.running[-1].kill()
    again = stage.worker()
    eventually(lambda: "line: down" in again.log.read_text("utf-8"), logs=stage)
    stage.api()
    eventually(lambda: up(stage), logs=stage)
    assert is_running(stage, newest["version"])
    assert "runs version" not in again.log.read_text("utf-8")  # nothing had to be told anew
    assert again.stop() == 0


@pytest.mark.slow
def test_an_api_that_hangs_is_left_and_taken_up_again(stage: Stage, littered: Path) -> None:
    api, worker = start(stage, littered)
    os.kill(api.popen.pid, signal.SIGSTOP)
    eventually(lambda: "line: down" in worker.log.read_text("utf-8"), within=30, logs=stage)
    os.kill(api.popen.pid, signal.SIGCONT)
    newest = configure(stage, read_timeout_s=9)
    eventually(lambda: is_running(stage, newest["version"]), logs=stage)
    assert worker.stop() == 0


@pytest.mark.slow
def test_a_second_worker_of_the_same_name_is_told_so_and_the_first_keeps_the_line(
    stage: Stage, littered: Path
) -> None:
    _, worker = start(stage, littered)
    text = (stage.folder / "worker.yaml").read_text("utf-8")
    other = stage.folder / "other.yaml"
    other.write_text(text.replace(str(stage.folder / "worker"), str(stage.folder / "other")))
    second = stage.spawn("second", ["-m", "cli.main", "work", "--config", str(other)])
    eventually(lambda: "name of its own" in second.log.read_text("utf-8"), logs=stage)
    assert second.stop() == 0
    newest = configure(stage, read_timeout_s=9)
    eventually(lambda: is_running(stage, newest["version"]), logs=stage)
    assert worker.stop() == 0


def test_a_case_said_to_be_done_is_looked_at_again_by_its_camera(
    stage: Stage, littered: Path
) -> None:
    _, worker = start(stage, littered)
    eventually(lambda: all_sent(stage), logs=stage)
    case = stage.cases()[0]
    steps: list[tuple[str, dict[str, Any]]] = [
        ("register", {}),
        ("dispatch", {"department": "环卫"}),
        ("sign", {}),
        ("assign", {"handler": "王"}),
        ("finish", {"opinion": "已清理"}),
    ]
    for action, fields in steps:
        answer = call(stage, "POST", f"/v1/cases/{case['id']}/actions/{action}", json=fields)
        assert answer.is_success, (action, answer.text)

    def looked() -> bool:
        found = call(stage, "GET", f"/v1/cases/{case['id']}/history").json()
        return "fail" in [step["action"] for step in found["items"]]

    eventually(looked, logs=stage)  # the rubbish is still there
    assert worker.stop() == 0
