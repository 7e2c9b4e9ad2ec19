"""Our worker, as a district would run it: `five-chief work` with a configuration."""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from bench.measure import watch
from bench.work import ROOT, TASKS, Camera, Task, cameras, truth

ZONES = {
    "litter": [[0.0, 0.42], [1.0, 0.36], [1.0, 0.52], [0.0, 0.68]],
    "manhole": [[0.0, 0.6], [1.0, 0.54], [1.0, 1.0], [0.0, 1.0]],
}
"""The pavement's edge and the roadway, as in the demo: the street's shop signs are not litter."""
START_S = 120.0


class NotConnected(RuntimeError):
    """The cameras were not all live in time."""


def run(
    count: int,
    folders: dict[str, Path],
    *,
    seconds: float,
    settle_s: float,
    bad: bool = True,
    precision: str = "f32",
    tasks: Sequence[Task] = TASKS,
    within_s: float = START_S,
    subs: bool = False,
) -> dict[str, Any]:
    """Watches so many cameras, and says what it cost and what became of the analyses.

    Args:
        count: of good cameras.
        folders: a model's folder, by task.
        seconds: how long is measured.
        settle_s: how long after all are live.
        bad: whether two bad cameras come on top.
        precision: of the arithmetic.
        tasks: what is looked for.
        within_s: all good cameras are to be live after so long.
        subs: whether cameras with far keyframes offer a sub-stream.

    Raises:
        NotConnected: they are not.
    """
    with (
        tempfile.TemporaryDirectory(prefix="five-chief-bench-") as name,
        cameras(count, bad=bad, subs=subs) as (shown, cameras_pid),
    ):
        folder = Path(name)
        config = folder / "worker.yaml"
        written = configuration(folder, shown, folders, precision, tasks)
        config.write_text(yaml.safe_dump(written, sort_keys=False), "utf-8")
        log = folder / "worker.log"
        with log.open("w") as stderr:
            worker = subprocess.Popen(
                [sys.executable, "-m", "cli.main", "work", "--config", str(config)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stderr=stderr,
            )
        try:
            try:
                good = {camera.name for camera in shown if not camera.bad}
                _until_live(folder / "state" / "status.json", good, worker, within_s)
                time.sleep(settle_s)
                before = _status(folder / "state" / "status.json")
                window = watch(worker.pid, cameras_pid, seconds)
                time.sleep(2.5)  # the status is written each two seconds
                after = _status(folder / "state" / "status.json")
            finally:
                worker.terminate()
                worker.wait(30)
        except Exception:
            print(log.read_text("utf-8")[-3000:], file=sys.stderr)
            raise
        return {"precision": precision, **_result(shown, window, before, after, folder)}


def configuration(
    folder: Path,
    shown: Sequence[Camera],
    folders: dict[str, Path],
    precision: str,
    tasks: Sequence[Task] = TASKS,
) -> dict[str, Any]:
    """The worker's YAML; the API is away, so reports stay in the outbox to be counted."""
    return {
        "worker": "bench",
        "state": str(folder / "state"),
        "api": {"url": "http://127.0.0.1:9", "key": "0123456789abcdef"},
        "precision": precision,
        "rules": [
            {
                "id": task.name,
                "kind": task.name,
                "model": str(folders[task.name]),
                "classes": list(task.classes),
                **({"zone": ZONES[task.name]} if task.name in ZONES else {}),
                "dwell_s": 8,
                "min_looks": 2,
                "confirm_ratio": 0.5,
                "clear_after_s": 600,
                "cadence_s": task.cadence_s,
            }
            for task in tasks
        ],
        "cameras": [
            {"id": one.name, "url": one.url, **({"sub_url": one.sub_url} if one.sub_url else {})}
            for one in shown
        ],
    }


def _until_live(
    path: Path, good: set[str], worker: subprocess.Popen[bytes], within_s: float
) -> None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if worker.poll() is not None:
            raise RuntimeError(f"the worker ended with {worker.returncode}")
        if path.exists():
            live = [
                c
                for c in _status(path)["cameras"]
                if c["state"] == "live" and c["camera_id"] in good
            ]
            if len(live) >= len(good):
                return
        time.sleep(0.25)
    raise NotConnected(f"not all {len(good)} cameras were live within {within_s:.0f} s")


def _status(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return value


def _result(
    shown: Sequence[Camera],
    window: Any,
    before: dict[str, Any],
    after: dict[str, Any],
    folder: Path,
) -> dict[str, Any]:
    good = {camera.name for camera in shown if not camera.bad}
    seconds = window.seconds
    between = _seconds(before, after)
    share = seconds / between
    tallies = {
        key: _sum(after, good, key) - _sum(before, good, key) for key in ("done", "shed", "missed")
    }
    due = sum(tallies.values())
    per_second = window.cpu_s / seconds
    kept = after["memory_bytes"] - after["ring_bytes"]
    return {
        "cameras": len(good),
        "connected": sum(c["state"] == "live" for c in after["cameras"] if c["camera_id"] in good),
        "seconds": seconds,
        "on_time": tallies["done"] / due if due else 0.0,
        "cameras_per_core": len(good) / per_second,
        "cpu_s_per_camera_hour": per_second * 3600 / len(good),
        "cpu_s": window.cpu_s,
        "camera_side_cpu_s": window.camera_side_cpu_s,
        "analyses": tallies,
        "counts": {
            key: round((after["counts"].get(key, 0) - before["counts"].get(key, 0)) * share)
            for key in ("packets", "decodes", "pictures_decoded", "sub_looks", "inferences")
        },
        "age_s": after["age_s"],
        "memory_mb": after["memory_bytes"] / 2**20,
        "ring_mb": after["ring_bytes"] / 2**20,
        "memory_mb_per_camera": kept / 2**20 / len(good),
        "threads": after["threads"],
        "states": _states(after),
        "not_on_time": _worst(before, after, good),
        **_found(folder / "state" / "worker.db", shown, before),
    }


def _seconds(before: dict[str, Any], after: dict[str, Any]) -> float:
    from datetime import datetime

    begun, ended = (datetime.fromisoformat(one["at"]) for one in (before, after))
    return max((ended - begun).total_seconds(), 1.0)


def _sum(status: dict[str, Any], names: set[str], key: str) -> int:
    return sum(
        int(one[key])
        for camera in status["cameras"]
        if camera["camera_id"] in names
        for one in camera["analyses"].values()
    )


def _worst(
    before: dict[str, Any], after: dict[str, Any], names: set[str]
) -> dict[str, dict[str, int]]:
    """By camera and model, what was not done."""
    begun = {c["camera_id"]: c["analyses"] for c in before["cameras"]}
    lost: dict[str, dict[str, int]] = {}
    for camera in after["cameras"]:
        name = camera["camera_id"]
        for model, one in camera["analyses"].items():
            for key in ("shed", "missed"):
                count = one[key] - begun[name][model][key]
                if count and name in names:
                    task = Path(model).name.split("-")[0]
                    lost.setdefault(f"{name} gop {camera['gop_s']}", {})[f"{task} {key}"] = count
    return lost


def _states(status: dict[str, Any]) -> dict[str, str]:
    return {
        c["camera_id"]: f"{c['state']} {c['reason']}".strip()
        for c in status["cameras"]
        if c["state"] != "live"
    }


def _found(database: Path, shown: Sequence[Camera], before: dict[str, Any]) -> dict[str, Any]:
    """How many labelled events were reported, and how many reports were of nothing.

    An event counts if its model had looked at its camera before the measured time began: one that
    looks once a minute may not have come to it in a short run.
    """
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT body FROM outbox WHERE number = 0").fetchall()
    connection.close()
    labelled = {camera.name for camera in shown if camera.labelled}
    boxes = truth()
    wanted = {
        (camera["camera_id"], task)
        for camera in before["cameras"]
        if camera["camera_id"] in labelled
        for task in boxes
        for model, one in camera["analyses"].items()
        if one["done"] and Path(model).name.split("-")[0] == task
    }
    hit, false = set(), 0
    for (body,) in rows:
        report = json.loads(body)
        camera, box = report["place"]["camera_id"], report["box"]
        corners = tuple(box[key] for key in ("x0", "y0", "x1", "y1"))
        if camera in labelled and overlap(boxes[report["rule"]], corners):
            hit.add((camera, report["rule"]))
        else:
            false += 1
    return {
        "events": len(wanted),
        "events_found": len(hit & wanted),
        "false_reports": false,
    }


def overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two boxes are of one thing: intersection over union of 0.3 and more."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    both = max(wide, 0.0) * max(high, 0.0)
    areas = [(one[2] - one[0]) * (one[3] - one[1]) for one in (a, b)]
    return both / (sum(areas) - both) >= 0.3
