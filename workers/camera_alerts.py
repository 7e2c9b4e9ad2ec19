"""Brings alerts of cameras to the API until each is taken.

A file an alert, in the worker's state: the latest word replaces the one before, and what was not
taken is sent after the next start.
"""

import logging
import threading
from pathlib import Path

from api.schema import CameraAlert
from workers.errors import Rejected, Unavailable
from workers.evidence import write_whole
from workers.line import Line
from workers.sender import backoff_s

log = logging.getLogger(__name__)

_IDLE_S = 1.0


class AlertBox:
    """The folder of what is to be told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, alert: CameraAlert) -> None:
        """Keeps an alert until it is taken; a full disk costs the telling, and is logged."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            data = alert.model_dump_json(exclude_defaults=True).encode()
            write_whole(self._folder / f"{alert.alert_id}.json", data)
        except OSError as error:
            log.error("%s: an alert of %s cannot be kept: %s", self._folder, alert.camera_id, error)

    def waiting(self) -> list[Path]:
        """What is to be sent, oldest first."""
        found = [(path.stat().st_mtime_ns, path) for path in self._folder.glob("*.json")]
        return [path for _, path in sorted(found)]

    def taken(self, path: Path, body: bytes) -> None:
        """Forgets an alert, unless there is a later word by now."""
        if path.read_bytes() == body:
            path.unlink()


class AlertSender:
    """Sends what waits; one thread of it a worker."""

    def __init__(self, box: AlertBox, line: Line) -> None:
        self._box = box
        self._line = line
        self._failures = 0

    def run(self, stop: threading.Event) -> None:
        """Sends until `stop` is set."""
        while not stop.is_set():
            stop.wait(self.step())

    def step(self) -> float:
        """Sends what waits; returns the seconds to wait before the next step."""
        for path in self._box.waiting():
            body = path.read_bytes()
            try:
                self._line.tell_of_camera(body)
            except Unavailable as error:
                self._failures += 1
                log.warning("alerts of cameras wait: %s", error)
                return backoff_s(self._failures)
            except Rejected as error:
                log.error("an alert of a camera was refused: %s", error)
            self._failures = 0
            self._box.taken(path, body)
        return _IDLE_S
