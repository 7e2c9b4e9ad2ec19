"""A worker process: its fleet of cameras, threads for the outbox, the heartbeat and the line."""

import gc
import logging
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from api.schema import Heartbeat
from api.schema.cameras import CameraConfig
from api.schema.line import LiveOrder, Running
from workers.answers import AnswerSender
from workers.camera_alerts import AlertSender
from workers.cameras import Cameras
from workers.channel import Channel
from workers.config import WorkerConfig
from workers.errors import Unavailable
from workers.evidence import EvidenceFolder
from workers.line import Line
from workers.line_store import Copy, LineStore
from workers.live import LiveView
from workers.memory import MemoryTeller
from workers.orders import OrderDesk
from workers.overload import Overload
from workers.process import settle_allocator
from workers.sender import Sender, backoff_s
from workers.setup import rule_to_wire, starting_setups, to_wire
from workers.status import EVERY_S, StatusBoard
from workers.store import Store

log = logging.getLogger(__name__)

_HEARTBEAT_S = 10.0
_SWEEP_EVERY = timedelta(hours=1)
_YOUNG = timedelta(hours=1)
_GC = 20_000, 20, 50


class Worker:
    """Everything that runs for one configuration.

    Raises:
        StateInUse, StateUnusable: the state folder cannot be had.
        DetectorError: a model cannot be loaded.
    """

    def __init__(self, config: WorkerConfig) -> None:
        settle_allocator()
        self._config = config
        self._store = Store(config.state)
        self._orders = LineStore(config.state)
        self._evidence = EvidenceFolder(config.state / "evidence")
        self._line = Line(config.api.url, config.api.key, config.api.timeout_s)
        setups = starting_setups(config, self._orders.copies())
        self._cameras = Cameras(config, self._store, self._evidence, setups)
        self._desk = OrderDesk(
            config.worker,
            self._orders,
            self._cameras,
            self._evidence,
            catalogue=config.catalogue,
            rules=[rule_to_wire(rule) for rule in config.rules],
        )
        self._channel = Channel(
            config.api.url,
            config.api.key,
            config.worker,
            self._orders,
            running=self._running,
            welcomed=self._welcomed,
            ordered=self._desk.wake,
            live=self._show,
        )
        self._live = LiveView(self._cameras, self._channel.show)
        self._cameras.fleet.on_shot = self._live.saw
        self._board = StatusBoard(
            config.worker,
            config.state,
            self._cameras.fleet,
            self._cameras.workers,
            self._queues,
            Overload(config.state, config.worker, self._cameras.alerts.put),
        )
        self._last_sweep: datetime | None = None

    def run(self, stop: threading.Event) -> None:
        """Works until `stop` is set, then ends every thread and closes the state."""
        # Rings hold some hundred thousand small objects, none of which is ever part of a cycle: to
        # walk through them each few seconds costs time and stops all threads.
        gc.freeze()
        gc.set_threshold(*_GC)
        jobs: list[tuple[str, Callable[[threading.Event], None]]] = [
            ("outbox", Sender(self._store, self._evidence, self._line).run),
            ("camera alerts", AlertSender(self._cameras.alerts, self._line).run),
            ("memory", MemoryTeller(self._config.worker, self._config.state, self._line).run),
            ("answers", AnswerSender(self._orders, self._evidence, self._line).run),
            ("orders", self._desk.run),
            ("line", self._channel.run),
            ("live view", self._live.run),
            ("heartbeat", self._beat),
            ("status", self._report),
            *self._cameras.jobs(),
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
            self._desk.wake()
            for thread in threads:
                thread.join()
            self._cameras.close()
            self._line.close()
            waiting = self._store.counts().waiting
            self._orders.close()
            self._store.close()
        log.info("stopped; %d messages wait in the outbox for the next start", waiting)

    def _running(self) -> list[Running]:
        """What this worker has, as the API is told of it; what is switched off too."""
        copies = self._orders.copies()
        found = []
        for setup in self._cameras.setups():
            copy = copies.pop(setup.camera_id, None)
            kept = copy is not None and copy.body is not None and copy.version == setup.version
            config = CameraConfig.model_validate_json(copy.body) if kept else to_wire(setup)  # type: ignore[union-attr, arg-type]
            found.append(Running(camera_id=setup.camera_id, version=setup.version, config=config))
        for camera_id, copy in copies.items():
            if copy.body is not None:
                config = CameraConfig.model_validate_json(copy.body)
                if not config.enabled:
                    found.append(Running(camera_id=camera_id, version=copy.version, config=config))
        return found

    def _welcomed(self, versions: dict[str, int]) -> None:
        """From here on the API's store is the truth about these cameras; keep a copy of it."""
        changed = self._cameras.number(versions)
        self._orders.runs(
            [
                (one.camera_id, Copy(versions[one.camera_id], to_wire(one).model_dump_json()))
                for one in changed
            ]
        )

    def _show(self, order: LiveOrder | None) -> None:
        if order is None:
            self._live.stop()
        else:
            self._live.told(order)

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
            kinds=tuple(sorted({r.kind for s in self._cameras.setups() for r in s.rules})),
            cameras=tuple(self._cameras.health()),
            outbox_waiting=counts.waiting,
            outbox_rejected=counts.rejected,
            shed_share=self._board.shed_share,
        )

    def _report(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._board.update(self._store.counts())
            except (OSError, KeyError, sqlite3.Error) as error:  # full disk, camera just let go
                log.debug("the status cannot be written: %r", error)
            stop.wait(EVERY_S)

    def _queues(self) -> dict[str, int]:
        return {**self._orders.depths(), "alerts": len(self._cameras.alerts.waiting())}

    def _sweep(self) -> None:
        now = datetime.now(UTC)
        if self._last_sweep is not None and now - self._last_sweep < _SWEEP_EVERY:
            return
        self._last_sweep = now
        self._store.forget_sent(now - timedelta(days=self._config.evidence.keep_sent_days))
        cited = self._store.cited_evidence() | self._orders.cited_evidence()
        swept = self._evidence.sweep(cited, now - _YOUNG)
        if swept:
            log.info("deleted %d files of evidence that nothing cites any more", swept)


def _keep_running(name: str, job: Callable[[threading.Event], None], stop: threading.Event) -> None:
    """One part's mishap must not end the others, nor itself for good."""
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
