"""What a worker knows of itself, in a file beside its outbox, for `five-chief status` to read."""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from workers.camera import CameraWorker
from workers.errors import StatusUnknown
from workers.fleet import Fleet
from workers.looks import Tally
from workers.messages import Counts
from workers.overload import FROM, Overload
from workers.process import cpu_s, descriptors, resident_bytes
from workers.substream import SubStream

log = logging.getLogger(__name__)

FILE = "status.json"
EVERY_S = 2.0
STALE_AFTER = timedelta(seconds=30)
_WINDOW_S = 60.0


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class AnalysisStatus(_Part):
    """What became of one model's due analyses; see `workers.schedule.Tally`."""

    done: int
    shed: int
    missed: int


class SubStreamStatus(_Part):
    """A camera's sub-stream while it is open; `models` look at it now."""

    state: str
    since: datetime
    reason: str
    detail: str
    next_try_at: datetime | None
    width: int | None
    height: int | None
    gop_s: float | None
    models: tuple[str, ...]
    looks: int


class AlertStatus(_Part):
    """What is wrong with a camera's pictures; see `detector.health.faults.Fault`."""

    fault: str
    since: datetime


class CameraStatus(_Part):
    """One camera: how it is, since when, why, when it is tried again, and what it costs."""

    camera_id: str
    state: str
    since: datetime
    reason: str
    detail: str
    next_try_at: datetime | None
    connects: int
    via: str
    gop_s: float | None
    between_keyframes: tuple[str, ...]
    sub_stream: SubStreamStatus | None
    frames: int
    dropped: int
    ring_s: float
    ring_bytes: int
    analyses: dict[str, AnalysisStatus]
    alerts: tuple[AlertStatus, ...] = ()


class WorkerStatus(_Part):
    """A worker as it last described itself.

    Attributes:
        worker: its name.
        pid: its process.
        started_at: UTC.
        at: when this was written, UTC.
        outbox_waiting: messages not yet acknowledged.
        outbox_rejected: messages refused for good.
        analyses: of all cameras.
        shed_share: share of the due analyses of the last minute that were shed.
        age_s: how old pictures were when they had been judged: p50, p95, p99, seconds.
        queues: what waits now, beside the outbox: cameras for a look, orders, answers, alerts. Of a
            camera only its newest keyframe waits for a look, so there can be no more than cameras.
        counts: since the start: `looks`, `decodes`, `pictures_decoded`, `inferences`, `packets`
            (encoded pictures received).
        cpu_s: of the process since its start.
        memory_bytes: resident.
        ring_bytes: of this, what the packet rings hold.
        threads: of the process.
        descriptors: open ones.
        cameras: each.
    """

    worker: str
    pid: int
    started_at: datetime
    at: datetime
    outbox_waiting: int
    outbox_rejected: int
    analyses: AnalysisStatus
    shed_share: Annotated[float, Field(ge=0, le=1)]
    age_s: dict[str, float]
    queues: dict[str, int] = {}
    counts: dict[str, int]
    cpu_s: float
    memory_bytes: int
    ring_bytes: int
    threads: int
    descriptors: int
    cameras: tuple[CameraStatus, ...]


class StatusBoard:
    """Watches the fleet's tally over the last minute, and writes the file."""

    def __init__(
        self,
        name: str,
        folder: Path,
        fleet: Fleet,
        cameras: Sequence[CameraWorker],
        queues: Callable[[], dict[str, int]] = dict,
        overload: Overload | None = None,
    ) -> None:
        """A board that begins now.

        Args:
            name: the worker's.
            folder: its state's.
            fleet: whose.
            cameras: may grow and shrink while this goes on.
            queues: says what waits beside looks and the outbox.
            overload: is told of each minute.
        """
        self._name = name
        self._path = folder / FILE
        self._fleet = fleet
        self._cameras = cameras
        self._queues = queues
        self._overload = overload
        self._started_at = datetime.now(UTC)
        self._tallies: deque[tuple[float, Tally]] = deque([(time.monotonic(), fleet.total())])
        self._warned_at = float("-inf")
        self.shed_share = 0.0
        """Share of the due analyses of the last minute that were shed."""

    def update(self, counts: Counts) -> None:
        """Looks at the last minute, says so where too much was shed, and writes the file.

        Raises:
            OSError: it cannot be written.
        """
        self._weigh(time.monotonic())
        text = self.describe(counts).model_dump_json()
        part = self._path.with_suffix(".part")
        part.write_text(text, "utf-8")
        part.replace(self._path)

    def describe(self, counts: Counts) -> WorkerStatus:
        """The status now.

        Args:
            counts: the outbox's.
        """
        cameras = tuple(self._camera(camera) for camera in list(self._cameras))
        ages = self._fleet.age_s((0.5, 0.95, 0.99))
        return WorkerStatus(
            worker=self._name,
            pid=os.getpid(),
            started_at=self._started_at,
            at=datetime.now(UTC),
            outbox_waiting=counts.waiting,
            outbox_rejected=counts.rejected,
            analyses=_analyses(self._fleet.total()),
            shed_share=self.shed_share,
            age_s=dict(zip(("p50", "p95", "p99"), ages, strict=False)),
            queues={"looks": self._fleet.waiting(), **self._queues()},
            counts={**self._fleet.counts, "packets": self._fleet.packets()},
            cpu_s=cpu_s(),
            memory_bytes=resident_bytes(),
            ring_bytes=sum(camera.ring_bytes for camera in cameras),
            threads=threading.active_count(),
            descriptors=descriptors(),
            cameras=cameras,
        )

    def _weigh(self, at: float) -> None:
        total = self._fleet.total()
        self._tallies.append((at, total))
        while self._tallies[0][0] < at - _WINDOW_S:
            self._tallies.popleft()
        before = self._tallies[0][1]
        done, shed = total.done - before.done, total.shed - before.shed
        self.shed_share = max(shed, 0) / max(done + shed, 1)
        if self.shed_share > FROM and at - self._warned_at > _WINDOW_S:
            self._warned_at = at
            log.warning(
                "overloaded: of the last minute's %d due analyses %d were shed (%.0f %%), evenly "
                "over all cameras; give this worker fewer cameras, longer cadences or more cores",
                done + shed,
                shed,
                self.shed_share * 100,
            )
        if self._overload is not None and at - self._tallies[0][0] > _WINDOW_S - 2 * EVERY_S:
            self._overload.minute(done + shed, max(shed, 0), datetime.now(UTC))

    def _camera(self, camera: CameraWorker) -> CameraStatus:
        name, stream = camera.place.camera_id, camera.stream
        status, ring = stream.status, stream.ring
        return CameraStatus(
            camera_id=name,
            state=status.state.value,
            since=status.since,
            reason=status.reason,
            detail=status.detail,
            next_try_at=status.next_try_at,
            connects=status.connects,
            via=stream.via,
            gop_s=stream.gop_s,
            between_keyframes=self._fleet.onward(name),
            sub_stream=_sub_stream(self._fleet.sub(name)),
            frames=status.frames,
            dropped=status.dropped,
            ring_s=ring.held_seconds if ring is not None else 0.0,
            ring_bytes=ring.held_bytes if ring is not None else 0,
            analyses={model: _analyses(t) for model, t in self._fleet.tally(name).items()},
            alerts=tuple(AlertStatus(fault=one.fault, since=one.since) for one in camera.alerts),
        )


def read_status(folder: Path) -> WorkerStatus:
    """What a worker wrote last.

    Raises:
        StatusUnknown: no worker has run with this state, or what is there cannot be read.
    """
    path = folder / FILE
    try:
        return WorkerStatus.model_validate_json(path.read_text("utf-8"))
    except FileNotFoundError:
        raise StatusUnknown(
            f"{path} is not there: no worker has run with this state yet; start one with "
            "`five-chief work`, or check `state` in the configuration"
        ) from None
    except (OSError, ValueError) as error:
        raise StatusUnknown(f"{path} cannot be read: {_first_line(error)}") from None


def is_stale(status: WorkerStatus, now: datetime) -> bool:
    """Whether the worker has not written for so long that it hardly runs."""
    return now - status.at > STALE_AFTER


def _sub_stream(sub: SubStream | None) -> SubStreamStatus | None:
    source = None if sub is None else sub.source
    if sub is None or source is None:
        return None
    status, (width, height) = source.stream.status, source.size or (None, None)
    return SubStreamStatus(
        state=status.state.value,
        since=status.since,
        reason=status.reason,
        detail=status.detail,
        next_try_at=status.next_try_at,
        width=width,
        height=height,
        gop_s=source.stream.gop_s,
        models=sub.models,
        looks=sub.looks,
    )


def _analyses(tally: Tally) -> AnalysisStatus:
    return AnalysisStatus(done=tally.done, shed=tally.shed, missed=tally.missed)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
