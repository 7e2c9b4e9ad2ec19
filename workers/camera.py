"""One camera at work: look, judge, keep evidence, remember; all or nothing for each look."""

import logging
import sqlite3
import tempfile
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.schema import EvidenceFile, EvidenceRole, Place
from detector.draw import annotate
from detector.pipeline import Pipeline
from detector.violation import Change, Event
from streams.frame import Frame
from streams.live import LiveStream
from streams.ring import NoPackets, PacketRing
from workers.evidence import EvidenceFolder
from workers.messages import Draft, FirstSight
from workers.report import SIGHTINGS, report, sighting
from workers.store import Store

log = logging.getLogger(__name__)


class CameraWorker:
    """Runs the pipeline on one live stream.

    Args:
        place: where the camera stands, as reports say it.
        pipeline: with the state that was last saved.
        ring: what the stream puts its packets in; clips are cut from it.
        inference: held while models run, so that cameras do not fight over the cores.
        pre_roll: how much of the clip lies before the first sight.
    """

    def __init__(
        self,
        place: Place,
        pipeline: Pipeline,
        stream: LiveStream,
        ring: PacketRing,
        store: Store,
        evidence: EvidenceFolder,
        inference: threading.Lock,
        pre_roll: timedelta,
    ) -> None:
        self.place = place
        self.stream = stream
        self._pipeline = pipeline
        self._ring = ring
        self._store = store
        self._evidence = evidence
        self._inference = inference
        self._pre_roll = pre_roll
        self._connects: int | None = None
        self._look_from = datetime.min.replace(tzinfo=UTC)

    def run(self, stop: threading.Event) -> None:
        """Looks until `stop` is set."""
        for frame in self.stream.frames(stop, self._wanted):
            self.look(frame)

    def look(self, frame: Frame) -> None:
        """One look: what it finds is kept and remembered together, or not at all.

        Where the disk fails, the pipeline goes back to what it knew before, so the next look
        finds the same again: later, but not lost.
        """
        before = self._pipeline.state
        with self._inference:
            events = self._pipeline.observe(frame.image, frame.captured_at).events
        try:
            sights = self._first_sights(events, frame)
            drafts = [draft for event in events for draft in self._drafts(event, frame)]
            if self._pipeline.state != before:
                state = self._pipeline.state.to_json()
                self._store.save(self.place.camera_id, state, drafts, sights)
        except (OSError, sqlite3.Error) as error:
            self._pipeline.restore(before)
            log.error(
                "%s: the worker's state cannot be written: %s; looking again at the next keyframe",
                self.place.camera_id,
                error,
            )
            return
        except BaseException:
            self._pipeline.restore(before)  # or what was confirmed unsaved would never be reported
            raise
        for event in events:
            _say(event)

    def _wanted(self, at: datetime) -> bool:
        """Due, and with enough of the stream in hand: a clip of no length proves nothing."""
        connects = self.stream.status.connects
        if connects != self._connects:  # the ring begins anew with each connection
            self._connects, self._look_from = connects, at + self._pre_roll
        return at >= self._look_from and bool(self._pipeline.due(at))

    def _first_sights(self, events: Sequence[Event], frame: Frame) -> list[FirstSight]:
        """What was seen first is kept at once: the ring will have forgotten it by the report."""
        appeared = [event.violation.id for event in events if event.change is Change.APPEARED]
        if not appeared:
            return []
        kept = self._evidence.keep_picture(frame.image, EvidenceRole.SNAPSHOT, frame.captured_at)
        return [FirstSight(one, kept.model_dump_json(), kept.sha256) for one in appeared]

    def _drafts(self, event: Event, frame: Frame) -> list[Draft]:
        if event.change is Change.CONFIRMED:
            return [report(event.violation, self.place, frame, self._all_evidence(event, frame))]
        if event.change in SIGHTINGS:
            picture = self._evidence.keep_picture(
                frame.image, EvidenceRole.SNAPSHOT, frame.captured_at
            )
            return [sighting(event, [picture])]
        return []

    def _all_evidence(self, event: Event, frame: Frame) -> list[EvidenceFile]:
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
        clip = self._clip(violation.first_seen - self._pre_roll, at)
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
