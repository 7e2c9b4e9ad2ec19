"""The demo's processes: each is the real subcommand, started as a person would start it."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from select import select
from types import TracebackType
from typing import IO, Any, Self

import httpx

from cli.common import shipped

_START_S = 30.0
_STOP_S = 10.0


class DemoFailed(Exception):
    """The demo cannot go on; the message says which part, and why."""


class Demo:
    """Camera, API and worker as child processes in one folder; leaving ends them all."""

    def __init__(self, folder: Path, clip: Path, port: int) -> None:
        self._folder = folder
        self._clip = clip
        self._port = port
        self._key = secrets.token_urlsafe(24)
        self._children: dict[str, subprocess.Popen[str]] = {}
        self._files = ExitStack()
        self._seen: set[str] = set()
        self.page_url = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for child in reversed(self._children.values()):  # the worker first: it uses the others
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._files.close()

    def start(self, say: Callable[[str], None]) -> None:
        """Starts the three parts, each as soon as what it needs is ready.

        Raises:
            DemoFailed: one of them does not come up.
        """
        say("starting the simulated camera and the API")
        camera = self._spawn("camera", ["simulate", str(self._clip), "--port", "0", "--json"], {})
        data, chiefs = str(self._folder / "api"), str(shipped("demo/chiefs.yaml"))
        api = self._spawn(
            "api",
            ["serve", "--data", data, "--port", str(self._port), "--chiefs", chiefs, "--json"],
            {"FIVE_CHIEF_WORKER_KEYS": self._key},
        )
        camera_url = self._ready("camera", camera)["cameras"][self._clip.stem]
        self.page_url = self._ready("api", api)["url"].rstrip("/")
        self._client = self._files.enter_context(
            httpx.Client(base_url=self.page_url, timeout=5.0, trust_env=False)
        )
        say("starting the worker: loading the model")
        self._spawn(
            "worker",
            ["work", "--config", "demo/worker.yaml"],
            {
                "FIVE_CHIEF_STATE": str(self._folder / "worker"),
                "FIVE_CHIEF_API_URL": self.page_url,
                "FIVE_CHIEF_API_KEY": self._key,
                "FIVE_CHIEF_CAMERA_URL": camera_url,
            },
        )

    def progress(self) -> str:
        """What is being waited for, in a few words.

        Raises:
            DemoFailed: a part has ended.
        """
        self._all_alive()
        cameras = self._get("/v1/watching").get("cameras", [])
        if not cameras:
            return "waiting for the worker's first word"
        state = cameras[0]["state"]
        if state != "live":
            return f"waiting for the camera: {state} {cameras[0]['reason']}"
        return "the camera is live: waiting for rubbish at the kerb and a dwell of 10 s"

    def new_cases(self) -> list[dict[str, Any]]:
        """The cases that were filed since the last call, oldest first."""
        cases = self._get("/v1/cases").get("items", [])
        new = [case for case in reversed(cases) if case["number"] not in self._seen]
        self._seen.update(case["number"] for case in new)
        return [self._get(f"/v1/cases/{case['id']}") for case in new]

    def one_line(self, case: Mapping[str, Any]) -> str:
        """A case in one line."""
        category = case["category"]
        return (
            f"{case['number']} {category['service_code']} {category['name_zh']} "
            f"({category['name_en']}) {case['place']['camera_id']} score {case['score']:.2f} "
            f"first seen {case['first_seen']} {self.page_url}/shift/cases/{case['id']}"
        )

    def why_not(self) -> str:
        """The worker's last words, for the case that nothing was filed."""
        return f"The worker's log ends with:\n{self._tail('worker')}"

    def _get(self, path: str) -> dict[str, Any]:
        try:
            answer = self._client.get(path)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            self._all_alive()
            raise DemoFailed(f"the API does not answer: {error}\n{self._tail('api')}") from error
        value: dict[str, Any] = answer.json()
        return value

    def _spawn(
        self, name: str, arguments: list[str], environment: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        log = self._files.enter_context((self._folder / f"{name}.log").open("w"))
        child = subprocess.Popen(
            [sys.executable, "-m", "cli.main", *arguments],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=log,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # Ctrl-C is ours to pass on, in order
        )
        self._children[name] = child
        if child.stdout is not None:
            self._files.enter_context(child.stdout)
        return child

    def _ready(self, name: str, child: subprocess.Popen[str]) -> dict[str, Any]:
        """The one line of JSON that a part prints when it is ready."""
        stdout: IO[str] | None = child.stdout
        line = stdout.readline() if stdout and select([stdout], [], [], _START_S)[0] else ""
        if not line:
            raise DemoFailed(f"the {name} did not start:\n{self._tail(name)}")
        value: dict[str, Any] = json.loads(line)
        return value

    def _all_alive(self) -> None:
        for name, child in self._children.items():
            if child.poll() is not None:
                raise DemoFailed(
                    f"the {name} has ended with status {child.returncode}:\n{self._tail(name)}"
                )

    def _tail(self, name: str, lines: int = 12) -> str:
        path = self._folder / f"{name}.log"
        return "\n".join(path.read_text("utf-8", "replace").splitlines()[-lines:])
