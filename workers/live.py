"""Live view, for as long as the API says that somebody looks; and now and then a picture of each
camera for the wall.

What is shown is decoded from what the camera has sent already, on one thread that gives way to
looks. Of each camera the newest picture alone is sent, and no other waits.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import cv2
import numpy as np
from av.video.frame import VideoFrame

from api.schema.line import LiveHead, LiveOrder
from streams.encoded import Group
from streams.following import Follower
from streams.frame import Image
from streams.shot import Shot

log = logging.getLogger(__name__)

_WIDTH = 960
_WALL_WIDTH = 480
_QUALITY = 75
_LEAST_S = 0.18
"""No two pictures of a camera follow each other faster: five a second are enough to point at
something that moves, and packets are read as often."""
_TICK_S = 0.05
_WALL_EVERY_S = 30.0
_MOST_CAMERAS = 8
"""So many cameras are shown at once at most: the line is for orders first."""
_NICE = 10


class Source(Protocol):
    """What live view is made from."""

    def newest(self, camera_id: str) -> Group | None:
        """The camera's newest keyframe with all that came since, undecoded."""
        ...


class LiveView:
    """Pushes pictures of the cameras that are looked at; ends by itself when it is not told on.

    Args:
        source: the cameras.
        send: hands bytes to the line; returns False when it is down or still at the one before.
    """

    def __init__(self, source: Source, send: Callable[[bytes], bool]) -> None:
        self._source = source
        self._send = send
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._shown: dict[str, _Shown] = {}
        self._wall: dict[str, bytes] = {}
        self._on_wall: dict[str, float] = {}

    def told(self, order: LiveOrder) -> None:
        """Show a camera for a while from now on; 0 s ends it."""
        now = time.monotonic()
        with self._lock:
            shown = self._shown.get(order.camera_id)
            if order.for_s <= 0:
                self._shown.pop(order.camera_id, None)
            elif shown is not None:
                shown.until = now + order.for_s
            elif len(self._shown) >= _MOST_CAMERAS:
                log.warning("%s: not shown live: %d cameras are", order.camera_id, _MOST_CAMERAS)
            else:
                self._shown[order.camera_id] = _Shown(now + order.for_s)
                self._wake.set()

    def stop(self) -> None:
        """The line is down: nobody looks."""
        with self._lock:
            self._shown.clear()
            self._wall.clear()
            self._on_wall.clear()  # the next line may be to an API that has none

    def saw(self, camera_id: str, shot: Shot) -> None:
        """A picture was decoded: the wall gets it, if it has had none for a while."""
        now = time.monotonic()
        with self._lock:
            if camera_id in self._shown or now - self._on_wall.get(camera_id, -1e9) < _WALL_EVERY_S:
                return
            self._on_wall[camera_id] = now
        width = min(_WALL_WIDTH, shot.width) // 2 * 2
        height = max(round(shot.height * width / shot.width) // 2 * 2, 2)
        message = _message(camera_id, shot.captured_at, shot.scaled(width, height))
        with self._lock:
            self._wall[camera_id] = message
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Works until `stop` is set."""
        with suppress(OSError):  # of this thread alone, on Linux
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while not stop.is_set():
            with self._lock:
                shown, wall = dict(self._shown), self._wall
                self._wall = {}
            for camera_id, message in wall.items():
                if not self._send(message):
                    self._forget(camera_id)
            for camera_id, one in shown.items():
                self._show(camera_id, one)
            self._wake.wait(_TICK_S if shown else 0.5)
            self._wake.clear()

    def _forget(self, camera_id: str) -> None:
        """The line was down, or busy: the next picture of it is wanted."""
        with self._lock:
            self._on_wall.pop(camera_id, None)

    def _show(self, camera_id: str, shown: "_Shown") -> None:
        now = time.monotonic()
        if now >= shown.until:
            with self._lock:
                if self._shown.get(camera_id) is shown and now >= shown.until:
                    del self._shown[camera_id]
            return
        if now - shown.sent_at < _LEAST_S:
            return
        group = self._source.newest(camera_id)
        seen = None if group is None else shown.follower.step(group)
        if seen is not None:
            shown.sent_at = now
            frame, at = seen
            self._send(_message(camera_id, at, _small(frame)))


@dataclass(slots=True, eq=False)
class _Shown:
    """A camera that is shown: until when, and when a picture was sent."""

    until: float
    sent_at: float = float("-inf")
    follower: Follower = field(default_factory=Follower)


def _message(camera_id: str, at: datetime, image: Image) -> bytes:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    head = LiveHead(camera_id=camera_id, at=at)
    return head.model_dump_json().encode() + b"\n" + (data.tobytes() if done else b"")


def _small(frame: VideoFrame) -> Image:
    width = min(_WIDTH, frame.width)
    height = max(1, round(frame.height * width / frame.width))
    small = frame.reformat(width, height, format="bgr24", interpolation="AREA")
    return np.asarray(small.to_ndarray(), np.uint8)
