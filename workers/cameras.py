"""The cameras of a worker, taken on, changed and let go one by one while the others go on."""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import cv2

from api.schema import CameraHealth
from detector.errors import DetectorError
from detector.model import Model, load_model
from detector.pipeline import Pipeline
from detector.second_look.judge import load_second_looker
from detector.state import CameraState
from detector.violation import Box
from streams.encoded import Group
from streams.health import StreamState
from streams.ring import PacketRing
from workers.camera import CameraWorker
from workers.camera_alerts import AlertBox
from workers.config import WorkerConfig
from workers.control import UsePicture
from workers.errors import ConfigRefused
from workers.evidence import EvidenceFolder
from workers.fleet import Fleet
from workers.health import HealthWatch, confirm_view, health_folder
from workers.scenery import DISMISSED, SCENERY, CameraScenery, DismissedFolder
from workers.setup import CameraSetup
from workers.store import Store
from workers.vlm import VlmDesk

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Watched:
    setup: CameraSetup
    camera: CameraWorker


class Cameras:
    """Implements `workers.control.CameraControl` over a fleet.

    Args:
        config: engine, threads, and what evidence takes.
        setups: the cameras to begin with; their models are loaded at once.

    Raises:
        DetectorError: a model cannot be loaded.
    """

    def __init__(
        self,
        config: WorkerConfig,
        store: Store,
        evidence: EvidenceFolder,
        setups: Iterable[CameraSetup],
    ) -> None:
        self._config = config
        self._store = store
        self._evidence = evidence
        self._changing = threading.Lock()
        self._models: dict[str, Model] = {}
        self._threads = config.threads or len(os.sched_getaffinity(0))
        # A thread a look: two looks on a thread each get more done than one look on two.
        cv2.setNumThreads(1)
        self.fleet = Fleet({}, self._threads)
        self._vlm = None if config.vlm is None else VlmDesk(config.vlm)
        self._looker = load_second_looker(
            self._models,
            config.engine,
            threads=1,
            opinion=None if self._vlm is None else self._vlm.opinion,
        )
        self.alerts = AlertBox(config.state / "camera-alerts")
        self.workers: list[CameraWorker] = []
        """Those of the cameras that run now."""
        self._watched: dict[str, _Watched] = {}
        for setup in setups:
            self._add(setup)

    def jobs(self) -> list[tuple[str, Callable[[threading.Event], None]]]:
        """What is to run on threads of their own until told to stop."""
        return self.fleet.jobs()

    def setups(self) -> Sequence[CameraSetup]:
        """What runs now."""
        return [watched.setup for watched in list(self._watched.values())]

    def health(self) -> list[CameraHealth]:
        """How each camera's stream fares."""
        return [_health(watched.camera) for watched in list(self._watched.values())]

    def number(self, versions: dict[str, int]) -> list[CameraSetup]:
        """Says which versions the API knows our setups by; returns those that changed."""
        changed = []
        with self._changing:
            for watched in self._watched.values():
                version = versions.get(watched.setup.camera_id)
                if version is not None and version != watched.setup.version:
                    watched.setup = replace(watched.setup, version=version)
                    changed.append(watched.setup)
        return changed

    def apply_config(self, setup: CameraSetup) -> None:
        """Watches a camera by a setup; others go on untouched.

        Raises:
            ConfigRefused: it cannot be run; the camera goes on as before.
        """
        with self._changing:
            try:
                Pipeline(setup.camera_id, setup.rules, self._models_of(setup))
            except DetectorError as error:
                raise ConfigRefused(str(error)) from error
            before = self._let_go(setup.camera_id)
            try:
                self._add(setup)
            except Exception as error:
                if before is not None:
                    self._add(before.setup)
                raise ConfigRefused(f"it failed to start and was rolled back: {error}") from error
            finally:
                after = self._watched.get(setup.camera_id)
                if before is not None and after is not None:
                    after.camera.asks.take_over(before.camera.asks)
                    self.fleet.show(setup.camera_id)

    def drop(self, camera_id: str) -> None:
        """Watches a camera no more."""
        with self._changing:
            self._let_go(camera_id)

    def close(self) -> None:
        """Judges nothing any more, and stores what each camera knows of its place."""
        with self._changing:
            for watched in self._watched.values():
                watched.camera.retire()
        if self._vlm is not None:
            self._vlm.close()

    def next_picture(self, camera_id: str, use: UsePicture) -> None:
        """Hands the camera's next keyframe to `use`; never, where it is not watched."""
        watched = self._watched.get(camera_id)
        if watched is not None:
            watched.camera.asks.add(use)
            self.fleet.show(camera_id)

    def newest(self, camera_id: str) -> Group | None:
        """What a camera sent last, undecoded."""
        return self.fleet.newest(camera_id)

    def dismiss(
        self, camera_id: str, violation_id: str, rule_id: str, box: Box, at: datetime
    ) -> None:
        """Closes a violation and opens none in its place for as long as its rule says."""
        with self._changing:
            watched = self._watched.get(camera_id)
            if watched is not None:
                watched.camera.dismiss(violation_id, rule_id, box, at)

    def remember(self, camera_id: str, violation_id: str, *, counts: bool) -> None:
        """Lets a dismissal count no more, or again; what is not remembered stays so."""
        folder = DismissedFolder(self._config.state / SCENERY / camera_id / DISMISSED)
        (folder.take_back if counts else folder.forget)(violation_id)

    def confirm_view(self, camera_id: str) -> None:
        """The view of a camera that has moved counts from its next picture on."""
        confirm_view(health_folder(self._config.state, camera_id))

    def why_no_picture(self, camera_id: str) -> str | None:
        """Why a camera gives no picture; None when it does."""
        watched = self._watched.get(camera_id)
        if watched is None:
            return "this worker does not watch the camera"
        status = watched.camera.stream.status
        if status.state is StreamState.LIVE:
            return None
        return f"the camera is {status.state.value}: {status.reason or 'no picture yet'}"

    def _models_of(self, setup: CameraSetup) -> dict[str, Model]:
        names = sorted({rule.model for rule in setup.rules})
        engine, precision = self._config.engine, self._config.precision
        for name in names:
            if name not in self._models:
                model = load_model(
                    name, engine=engine, threads=1, precision=precision, streams=self._threads
                )
                self._models[name] = model
                self.fleet.know({name: model})
        return {name: self._models[name] for name in names}

    def _let_go(self, camera_id: str) -> _Watched | None:
        watched = self._watched.pop(camera_id, None)
        if watched is not None:
            self.workers.remove(watched.camera)
            self.fleet.remove(camera_id)
            watched.camera.retire()  # a look may be under way: after it the saved state stands
        return watched

    def _add(self, setup: CameraSetup) -> None:
        limits = self._config.evidence
        ring = PacketRing(max_seconds=limits.ring_s, max_bytes=int(limits.ring_mb * 2**20))
        section, camera_id = setup.section, setup.camera_id
        saved = self._store.state_of(camera_id)
        local = ZoneInfo(self._config.timezone)
        health = HealthWatch(
            health_folder(self._config.state, camera_id),
            self._config.worker,
            camera_id,
            self.alerts.put,
        )
        camera = CameraWorker(
            place=setup.place,
            pipeline=Pipeline(
                camera_id,
                setup.rules,
                self._models_of(setup),
                None if saved is None else CameraState.from_json(saved),
                local=local,
                site=setup.site,
            ),
            stream=self.fleet.stream(camera_id, section.url, section.stream_options(), ring),
            ring=ring,
            store=self._store,
            evidence=self._evidence,
            pre_roll=timedelta(seconds=limits.pre_roll_s),
            looker=self._looker,
            scenery=CameraScenery(
                self._config.state / SCENERY / camera_id, local, health, self._looker.hides
            ),
            health=health,
        )
        self.fleet.add(camera, section.sub_url, section.stream_options())
        self.workers.append(camera)
        self._watched[camera_id] = _Watched(setup, camera)


def _health(camera: CameraWorker) -> CameraHealth:
    status = camera.stream.status
    return CameraHealth(
        camera_id=camera.place.camera_id,
        state=status.state.value,
        since=status.since,
        reason=status.reason,
    )
