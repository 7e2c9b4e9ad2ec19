"""A worker process: its fleet of cameras, a thread for the outbox, one for the heartbeat."""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import cv2

from api.schema import CameraHealth, Heartbeat, Place
from detector.model import load_model
from detector.pipeline import Pipeline
from detector.state import CameraState
from streams.ring import PacketRing
from workers.camera import CameraWorker
from workers.config import CameraSection, WorkerConfig
from workers.errors import Unavailable
from workers.evidence import EvidenceFolder
from workers.fleet import Fleet
from workers.line import Line
from workers.sender import Sender, backoff_s
from workers.status import EVERY_S, StatusBoard
from workers.store import Store

log = logging.getLogger(__name__)

_HEARTBEAT_S = 10.0
_SWEEP_EVERY = timedelta(hours=1)
_YOUNG = timedelta(hours=1)


class Worker:
    """Everything that runs for one configuration.

    Raises:
        StateInUse, StateUnusable: the state folder cannot be had.
        DetectorError: a model cannot be loaded.
    """

    def __init__(self, config: WorkerConfig) -> None:
        self._config = config
        self._store = Store(config.state)
        self._evidence = EvidenceFolder(config.state / "evidence")
        self._line = Line(config.api.url, config.api.key, config.api.timeout_s)
        self._kinds = sorted({r.kind for c in config.cameras for r in config.rules_of(c)})
        self._fleet = self._build_fleet()
        self._cameras = [self._build_camera(camera) for camera in config.cameras]
        for camera in self._cameras:
            self._fleet.add(camera)
        self._board = StatusBoard(config.worker, config.state, self._fleet, self._cameras)
        self._last_sweep: datetime | None = None

    def run(self, stop: threading.Event) -> None:
        """Works until `stop` is set, then ends every thread and closes the state."""
        sender = Sender(self._store, self._evidence, self._line)
        jobs: list[tuple[str, Callable[[threading.Event], None]]] = [
            ("outbox", sender.run),
            ("heartbeat", self._beat),
            ("status", self._report),
            *self._fleet.jobs(),
        ]
        threads = [
            threading.Thread(target=_keep_running, args=(name, job, stop), name=name)
            for name, job in jobs
        ]
        for thread in threads:
            thread.start()
        try:
            stop.wait()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            self._line.close()
            waiting = self._store.counts().waiting
            self._store.close()
        log.info("stopped; %d messages wait in the outbox for the next start", waiting)

    def _build_fleet(self) -> Fleet:
        config = self._config
        names = {rule.model for camera in config.cameras for rule in config.rules_of(camera)}
        threads = config.threads or len(os.sched_getaffinity(0))
        # A thread a look: two looks on a thread each get more done than one look on two.
        cv2.setNumThreads(1)
        self._models = {
            name: load_model(name, engine=config.engine, threads=1, streams=threads)
            for name in sorted(names)
        }
        return Fleet(self._models, threads)

    def _build_camera(self, camera: CameraSection) -> CameraWorker:
        limits = self._config.evidence
        ring = PacketRing(max_seconds=limits.ring_s, max_bytes=int(limits.ring_mb * 2**20))
        saved = self._store.state_of(camera.id)
        pipeline = Pipeline(
            camera.id,
            self._config.rules_of(camera),
            self._models,
            None if saved is None else CameraState.from_json(saved),
            local=ZoneInfo(self._config.timezone),
        )
        return CameraWorker(
            place=Place(
                camera_id=camera.id,
                camera_name=camera.name,
                address=camera.address,
                longitude=camera.longitude,
                latitude=camera.latitude,
                crs=camera.crs,
                street=camera.street,
                community=camera.community,
            ),
            pipeline=pipeline,
            stream=self._fleet.stream(camera.id, camera.url, camera.stream_options(), ring),
            ring=ring,
            store=self._store,
            evidence=self._evidence,
            pre_roll=timedelta(seconds=limits.pre_roll_s),
        )

    def _beat(self, stop: threading.Event) -> None:
        failing = False
        while not stop.is_set():
            try:
                self._line.beat(self._heartbeat())
                if failing:
                    log.info("the API answers again")
                failing = False
            except Unavailable as error:
                if not failing:
                    log.warning("heartbeat not taken: %s", error)
                failing = True
            self._sweep()
            stop.wait(_HEARTBEAT_S)

    def _heartbeat(self) -> Heartbeat:
        counts = self._store.counts()
        return Heartbeat(
            worker=self._config.worker,
            at=datetime.now(UTC),
            kinds=tuple(self._kinds),
            cameras=tuple(_health(camera) for camera in self._cameras),
            outbox_waiting=counts.waiting,
            outbox_rejected=counts.rejected,
            shed_share=self._board.shed_share,
        )

    def _report(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._board.update(self._store.counts())
            except OSError as error:
                log.debug("the status cannot be written: %s", error)
            stop.wait(EVERY_S)

    def _sweep(self) -> None:
        now = datetime.now(UTC)
        if self._last_sweep is not None and now - self._last_sweep < _SWEEP_EVERY:
            return
        self._last_sweep = now
        self._store.forget_sent(now - timedelta(days=self._config.evidence.keep_sent_days))
        swept = self._evidence.sweep(self._store.cited_evidence(), now - _YOUNG)
        if swept:
            log.info("deleted %d files of evidence that nothing cites any more", swept)


def _health(camera: CameraWorker) -> CameraHealth:
    status = camera.stream.status
    return CameraHealth(
        camera_id=camera.place.camera_id,
        state=status.state.value,
        since=status.since,
        reason=status.reason,
    )


def _keep_running(name: str, job: Callable[[threading.Event], None], stop: threading.Event) -> None:
    """One camera's mishap must not end the others, nor itself for good."""
    failures = 0
    while not stop.is_set():
        try:
            job(stop)
        except sqlite3.Error as error:
            log.error("%s: the worker's database failed: %s", name, error)
        except Exception:
            log.exception("%s: failed unexpectedly", name)
        failures += 1
        stop.wait(backoff_s(failures))
