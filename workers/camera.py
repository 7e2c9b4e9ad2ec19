"""One camera at work: look, judge, keep evidence, remember; all or nothing for each look."""

import logging
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np

from api.schema import EvidenceFile, EvidenceRole, Place, Report
from detector.detections import Detections
from detector.draw import annotate
from detector.health.faults import Alert
from detector.pipeline import Observation, Pipeline
from detector.scene import SceneView
from detector.scenery.descriptor import crop
from detector.scenery.dismissed import Dismissed
from detector.second_look.judge import SecondLooker
from detector.violation import Box, Change, Event
from streams.frame import Image
from streams.ring import NoPackets, PacketRing
from streams.rtsp import CameraStream
from workers.asks import Asks
from workers.errors import EvidenceLost
from workers.evidence import EvidenceFolder
from workers.health import HealthWatch
from workers.messages import Draft, FirstSight
from workers.picture import Picture
from workers.report import SIGHTINGS, report, sighting
from workers.scenery import CameraScenery
from workers.store import Store

log = logging.getLogger(__name__)


Observer = Callable[[Picture, Observation], None]
"""Told of each look that was judged, on the thread that looked."""


class CameraWorker:
    """Judges what models see on one camera, and keeps what comes of it.

    Attributes:
        place: where the camera stands, as reports say it.
        stream: its stream.
        pipeline: its rules and where they stand.
        pre_roll: how much of a clip lies before the first sight; so much of the stream must be in
            hand before models look: a clip of no length proves nothing.
        observers: see `Observer`.
        asks: those that want the next picture.
    """

    def __init__(
        self,
        place: Place,
        pipeline: Pipeline,
        stream: CameraStream,
        ring: PacketRing,
        store: Store,
        evidence: EvidenceFolder,
        pre_roll: timedelta,
        scenery: CameraScenery,
        looker: SecondLooker | None = None,
        health: HealthWatch | None = None,
    ) -> None:
        """Sets a camera up.

        Args:
            place: where it stands.
            pipeline: with the state that was last saved.
            stream: its stream.
            ring: what the stream puts its packets in; clips are cut from it.
            store: takes states and messages.
            evidence: takes pictures and clips.
            pre_roll: see above.
            scenery: what it knows of its place; asks `health` whether a look can be relied on.
            looker: looks once more at what is proved; None confirms it as it is.
            health: what it knows of its camera.
        """
        self.place = place
        self.stream = stream
        self.pipeline = pipeline
        self.pre_roll = pre_roll
        self.observers: tuple[Observer, ...] = ()
        self.asks = Asks()
        self._judging = threading.Lock()
        self._retired = False
        self._ring = ring
        self._store = store
        self._evidence = evidence
        self._scenery = scenery
        self._looker = looker
        self._health = health

    def judge(self, picture: Picture, found: Mapping[str, Detections]) -> None:
        """One look: what comes of it is kept and remembered together, or not at all.

        Where the disk fails, the pipeline goes back to what it knew before, so the next look
        finds the same again: later, but not lost.

        Args:
            picture: what was looked at.
            found: what each model that looked saw, by its name, down to `Pipeline.thresholds`.
        """
        with self._judging:
            if not self._retired:
                self._judge(picture, found)

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """What is wrong with its pictures, oldest first."""
        return () if self._health is None else self._health.alerts

    def glance(self, picture: Picture) -> None:
        """A look that no model took part in: all the same the camera's health is seen by it."""
        with self._judging:
            if not self._retired:
                self._look(picture)

    def serve(self, picture: Picture) -> None:
        """Hands a picture to those that asked for one."""
        if self.asks:
            with self._judging:
                self.asks.serve(picture, self.pipeline, self._look(picture))

    def retire(self) -> None:
        """Judges nothing any more: from here on another may go on with the saved state."""
        with self._judging:
            self._retired = True
            self._scenery.save()

    def dismiss(self, violation_id: str, rule_id: str, box: Box, at: datetime) -> None:
        """Closes a violation; the like of it is filed there no more for as long as its rule says.

        It is remembered by the picture that it was reported with. Where that is gone, nothing is
        opened in the place for a shorter time.

        Raises:
            OSError, sqlite3.Error: it cannot be remembered; nothing was changed.
        """
        with self._judging:
            before = self.pipeline.state
            remembered = self._remember(violation_id, rule_id, box, at)
            self.pipeline.close(violation_id)
            if not remembered:
                self.pipeline.mute(rule_id, box, at)
            try:
                self._store.save(self.place.camera_id, self.pipeline.state.to_json())
            except BaseException:
                self.pipeline.restore(before)
                raise

    def _remember(self, violation_id: str, rule_id: str, box: Box, at: datetime) -> bool:
        rule = self.pipeline.rule(rule_id)
        picture = self._reported(violation_id)
        if rule is None or picture is None or rule.remember_s == 0:
            return False
        label, image = picture
        self._scenery.dismissed.add(
            Dismissed(
                id=violation_id,
                rule=rule_id,
                label=label,
                box=box,
                at=at.astimezone(UTC),
                until=at.astimezone(UTC) + timedelta(seconds=rule.remember_s),
                picture=crop(image, box),
            )
        )
        return True

    def _reported(self, violation_id: str) -> tuple[str, Image] | None:
        """What a violation was reported as, and on which picture."""
        body = self._store.report_of(violation_id)
        if body is None:
            return None
        told = Report.model_validate_json(body)
        untouched = [one for one in told.evidence if one.role is EvidenceRole.SNAPSHOT]
        newest = max(untouched, key=lambda one: one.captured_at, default=None)
        if newest is None:
            return None
        try:
            image = cv2.imread(str(self._evidence.find(newest.sha256)))
        except EvidenceLost:
            return None
        return None if image is None else (told.label, np.asarray(image, np.uint8))

    def _judge(self, picture: Picture, found: Mapping[str, Detections]) -> None:
        before = self.pipeline.state
        height, width = picture.height, picture.width
        at, scene = picture.captured_at, self._look(picture)
        second_look = None if self._looker is None else self._looker.at(lambda: picture.image)
        observation = self.pipeline.observe_detections(found, at, width, height, scene, second_look)
        events = observation.events
        try:
            sights = self._first_sights(events, picture)
            drafts = [draft for event in events for draft in self._drafts(event, picture)]
            if self.pipeline.state != before:
                state = self.pipeline.state.to_json()
                self._store.save(self.place.camera_id, state, drafts, sights)
        except (OSError, sqlite3.Error) as error:
            self.pipeline.restore(before)
            log.error(
                "%s: the worker's state cannot be written: %s; looking again at the next keyframe",
                self.place.camera_id,
                error,
            )
            return
        except BaseException:
            self.pipeline.restore(before)  # or what was confirmed unsaved would never be reported
            raise
        marked = self.pipeline.marked(width, height)
        self._scenery.learn(observation.detections, self.pipeline.state.open, marked)
        for event in events:
            _say(event)
        for observer in self.observers:
            observer(picture, observation)

    def _look(self, picture: Picture) -> SceneView:
        return self._scenery.watch.look(
            picture.grey(),
            picture.chroma(),
            lambda: picture.image,
            picture.captured_at,
            picture.width,
        )

    def _first_sights(self, events: Sequence[Event], frame: Picture) -> list[FirstSight]:
        """What was seen first is kept at once: the ring will have forgotten it by the report."""
        appeared = [event.violation.id for event in events if event.change is Change.APPEARED]
        if not appeared:
            return []
        kept = self._evidence.keep_picture(frame.image, EvidenceRole.SNAPSHOT, frame.captured_at)
        return [FirstSight(one, kept.model_dump_json(), kept.sha256) for one in appeared]

    def _drafts(self, event: Event, frame: Picture) -> list[Draft]:
        if event.change is Change.CONFIRMED:
            return [report(event.violation, self.place, frame, self._all_evidence(event, frame))]
        if event.change in SIGHTINGS:
            picture = self._evidence.keep_picture(
                frame.image, EvidenceRole.SNAPSHOT, frame.captured_at
            )
            return [sighting(event, [picture])]
        return []

    def _all_evidence(self, event: Event, frame: Picture) -> list[EvidenceFile]:
        keep, at = self._evidence.keep_picture, frame.captured_at
        violation = event.violation
        label = f"{violation.label} {violation.score:.2f}"
        drawn = annotate(frame.image, [violation.box], [label])
        files = [
            keep(drawn, EvidenceRole.ANNOTATED, at),
            keep(frame.image, EvidenceRole.SNAPSHOT, at),
        ]
        first = self._store.first_sight_of(violation.id)
        if first is not None:
            files.append(EvidenceFile.model_validate_json(first))
        clip = self._clip(violation.first_seen - self.pre_roll, at)
        if clip is not None:
            files.append(clip)
        # A camera that has frozen shows one picture twice: it is one file.
        return list({file.sha256: file for file in reversed(files)}.values())[::-1]

    def _clip(self, start: datetime, end: datetime) -> EvidenceFile | None:
        with tempfile.TemporaryDirectory(prefix="five-chief-clip-") as folder:
            path = Path(folder) / "clip.mp4"
            try:
                cut = self._ring.cut(path, start, end)
            except NoPackets as error:
                log.warning("%s: reported without a clip: %s", self.place.camera_id, error)
                return None
            return self._evidence.keep(path.read_bytes(), EvidenceRole.CLIP, "video/mp4", cut.start)


def _say(event: Event) -> None:
    violation = event.violation
    log.info(
        "%s: %s %s (%s, score %.2f, seen in %d of %d looks since %s)",
        violation.camera_id,
        violation.label,
        event.change.value.replace("_", " "),
        violation.id,
        violation.score,
        violation.hits,
        violation.looks,
        violation.first_seen.isoformat(timespec="seconds"),
    )
