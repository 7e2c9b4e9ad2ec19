"""The real parts as processes: simulated camera, API, worker; and ways to kill them."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from streams.clip import clip_frames
from streams.ring import PacketRing
from tuning.truth import read_truth

ROOT = Path(__file__).parents[2]
STREET = ROOT / "configs" / "demo" / "street.mp4"
TRUTH = ROOT / "configs" / "demo" / "street.truth.yaml"
KEY = secrets.token_urlsafe(24)

CONFIG = """
worker: test-worker
state: {state}
api: {{url: "{api}", key: "{key}"}}
rules:
  - id: litter
    kind: litter
    model: {model}
    classes: [litter]
    dwell_s: 3
    min_looks: 2
    cadence_s: 1
    clear_after_s: 600
cameras:
  - {{id: street, url: "{camera}"}}
"""


@pytest.fixture(scope="session")
def littered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A piece of the demo's clip in which the rubbish lies from the first picture on."""
    truth = read_truth(TRUTH)
    start = max(e.begin for e in truth.events if e.what == "litter") + 1
    ring = PacketRing(max_seconds=600, max_bytes=2**26)
    epoch = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in clip_frames(STREET, "clip", epoch, wanted=lambda _: False, ring=ring):
        pass
    path = tmp_path_factory.mktemp("clip") / "littered.mp4"
    begin = epoch.timestamp() + start + 2.5  # past a keyframe that has the rubbish in it
    ring.cut(path, datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(begin + 12, UTC))
    return path


@dataclass
class Process:
    """A part of the system, in a process of its own."""

    popen: subprocess.Popen[str]
    log: Path

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait()

    def stop(self, within: float = 15.0) -> int:
        self.popen.send_signal(signal.SIGINT)
        return self.popen.wait(within)

    def ready(self) -> dict[str, Any]:
        assert self.popen.stdout is not None
        line = self.popen.stdout.readline()
        assert line, self.log.read_text("utf-8")
        value: dict[str, Any] = json.loads(line)
        return value


@dataclass
class Stage:
    """One folder, its processes, and what was asked of them."""

    folder: Path
    running: list[Process] = field(default_factory=list)
    api_port: int = 0
    api_url: str = ""
    camera_url: str = ""

    def spawn(self, name: str, arguments: list[str], **environment: str) -> Process:
        log = self.folder / f"{name}-{len(self.running)}.log"
        with log.open("w") as stderr:
            popen = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                start_new_session=True,
            )
        process = Process(popen, log)
        self.running.append(process)
        return process

    def command(self, name: str, *arguments: str, **environment: str) -> Process:
        return self.spawn(name, ["-m", "cli.main", *arguments], **environment)

    def camera(self, *clips: Path) -> None:
        process = self.command("camera", "simulate", *map(str, clips), "--port", "0", "--json")
        self.camera_url = process.ready()["cameras"][clips[0].stem]

    def api(self, runner: list[str] | None = None) -> Process:
        arguments = ["serve", "--data", str(self.folder / "api"), "--port", str(self.api_port)]
        process = self.spawn(
            "api",
            [*(runner or ["-m", "cli.main"]), *arguments, "--json"],
            FIVE_CHIEF_WORKER_KEYS=KEY,
        )
        self.api_url = process.ready()["url"].rstrip("/")
        self.api_port = int(self.api_url.rsplit(":", 1)[1])
        return process

    def config(self, model: str = "litter", extra: str = "") -> Path:
        path = self.folder / "worker.yaml"
        text = CONFIG.format(
            state=self.folder / "worker",
            api=self.api_url,
            key=KEY,
            model=model,
            camera=self.camera_url,
        )
        path.write_text(text + extra, "utf-8")
        return path

    def worker(self, runner: list[str] | None = None) -> Process:
        arguments = ["work", "--config", str(self.folder / "worker.yaml")]
        return self.spawn("worker", [*(runner or ["-m", "cli.main"]), *arguments])

    def cases(self) -> list[dict[str, Any]]:
        answer = httpx.get(
            f"{self.api_url}/v1/cases",
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=10,
            trust_env=False,
        )
        answer.raise_for_status()
        return [self.case(item["id"]) for item in answer.json()["items"]]

    def case(self, case_id: int) -> dict[str, Any]:
        """The whole of a case."""
        answer = httpx.get(
            f"{self.api_url}/v1/cases/{case_id}",
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=10,
            trust_env=False,
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def logs(self) -> str:
        return "\n".join(f"--- {p.log.name}\n{p.log.read_text('utf-8')}" for p in self.running)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    for process in made.running:
        if process.popen.poll() is None:
            process.popen.kill()
        process.popen.wait()
        if process.popen.stdout is not None:
            process.popen.stdout.close()


def eventually(what: Callable[[], object], within: float = 45.0, logs: Stage | None = None) -> None:
    """Waits until something is so."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if what():
            return
        time.sleep(0.1)
    raise AssertionError(f"not so within {within} s\n{logs.logs() if logs else ''}")
