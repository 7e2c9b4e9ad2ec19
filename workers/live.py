"""Live view: keyframes as small JPEGs, for as long as the API says that somebody looks."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2

from api.schema.line import LiveHead, LiveOrder
from detector.pipeline import Pipeline
from detector.scene import SceneView
from streams.frame import Image
from workers.control import CameraControl
from workers.picture import Picture

log = logging.getLogger(__name__)

_WIDTH = 960
_QUALITY = 75
_LEAST_S = 0.4
"""No two pictures of a camera follow each other faster, whatever its keyframes do."""
_SILENT_S = 20.0
_MOST_CAMERAS = 8
"""So many cameras are shown at once at most: the line is for orders first."""


class LiveView:
    """Pushes pictures of the cameras that are looked at; ends by itself when it is not told on.

    Args:
        send: hands bytes to the line; returns False when it is down or still at the one before.
    """

    def __init__(self, control: CameraControl, send: Callable[[bytes], bool]) -> None:
        self._control = control
        self._send = send
        self._lock = threading.Lock()
        self._shown: dict[str, _Shown] = {}

    def told(self, order: LiveOrder) -> None:
        """Show a camera for a while from now on; 0 s ends it."""
        now = time.monotonic()
        with self._lock:
            shown = self._shown.get(order.camera_id)
            if order.for_s <= 0:
                self._shown.pop(order.camera_id, None)
                return
            if shown is not None and now - shown.heard_at < _SILENT_S:
                shown.until = now + order.for_s
                return
            if shown is None and len(self._shown) >= _MOST_CAMERAS:
                log.warning("%s: not shown live: %d cameras are", order.camera_id, _MOST_CAMERAS)
                return
            # New, or its camera has lost our ask with a change of its configuration.
            shown = self._shown[order.camera_id] = _Shown(now + order.for_s, heard_at=now)
        self._ask(order.camera_id, shown)

    def stop(self) -> None:
        """The line is down: nobody looks."""
        with self._lock:
            self._shown.clear()

    def _ask(self, camera_id: str, shown: "_Shown") -> None:
        self._control.next_picture(camera_id, partial(self._push, camera_id, shown))

    def _push(
        self,
        camera_id: str,
        shown: "_Shown",
        picture: Picture,
        _pipeline: Pipeline,
        _scene: SceneView,
    ) -> None:
        now = time.monotonic()
        with self._lock:
            if self._shown.get(camera_id) is not shown:
                return
            if now >= shown.until:
                del self._shown[camera_id]
                return
            early = now - shown.sent_at < _LEAST_S
            shown.heard_at = now
            if not early:
                shown.sent_at = now
        if not early:
            head = LiveHead(camera_id=camera_id, at=picture.captured_at)
            self._send(head.model_dump_json().encode() + b"\n" + _small_jpeg(picture.image))
        self._ask(camera_id, shown)


@dataclass(slots=True, eq=False)
class _Shown:
    """A camera that is shown: until when, when it last gave a picture, when one was sent."""

    until: float
    heard_at: float
    sent_at: float = float("-inf")


def _small_jpeg(image: Image) -> bytes:
    height, width = image.shape[:2]
    if width > _WIDTH:
        size = (_WIDTH, max(1, round(height * _WIDTH / width)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes() if done else b""
