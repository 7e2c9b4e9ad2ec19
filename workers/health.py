"""One camera's health at work: judged at each look, kept on disk, told to the API."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid5

import cv2
import numpy as np
import numpy.typing as npt

from api.schema import CameraAlert
from detector.health.camera import CameraHealth
from detector.health.faults import WORDS, Alert
from detector.health.light import Grey, chroma_spread
from detector.health.reading import HealthReading
from workers.evidence import write_whole

log = logging.getLogger(__name__)

_ALERTS = UUID("5a4c8d5e-7a2c-4a56-9d4a-2b7d6f6d1c11")
_STATE, _CONFIRM = "health.json", "confirm"

Tell = Callable[[CameraAlert], None]


class HealthWatch:
    """Watches one camera's pictures for faults, across restarts.

    Its folder holds `health.json`, a small picture for each light, and for a moment `confirm`, by
    which `five-chief confirm-view` says that a view is right as it is.
    """

    def __init__(self, folder: Path, worker: str, camera_id: str, tell: Tell) -> None:
        """Goes on from what is on disk.

        Args:
            folder: the camera's own.
            worker: the worker's name.
            camera_id: the camera.
            tell: takes the alerts that begin and end.
        """
        self._folder = folder
        self._worker, self._camera_id = worker, camera_id
        self._tell = tell
        self._health = CameraHealth.restored(*_stored(folder))
        self._pictures = self._health.revision
        self._width = 0

    def __call__(
        self, grey: Grey, chroma: npt.NDArray[np.uint8], at: datetime, width: int
    ) -> HealthReading:
        """One more look; see `CameraHealth.look`.

        Pictures of a smaller sub-stream are judged by what is known of the main one: they are
        duller, and may be of another shape.
        """
        if width < self._width:
            return self._health.latest
        self._width = width
        ended = self._confirmed(at)
        reading = self._health.look(grey, at, chroma_spread(chroma))
        for alert in (*ended, *reading.changed):
            self._say(alert, at)
        if ended or reading.remember:
            self._save()
        return reading

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """What lasts, oldest first."""
        return self._health.alerts

    def _confirmed(self, at: datetime) -> tuple[Alert, ...]:
        path = self._folder / _CONFIRM
        if not path.exists():
            return ()
        path.unlink(missing_ok=True)
        log.info("%s: its view is confirmed; zones count again", self._camera_id)
        return self._health.confirm_view(at)

    def _say(self, alert: Alert, at: datetime) -> None:
        en = WORDS[alert.fault][1]
        if alert.until is None:
            log.warning("%s: %s; its looks count for nothing", self._camera_id, en)
        else:
            log.info("%s: no longer: %s", self._camera_id, en)
        self._tell(alert_message(self._worker, self._camera_id, alert, at))

    def _save(self) -> None:
        """Stores what is known; a disk that is full costs what was learnt since, no more."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._health.revision != self._pictures:
                for name, grey in self._health.pictures.items():
                    png = cv2.imencode(".png", grey)[1].tobytes()
                    write_whole(self._folder / f"{name}.png", png)
                self._pictures = self._health.revision
            write_whole(self._folder / _STATE, self._health.to_json().encode())
        except OSError as error:
            log.error("%s: cannot be written: %s", self._folder, error)


def alert_message(worker: str, camera_id: str, alert: Alert, at: datetime) -> CameraAlert:
    """What the API is told of an alert; its id is the same at its beginning and its end."""
    zh, en = WORDS[alert.fault]
    since = alert.since.astimezone(UTC)
    return CameraAlert(
        alert_id=uuid5(_ALERTS, f"{worker}/{camera_id}/{alert.fault}/{since.isoformat()}"),
        worker=worker,
        camera_id=camera_id,
        kind=str(alert.fault),
        at=max(at.astimezone(UTC), since),
        since=since,
        until=None if alert.until is None else alert.until.astimezone(UTC),
        holds=True,
        text_zh=zh,
        text_en=en,
        data={},
    )


def confirm_view(folder: Path) -> None:
    """Tells a camera's watch, whether it runs now or later, that the view is right as it is.

    Args:
        folder: the camera's own, as in `HealthWatch`.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _CONFIRM).touch()


def health_folder(state: Path, camera_id: str) -> Path:
    """Where a camera's health is kept."""
    return state / "health" / camera_id


def _stored(folder: Path) -> tuple[str, dict[str, Grey]]:
    pictures: dict[str, Grey] = {}
    for path in folder.glob("*.png"):
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if grey is not None:
            pictures[path.stem] = np.asarray(grey, np.uint8)
    try:
        return (folder / _STATE).read_text("utf-8"), pictures
    except OSError:
        return "{}", {}
