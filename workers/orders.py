"""Carries out what the API orders: configurations, looks again, dismissals, pictures, new cameras.

An order stays on disk until its answer is; one that was begun when the worker was killed is begun
again. Looks and pictures wait for a keyframe without holding up the others.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal
from uuid import UUID

import cv2
import numpy as np

from api.schema import EvidenceFile, EvidenceRole
from api.schema.cameras import RuleConfig
from api.schema.line import (
    Answer,
    Configure,
    ConfirmView,
    Discover,
    Dismiss,
    LookAgain,
    LookVerdict,
    NotKnown,
    NotUnderstood,
    Probe,
    Remember,
    Result,
    Settled,
    SnapshotTaken,
    TakeSnapshot,
)
from detector.errors import DetectorError
from detector.image import Image
from detector.look_again import look_again
from detector.pipeline import Pipeline
from detector.scene import SceneView
from detector.violation import Box
from workers.control import CameraControl
from workers.errors import ConfigRefused, EvidenceLost
from workers.evidence import EvidenceFolder
from workers.finding import Finder
from workers.line_store import Copy, LineStore, Waiting
from workers.picture import Picture
from workers.setup import from_wire

log = logging.getLogger(__name__)

_TICK_S = 0.5
_PICTURE_WITHIN_S = 45.0
"""A camera that gives no keyframe for so long cannot tell."""

Verdict = Literal["cleared", "still_there", "cannot_tell"]


class OrderDesk:
    """One thread that works through the orders on disk."""

    def __init__(
        self,
        worker: str,
        store: LineStore,
        control: CameraControl,
        evidence: EvidenceFolder,
        within_s: float = _PICTURE_WITHIN_S,
        catalogue: Path | None = None,
        rules: Sequence[RuleConfig] = (),
    ) -> None:
        self._worker = worker
        self._store = store
        self._control = control
        self._evidence = evidence
        self._within_s = within_s
        self._catalogue = catalogue
        self._finder = Finder(evidence, rules)
        self._came = threading.Event()
        self._lock = threading.Lock()
        self._begun: dict[str, float] = {}

    def wake(self) -> None:
        """An order was written down."""
        self._came.set()

    def run(self, stop: threading.Event) -> None:
        """Works until `stop` is set."""
        with self._lock:
            self._begun.clear()
        try:
            while not stop.is_set():
                self.step()
                self._came.wait(_TICK_S)
                self._came.clear()
        finally:
            self._finder.close()

    def step(self) -> None:
        """Carries out what can be, and begins what must wait for a picture."""
        waiting = self._store.waiting()
        newest = {w.order.camera_id: w.id for w in waiting if isinstance(w.order, Configure)}
        for one in waiting:
            match one.order:
                case Configure() as order if newest[order.camera_id] != one.id:
                    self._store.done(one.id)  # a newer one came while this one waited
                case Configure() as order:
                    self._configure(one, order)
                case Dismiss() as order:
                    self._dismiss(one, order)
                case Remember() | ConfirmView() as order:
                    self._note(one, order)
                case LookAgain() as order:
                    self._begin(one, order, partial(self._look_again, order), _cannot_look)
                case TakeSnapshot() as order:
                    self._begin(one, order, partial(self._snapshot, order), _no_snapshot)
                case Probe() | Discover() as order:
                    self._find(one, order)
                case NotUnderstood() as order:
                    log.error("order %s, %s, is not known to this release", one.id, order.type)
                    said = NotKnown(order_type=order.type[:64])
                    self._store.done(one.id, self._answer(one, said))

    def _configure(self, one: Waiting, order: Configure) -> None:
        camera_id, version = order.camera_id, order.version
        try:
            if order.config is None or not order.config.enabled:
                self._control.drop(camera_id)
                why = order.reason or "it is switched off"
                log.warning("%s: watched no more: %s", camera_id, why)
            else:
                setup = from_wire(order.config, version, self._catalogue)
                self._control.apply_config(setup)
                log.info("%s: runs version %d, by %s", camera_id, version, order.author)
        except ConfigRefused as error:
            log.error("%s: version %d is refused: %s", camera_id, version, error)
            reason = str(error)[:2000]
            said = Settled(camera_id=camera_id, version=version, applied=False, reason=reason)
            self._store.done(one.id, self._answer(one, said))
            return
        body = None if order.config is None else order.config.model_dump_json()
        settled = Settled(camera_id=camera_id, version=version, applied=True)
        answer = None if order.config is None else self._answer(one, settled)
        self._store.done(one.id, answer, (camera_id, Copy(version, body)))

    def _dismiss(self, one: Waiting, order: Dismiss) -> None:
        box = (order.box.x0, order.box.y0, order.box.x1, order.box.y1)
        violation = str(order.violation_id)
        try:
            self._control.dismiss(order.camera_id, violation, order.rule, box, order.at)
        except (OSError, sqlite3.Error) as error:
            log.error("%s: the dismissal waits: %s", order.camera_id, error)
            return
        log.info("%s: %s was dismissed: nothing is opened there now", order.camera_id, violation)
        self._store.done(one.id)

    def _note(self, one: Waiting, order: Remember | ConfirmView) -> None:
        """Has it written down for a camera's next look."""
        try:
            if isinstance(order, Remember):
                violation = str(order.violation_id)
                self._control.remember(order.camera_id, violation, counts=order.counts)
                said = "counts again" if order.counts else "is forgotten"
                log.info("%s: the dismissal of %s %s", order.camera_id, violation, said)
            else:
                self._control.confirm_view(order.camera_id)
        except OSError as error:
            log.error("%s: order %s waits: %s", order.camera_id, order.type, error)
            return
        self._store.done(one.id)

    def _begin(
        self,
        one: Waiting,
        order: LookAgain | TakeSnapshot,
        use: Callable[[Picture, Pipeline, SceneView], Result],
        cannot: Callable[[int, str], Result],
    ) -> None:
        """Asks for a picture, once; gives up when none comes in time."""
        now = time.monotonic()
        with self._lock:
            begun = self._begun.setdefault(one.id, now)
        if begun == now:
            self._control.next_picture(order.camera_id, partial(self._use, one, use))
        elif now - begun >= self._within_s or datetime.now(UTC) >= order.expires_at:
            why = self._control.why_no_picture(order.camera_id) or "no picture came in time"
            self._finish(one, cannot(order.request, why[:500]))

    def _find(self, one: Waiting, order: Probe | Discover) -> None:
        """Looks for a camera, once; it takes a while, and holds up nobody."""
        now = time.monotonic()
        with self._lock:
            begun = self._begun.setdefault(one.id, now)
        if begun == now:
            self._finder.begin(order, lambda found: self._finish_with(one, lambda: found))

    def _use(
        self,
        one: Waiting,
        use: Callable[[Picture, Pipeline, SceneView], Result],
        picture: Picture,
        pipeline: Pipeline,
        scene: SceneView,
    ) -> None:
        with self._lock:
            if one.id not in self._begun:  # given up meanwhile
                return
        self._finish_with(one, lambda: use(picture, pipeline, scene))

    def _finish_with(self, one: Waiting, make: Callable[[], Result]) -> None:
        try:
            self._finish(one, make())
        except (OSError, sqlite3.Error) as error:
            log.error("the answer to order %s waits: %s", one.id, error)
            with self._lock:
                self._begun.pop(one.id, None)  # begun again at the next step

    def _finish(self, one: Waiting, result: Result) -> None:
        with self._lock:
            if one.id not in self._begun:
                return
            self._store.done(one.id, self._answer(one, result))
            del self._begun[one.id]

    def _snapshot(
        self, order: TakeSnapshot, picture: Picture, _pipeline: Pipeline, _scene: SceneView
    ) -> Result:
        return SnapshotTaken(request=order.request, evidence=(self._keep(picture),))

    def _look_again(
        self, order: LookAgain, picture: Picture, pipeline: Pipeline, scene: SceneView
    ) -> Result:
        kept, box = self._keep(picture), _box_now(order, picture)
        verdict: Verdict = "cannot_tell"
        try:
            before = self._before(order)
            again = look_again(pipeline, picture.image, before, order.rule, box, scene)
            verdict, why = again.found, f"{again.why_zh} / {again.why_en}"
        except DetectorError as error:
            why = str(error)[:500]
        if verdict == "cleared":
            pipeline.close(str(order.violation_id))  # what comes back there is new
        log.info("%s: looked again at %s: %s", order.camera_id, order.violation_id, verdict)
        return LookVerdict(request=order.request, verdict=verdict, reason=why, evidence=(kept,))

    def _keep(self, picture: Picture) -> EvidenceFile:
        role = EvidenceRole.SNAPSHOT
        return self._evidence.keep_picture(picture.image, role, picture.captured_at)

    def _before(self, order: LookAgain) -> Image | None:
        """The picture that the case was reported with, if it is still here."""
        if order.before is None:
            return None
        try:
            before = cv2.imread(str(self._evidence.find(order.before)))
        except EvidenceLost:
            return None
        return None if before is None else np.asarray(before, np.uint8)

    def _answer(self, one: Waiting, result: Result) -> Answer:
        return Answer(worker=self._worker, order=UUID(one.id), at=datetime.now(UTC), result=result)


def _no_snapshot(request: int, why: str) -> Result:
    return SnapshotTaken(request=request, reason=why)


def _cannot_look(request: int, why: str) -> Result:
    return LookVerdict(request=request, verdict="cannot_tell", reason=why)


def _box_now(order: LookAgain, picture: Picture) -> Box:
    """The box in pixels of today's picture: the stream may have another size by now."""
    height, width = picture.height, picture.width
    across, down = width / order.frame_width, height / order.frame_height
    box = order.box
    return (box.x0 * across, box.y0 * down, box.x1 * across, box.y1 * down)
