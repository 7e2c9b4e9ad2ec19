"""Tells the API what cameras remember of dismissals, whenever that has changed."""

import logging
import threading
from pathlib import Path

from api.schema.memory import CameraMemory
from api.schema.memory import Remembered as Told
from workers.errors import Rejected, Unavailable
from workers.line import Line
from workers.scenery import DismissedFolder, Remembered, dismissals
from workers.sender import backoff_s

log = logging.getLogger(__name__)

_EVERY_S = 2.0


class MemoryTeller:
    """Tells of each camera once after the start, and again when its folder has changed.

    `five-chief memory` changes the folders too, so they are looked at and nobody is listened to.
    """

    def __init__(self, worker: str, state: Path, line: Line) -> None:
        self._worker = worker
        self._state = state
        self._line = line
        self._told: dict[str, int] = {}
        self._failures = 0

    def run(self, stop: threading.Event) -> None:
        """Works until `stop` is set."""
        while not stop.wait(self.step()):
            pass

    def step(self) -> float:
        """Tells what has changed; returns the seconds to wait before the next step."""
        for camera_id, folder in dismissals(self._state).items():
            stamp = folder.changed_at
            if stamp == self._told.get(camera_id):
                continue
            try:
                self._line.tell_memory(self._memory(camera_id, folder))
            except Unavailable as error:
                self._failures += 1
                log.warning("%s: what it remembers cannot be told yet: %s", camera_id, error)
                return backoff_s(self._failures)
            except Rejected as error:
                log.error("%s: what it remembers was refused: %s", camera_id, error)
            self._failures = 0
            self._told[camera_id] = stamp
        return _EVERY_S

    def _memory(self, camera_id: str, folder: DismissedFolder) -> CameraMemory:
        items = tuple(_told(one) for one in folder.all())
        return CameraMemory(worker=self._worker, camera_id=camera_id, items=items)


def _told(one: Remembered) -> Told:
    thing = one.thing
    x0, y0, x1, y1 = thing.box
    return Told.model_validate(
        {
            "violation_id": thing.id,
            "rule": thing.rule,
            "label": thing.label,
            "box": {"x0": x0, "y0": y0, "x1": x1, "y1": y1},
            "at": thing.at,
            "until": thing.until,
            "counts": one.counts,
        }
    )
