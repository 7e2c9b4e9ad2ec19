"""What a camera knows of its place, on disk: its references, and what was dismissed there."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import cv2
import numpy as np

from detector.detections import Detections
from detector.errors import StateInvalid
from detector.scenery.dismissed import Dismissed
from detector.scenery.scenery import Scenery
from detector.scenery.watch import Health, Hides, SceneWatch
from detector.violation import Box, Violation
from workers.evidence import write_whole

log = logging.getLogger(__name__)

_SAVE_EVERY = timedelta(minutes=15)
SCENERY = "scenery"
"""The folder in a worker's state that has one for each camera."""
DISMISSED = "dismissed"
"""The folder in that of a camera which has what was dismissed there."""
_REFERENCES = "references.zip"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A dismissal on disk.

    Attributes:
        thing: what was dismissed.
        picture: its file.
        counts: False once somebody has said to forget it; until it expires it can be taken back.
    """

    thing: Dismissed
    picture: Path
    counts: bool


class DismissedFolder:
    """A folder with two files a dismissal, `ID.json` and `ID.png`.

    Files and not rows, so that `five-chief memory` can show, forget and take back while the worker
    runs: the worker reads the folder anew when it has changed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: int | None = None
        self._known: tuple[Dismissed, ...] = ()

    def __call__(self) -> Sequence[Dismissed]:
        """What counts now."""
        try:
            changed = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return ()
        if changed != self._read_at:
            self._known = tuple(one.thing for one in self.all() if one.counts)
            self._read_at = changed
        return self._known

    @property
    def changed_at(self) -> int:
        """Grows whenever something in it changes; 0 while there is nothing."""
        try:
            return self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def all(self) -> list[Remembered]:
        """What is on disk, oldest first; what cannot be read is left out and logged."""
        found = []
        for path in sorted([*self._path.glob("*.json"), *self._path.glob("*.forgotten")]):
            try:
                found.append(_read(path))
            except (OSError, ValueError, KeyError) as error:
                log.error("%s: this dismissal cannot be read: %s", path, error)
        return sorted(found, key=lambda one: one.thing.at)

    def add(self, thing: Dismissed) -> None:
        """Remembers a dismissal.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        self._path.mkdir(parents=True, exist_ok=True)
        data = cv2.imencode(".png", thing.picture)[1].tobytes()
        write_whole(self._path / f"{thing.id}.png", data)
        told = {
            "id": thing.id,
            "rule": thing.rule,
            "label": thing.label,
            "box": list(thing.box),
            "at": thing.at.isoformat(),
            "until": thing.until.isoformat(),
        }
        write_whole(self._path / f"{thing.id}.json", json.dumps(told).encode())

    def forget(self, thing_id: str) -> bool:
        """From now on it does not count; returns whether it was there."""
        return self._rename(thing_id, ".json", ".forgotten")

    def take_back(self, thing_id: str) -> bool:
        """What was to be forgotten counts again; returns whether it was there."""
        return self._rename(thing_id, ".forgotten", ".json")

    def sweep(self, now: datetime) -> None:
        """Deletes what has expired."""
        for one in self.all():
            if one.thing.until <= now:
                for path in self._path.glob(f"{one.thing.id}.*"):
                    path.unlink(missing_ok=True)

    def _rename(self, thing_id: str, before: str, after: str) -> bool:
        path = self._path / f"{Path(thing_id).name}{before}"
        if not path.is_file():
            return False
        path.rename(path.with_suffix(after))
        return True


def dismissals(state: Path) -> dict[str, DismissedFolder]:
    """What is remembered of dismissals, by camera.

    Args:
        state: the worker's folder.
    """
    folders = sorted((state / SCENERY).glob(f"*/{DISMISSED}"))
    return {folder.parent.name: DismissedFolder(folder) for folder in folders}


class CameraScenery:
    """One camera's watch over its place, and the files that bring it over a restart."""

    def __init__(
        self,
        folder: Path,
        local: tzinfo,
        health: Health | None = None,
        hides: Hides | None = None,
    ) -> None:
        """Goes on from what is on disk; what cannot be read is learnt anew.

        Args:
            folder: the camera's own.
            local: the time zone whose hours count.
            health: says of each look whether it can be relied on.
            hides: says whether something stands before a place.
        """
        self._file = folder / _REFERENCES
        self.dismissed = DismissedFolder(folder / DISMISSED)
        self.watch = SceneWatch(_stored(self._file, local), self.dismissed, health, hides)
        self._saved_at = self.watch.scenery.learnt_at

    def learn(
        self,
        found: Mapping[str, Detections],
        violations: Sequence[Violation],
        marked: Sequence[Box] = (),
    ) -> None:
        """Takes the latest look in, and stores what is known now and then.

        For the arguments see `SceneWatch.learn`.
        """
        if not self.watch.learn(found, violations, marked):
            return
        learnt_at = self.watch.scenery.learnt_at
        if learnt_at is None:
            return
        if self._saved_at is None or abs(learnt_at - self._saved_at) >= _SAVE_EVERY:
            self.save()
            self.dismissed.sweep(learnt_at)

    def save(self) -> None:
        """Stores the references; a disk that is full costs what was learnt since, no more."""
        learnt_at = self.watch.scenery.learnt_at
        if learnt_at is None or learnt_at == self._saved_at:
            return
        self._saved_at = learnt_at
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, self.watch.scenery.to_bytes())
        except OSError as error:
            log.error("%s: cannot be written: %s", self._file, error)


def _stored(path: Path, local: tzinfo) -> Scenery:
    try:
        return Scenery.from_bytes(path.read_bytes(), local)
    except FileNotFoundError:
        pass
    except (OSError, StateInvalid) as error:
        log.error("%s: %s; the place is learnt anew", path, error)
    return Scenery(local)


def _read(path: Path) -> Remembered:
    told = json.loads(path.read_text("utf-8"))
    file = path.with_suffix(".png")
    picture = cv2.imread(str(file))
    if picture is None:
        raise ValueError(f"{file} is no picture")
    x0, y0, x1, y1 = told["box"]
    thing = Dismissed(
        id=told["id"],
        rule=told["rule"],
        label=told["label"],
        box=(x0, y0, x1, y1),
        at=datetime.fromisoformat(told["at"]),
        until=datetime.fromisoformat(told["until"]),
        picture=np.asarray(picture, np.uint8),
    )
    return Remembered(thing, file, counts=path.suffix == ".json")
