"""One camera for ever: connects, watches over the connection, waits, tries again."""

import logging
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from streams.address import redact
from streams.backoff import Backoff, Folded
from streams.clock import utcnow
from streams.encoded import Group
from streams.errors import AuthRefused, CameraError, CorruptStream
from streams.health import Health, StreamStatus
from streams.live import SETTLED_S, LiveStream
from streams.options import StreamOptions
from streams.ring import PacketRing
from streams.rtsp.connection import Connection
from streams.rtsp.session import NotSpokenError

log = logging.getLogger("streams.live")

_GOPS = 8
"""Distances of keyframes that the usual one is taken from."""


class CameraStream:
    """One camera's stream, kept going by a `Hub`.

    Its keyframes are handed on undecoded. Who decodes one says so to `health`: a camera is live
    when a picture was really seen.
    """

    def __init__(
        self,
        camera_id: str,
        url: str,
        on_keyframe: Callable[["CameraStream", Group], None],
        options: StreamOptions | None = None,
        ring: PacketRing | None = None,
        now: Callable[[], datetime] = utcnow,
        on_status: Callable[[StreamStatus], None] | None = None,
    ) -> None:
        """Describes the stream; nothing is opened before a hub has it.

        Args:
            camera_id: the camera's id in the configuration.
            url: its address, with user and password if it wants them.
            on_keyframe: given each keyframe, from the hub's thread: it must not block.
            options: transport, timeouts and waits.
            ring: takes every picture that comes, for evidence clips.
            now: the clock, timezone-aware, UTC.
            on_status: told of each change of state and each failed try.
        """
        self.camera_id = camera_id
        self.source = redact(url)
        self.ring = ring
        self._url = url
        self._deliver = on_keyframe
        self._options = options or StreamOptions()
        self._now = now
        self._on_status = on_status
        self._health = Health(now, on_status)
        self._waits = Backoff(self._options)
        self._next_at = 0.0
        self._began_at = 0.0
        self._corrupt_log = Folded()
        self._lost_told = 0
        self._gops: deque[float] = deque(maxlen=_GOPS)
        self._key_pts: float | None = None
        self._groups: deque[int] = deque(maxlen=_GOPS)
        self._key_received = 0
        self._last: datetime | None = None
        self._ffmpeg: LiveStream | None = None
        self._left = threading.Event()
        self._received = 0
        self.connection: Connection | None = None
        self._speaks = self._options.transport == "tcp" and url.startswith("rtsp://")

    @property
    def health(self) -> Health:
        """Where who decodes says what was seen."""
        return self._health if self._ffmpeg is None else self._ffmpeg.health

    @property
    def status(self) -> StreamStatus:
        """How the stream is doing now."""
        return self.health.status

    @property
    def via(self) -> Literal["rtsp", "ffmpeg"]:
        """Who reads it: the client in here, or FFmpeg's demuxer on a thread of its own."""
        return "rtsp" if self._ffmpeg is None else "ffmpeg"

    @property
    def received(self) -> int:
        """Encoded pictures received so far; those that FFmpeg's demuxer reads are not counted."""
        current = self.connection
        return self._received + (current.units if current is not None else 0)

    @property
    def gop_s(self) -> float | None:
        """The usual distance of its keyframes, seconds, as measured; None while not known."""
        gops = tuple(self._gops)
        return statistics.median(gops) if gops else None

    @property
    def gop_pictures(self) -> float | None:
        """The usual number of pictures from one keyframe to the next; None while not known."""
        groups = tuple(self._groups)
        return statistics.median(groups) if groups else None

    @property
    def last_keyframe_at(self) -> datetime | None:
        """Capture time of the newest keyframe, UTC."""
        return self._last

    def corrupt(self, count: int = 1) -> None:
        """Pictures were lost, in transport or because no decoder takes them."""
        self.health.corrupt(count, "corrupt pictures are skipped")
        total = self._corrupt_log.add(count)
        if total:
            log.warning("%s: %d corrupt pictures skipped (%s)", self.camera_id, total, self.source)

    # What follows is the hub's, on the hub's thread.

    def turn(self, at: float, resolver: Executor) -> None:
        """Starts what is due, and ends what has been silent for too long.

        Args:
            at: `time.monotonic()`.
            resolver: looks up names of hosts.
        """
        if self._ffmpeg is not None:
            return
        if not self._speaks:
            self._hand_over()
        elif self.connection is None:
            if at >= self._next_at:
                self._begin(at, resolver)
        else:
            self.guarded(partial(self.connection.check, at))

    def take(self, buffer: memoryview) -> None:
        """Reads what has come, and hands its keyframes on."""
        connection = self.connection
        if connection is None:
            return
        self.guarded(partial(connection.read, buffer))
        if connection.lost > self._lost_told:
            self.corrupt(connection.lost - self._lost_told)
            self._lost_told = connection.lost
        arrived, connection.keyframes = connection.keyframes, []
        for group in arrived:
            self._keyframe(group)

    def guarded(self, action: Callable[[], None]) -> None:
        """Does something to the connection; whatever ends it ends in a new try."""
        playing = self.connection is not None and self.connection.playing
        try:
            action()
        except NotSpokenError as reason:
            log.info("%s: read by FFmpeg: %s (%s)", self.camera_id, reason, self.source)
            self.drop()
            self._hand_over()
            return
        except CameraError as error:
            self._failed(error)
            return
        except Exception:
            log.exception("%s: failed unexpectedly; others go on", self.camera_id)
            self._failed(CorruptStream(self.camera_id, self.source, "cannot be understood"))
            return
        if not playing and self.connection is not None and self.connection.playing:
            self._health.opened()

    def leave(self) -> None:
        """Ends it for good."""
        self._left.set()
        self.drop()

    def _begin(self, at: float, resolver: Executor) -> None:
        self._health.trying()
        self._began_at, self._lost_told = at, 0
        self._key_pts = None
        args = (self.camera_id, self._url, self._options, self.ring, self._now, self._last)
        connection = self.connection = Connection(*args)
        self.guarded(partial(connection.start, resolver))

    def _keyframe(self, group: Group) -> None:
        key = group.pictures[0]
        pts, before = key.seconds, self._key_pts
        if pts is not None and before is not None and 0 < pts - before < 600:
            self._gops.append(pts - before)
            if self.connection is not None:
                self._groups.append(self.received - self._key_received)
        self._key_pts, self._key_received = pts, self.received
        self._last = key.wallclock
        self._deliver(self, group)

    def _failed(self, error: CameraError) -> None:
        connection = self.connection
        at = time.monotonic()
        if connection is not None and connection.units and at - self._began_at >= SETTLED_S:
            self._waits.reset()
        delay_s = self._waits.next_s()
        if isinstance(error, AuthRefused):
            delay_s = self._options.auth_wait_s
        self.drop()
        self._next_at = at + delay_s
        self._health.failed(error, self._now() + timedelta(seconds=delay_s))
        log.warning("%s, %s; next try in %.1f s", error, error.reason, delay_s)

    def drop(self) -> None:
        """Ends the connection; the next turn begins another."""
        connection, self.connection = self.connection, None
        if connection is not None:
            self._received += connection.units
            connection.close()

    def _hand_over(self) -> None:
        """Gives the stream to FFmpeg's demuxer, on a thread, for good."""
        args = (self.camera_id, self._url, self._options, self.ring, self._now, self._on_status)
        self._ffmpeg = LiveStream(*args)
        name = f"ffmpeg {self.camera_id}"
        threading.Thread(target=self._run_ffmpeg, args=(self._ffmpeg,), name=name).start()

    def _run_ffmpeg(self, live: LiveStream) -> None:
        for group in live.groups(self._left):
            self._keyframe(group)
