"""What a peer has done in time, and found."""

import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from bench.ours import overlap
from bench.work import TASKS, Task, truth

Boxes = list[tuple[float, float, float, float]]


class Ledger:
    """Which slots were served in time, how old pictures were, and what was found."""

    def __init__(self, cameras: Sequence[dict[str, Any]]) -> None:
        self._cameras = cameras
        self._began = time.monotonic()
        self._served: set[tuple[str, str, int]] = set()
        self._ages: list[float] = []
        self._found: set[tuple[str, str]] = set()
        self._truth = truth()
        self._lock = threading.Lock()
        self.begin()

    def begin(self) -> None:
        """The measured time begins now."""
        with self._lock:
            self._began = time.monotonic()
            self._served.clear()
            self._ages.clear()

    def slot(self, camera: int, task: Task, at: float) -> int:
        """The number of the slot that is open on a camera; cameras are spread over the cadence."""
        spread = camera * 0.6180339887 % 1.0
        return int((at - self._began) / task.cadence_s + spread)

    def done(self, camera: int, task: Task, taken_at: float, boxes: Boxes) -> None:
        """A picture of a camera has been analysed."""
        now, name = time.monotonic(), str(self._cameras[camera]["name"])
        with self._lock:
            slot = self.slot(camera, task, taken_at)
            if slot == self.slot(camera, task, now):
                self._served.add((name, task.name, slot))
            self._ages.append(now - taken_at)
            if any(overlap(self._truth[task.name], box) for box in boxes):
                self._found.add((name, task.name))

    def due(self, camera: int, task: Task) -> bool:
        """Whether the open slot is not served yet."""
        name = str(self._cameras[camera]["name"])
        return (name, task.name, self.slot(camera, task, time.monotonic())) not in self._served

    def result(self, seconds: float) -> dict[str, Any]:
        """What came of it; slots that were open for less than their whole length do not count."""
        due = done = 0
        for index, camera in enumerate(self._cameras):
            for task in TASKS:
                first = self.slot(index, task, self._began) + 1
                last = self.slot(index, task, self._began + seconds)
                due += max(last - first, 0)
                done += sum(
                    (str(camera["name"]), task.name, slot) in self._served
                    for slot in range(first, last)
                )
        labelled = {str(c["name"]) for c in self._cameras if c["labelled"]}
        ages = np.quantile(self._ages or [0.0], [0.5, 0.95, 0.99])
        return {
            "due": due,
            "done": done,
            "age_s": dict(zip(("p50", "p95", "p99"), map(float, ages), strict=True)),
            "events": len(labelled) * len(self._truth),
            "events_found": len([1 for name, _ in self._found if name in labelled]),
        }
