"""The command: it teaches, it names mistakes, and with --json it prints JSON alone."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = [
    "demo",
    "simulate",
    "check",
    "work",
    "outbox",
    "serve",
    "replay",
    "score",
    "evaluate",
    "compare",
    "detect",
    "calibrate",
    "train",
    "export",
    "quantize",
    "train-rescoring",
]
GOOD = """
worker: w1
state: ./state
api: {url: http://127.0.0.1:9, key: sixteen-characters}
rules:
  - {id: litter, kind: litter, model: litter, classes: [litter]}
cameras:
  - {id: cam, url: "rtsp://127.0.0.1:9/cam"}
"""


def run(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def check(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(text, "utf-8")
    done = run("check", str(path))
    assert done.returncode == 2
    assert done.stdout == ""
    return done.stderr.replace(str(path), "mine.yaml")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_subcommand_teaches_with_an_example(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert f"five-chief {command}" in done.stdout.split("Example", 1)[1]


def test_a_right_configuration_is_said_to_be_right(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD, "utf-8")
    done = run("check", str(path), "--json")
    told = json.loads(done.stdout)
    assert told == {"ok": True, "cameras": 1, "rules": 1, "unwatched": ["vending", "manhole"]}
    assert "not watched: vending, manhole" in run("check", str(path)).stderr


def test_the_shipped_example_is_right() -> None:
    secrets = {"FIVE_CHIEF_API_KEY": "sixteen-characters", "CAMERA_PASSWORD": "x"}
    assert run("check", "district.yaml", **secrets).returncode == 0


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("api: {", "apo: {", "mine.yaml:4: apo: unknown key; did you mean `api`?"),
        ("id: litter,", "id: litter, dwel_s: 3,", "dwel_s: unknown key; did you mean `dwell_s`?"),
        ("classes: [litter]", "classes: [liter]", "mine.yaml:6: rules[0].classes"),
        ("model: litter", "model: liter", "mine.yaml:6: rules[0].model"),
        ("id: cam,", 'id: cam, transport: "tpc",', "mine.yaml:8: cameras[0].transport"),
        ("id: cam,", "id: cam, rules: [liter],", "mine.yaml:8: cameras[0].rules[0]: liter is not"),
        ("id: cam,", "id: cam, zones: {litre: {}},", "did you mean `litter`?"),
        ("id: cam,", "id: a cam,", "mine.yaml:8: cameras[0].id: an id is up to 64 letters"),
        ("rtsp://127.0.0.1:9/cam", "http://127.0.0.1:9/cam", "not the RTSP address of a camera"),
        ("rtsp://127.0.0.1:9/cam", "rtsp://127.0.0.1:99999/cam", "no valid host and port"),
        ("id: litter,", "id: litter, dwell_s: 5m,", "should be a plain number, such as 300"),
        ("kind: litter", "kind: rubbish", "rules[0].kind: model litter finds litter"),
        ("classes: [litter]", "classes: litter", "should be a list; write [litter]"),
        ("worker: w1", "worker: w1\nevidence: {ring_s: 2, pre_roll_s: 5}", "make ring_s longer"),
        ("id: cam,", "id: cam, zones: {litter: {zone: [[0, 0], [1, 1]]}},", "at least 3 corners"),
        ("sixteen-characters", "short", "mine.yaml:4: api.key"),
        ("worker: w1", "worker: w1\nworker: w2", "mine.yaml:3: worker: given twice"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, wrong: str, right: str, said: str
) -> None:
    assert said in check(tmp_path, GOOD.replace(wrong, right))


def test_two_cameras_of_one_id_are_named_where_the_second_stands(tmp_path: Path) -> None:
    second = '  - {id: cam, url: "rtsp://127.0.0.1:9/b"}\n'
    assert "mine.yaml:9: cameras[1].id: cam is given twice" in check(tmp_path, GOOD + second)


def test_one_mistake_is_one_line(tmp_path: Path) -> None:
    assert check(tmp_path, GOOD.replace("classes:", "clases:")).count("mine.yaml") == 1
    assert check(tmp_path, GOOD.replace("classes", "dwell_s: -1, classes")).count("mine.yaml") == 1


def test_a_secret_from_the_environment_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD.replace("sixteen-characters", '"${SHORT_KEY}"'), "utf-8")
    done = run("check", str(path), SHORT_KEY="hunter2")
    assert "api.key" in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize("weights", ["litter.onnx", "litter-second.onnx"])
def test_weights_that_are_not_the_cards_are_refused(tmp_path: Path, weights: str) -> None:
    model = tmp_path / "model"
    shutil.copytree(ROOT / "models" / "litter", model)
    with (model / weights).open("ab") as file:
        file.write(b"!")
    said = check(tmp_path, GOOD.replace("model: litter", f"model: {model}"))
    assert "SHA-256" in said
    assert "mine.yaml:6: rules[0].model" in said


def test_a_password_in_a_wrong_configuration_is_not_shown(tmp_path: Path) -> None:
    said = check(tmp_path, GOOD.replace("id: cam, url:", 'id: cam, ur: "rtsp://u:pass@h/", x:'))
    assert "unknown key" in said
    assert "pass" not in said


def test_commands_work_from_another_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD, "utf-8")
    assert run("check", "mine.yaml", cwd=tmp_path).returncode == 0


def test_a_clip_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"not a clip at all")
    done = run("simulate", str(path), "--port", "0", "--json")
    assert done.returncode == 2
    assert "clip.mp4" in done.stderr
    assert done.stdout == ""


def test_the_worker_stops_cleanly_on_ctrl_c_with_no_camera_and_no_api(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD, "utf-8")
    with (tmp_path / "log").open("w") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "work", "--config", str(tmp_path / "mine.yaml")],
            cwd=ROOT,
            stderr=log,
            start_new_session=True,
        )
        deadline = time.monotonic() + 40
        while "cam" not in (tmp_path / "log").read_text() and time.monotonic() < deadline:
            time.sleep(0.1)
        worker.send_signal(signal.SIGINT)
        assert worker.wait(15) == 0
    text = (tmp_path / "log").read_text()
    assert "Traceback" not in text
    assert "stopped" in text
