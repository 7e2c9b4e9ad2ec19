"""One connection to a camera, read by a thread of its own.

FFmpeg blocks while it connects and reads, and cannot be closed from another thread. So the thread
that reads is given up rather than stopped: it touches nothing any more, and ends by itself when
FFmpeg's own timeout comes. Whoever waits for pictures is free at once.
"""

from __future__ import annotations  # PyAV's packets are generic for type checkers alone

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

import av.error
from av.packet import Packet
from av.video.stream import VideoStream

from streams.address import redact
from streams.clock import ArrivalClock
from streams.errors import CameraError, GeometryChanged, StreamEnded
from streams.nal import VIDEO_CODECS, is_sps, parameter_sets
from streams.opening import open_live, read_error, video_of
from streams.options import StreamOptions
from streams.picture import EncodedPicture, KeyframeDecoder
from streams.ring import PacketRing

WAITING = 4
"""Keyframes that wait for a slow taker; older ones are dropped."""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A keyframe that waits to be decoded."""

    picture: EncodedPicture
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """What was lost since the last look."""

    dropped: int
    corrupt: int


class Reader:
    """Reads one connection: every packet into the ring, keyframes to whoever takes them."""

    def __init__(
        self,
        camera_id: str,
        url: str,
        options: StreamOptions,
        ring: PacketRing | None,
        now: Callable[[], datetime],
        after: datetime | None = None,
    ) -> None:
        self._camera_id = camera_id
        self._url = url
        self._options = options
        self._ring = ring
        self._now = now
        self._clock = ArrivalClock(after)
        self._ready = threading.Condition()
        self._keyframes: deque[Keyframe] = deque()
        self._failure: Exception | None = None
        self._given_up = threading.Event()
        self._dropped = self._corrupt = 0
        self._skipping = False
        self._sps: tuple[bytes, ...] = ()
        self._seen_keyframe = False
        self.decoder: KeyframeDecoder | None = None
        """There once the stream is open."""
        self.size: tuple[int, int] | None = None
        """Width and height, once they are known."""
        self.heard_at = time.monotonic()
        """When the last packet came, on the monotonic clock; before that, when all began."""
        self.packets = 0

    def start(self) -> None:
        """Connects and reads in the background."""
        threading.Thread(target=self._run, name=f"stream {self._camera_id}", daemon=True).start()

    def give_up(self) -> None:
        """Nothing that still comes is wanted."""
        with self._ready:
            self._given_up.set()

    def take(self, timeout_s: float) -> Keyframe | None:
        """The next keyframe, or None if none came in time.

        Raises:
            CameraError: the connection is over; what had come before was taken first.
        """
        with self._ready:
            if not self._keyframes and self._failure is None:
                self._ready.wait(timeout_s)
            if self._keyframes:
                return self._keyframes.popleft()
            if self._failure is not None:
                raise self._failure
        return None

    def lost(self) -> Counts:
        """What was lost since this was last asked."""
        with self._ready:
            counts = Counts(self._dropped, self._corrupt)
            self._dropped = self._corrupt = 0
        return counts

    def _run(self) -> None:
        try:
            self._read()
            failure: Exception = StreamEnded(
                self._camera_id, redact(self._url), "the camera closed the stream"
            )
        except CameraError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - the thread's outermost: raised by `take`
            failure = error
        with self._ready:
            self._failure = failure
            self._ready.notify_all()

    def _read(self) -> None:
        with open_live(self._camera_id, self._url, self._options) as container:
            stream = video_of(self._camera_id, self._url, container)
            self._opened(stream)
            packets = container.demux(stream)
            while not self._given_up.is_set():
                try:
                    packet = next(packets, None)
                except (av.error.FFmpegError, OSError) as error:
                    failure = read_error(
                        self._camera_id, self._url, self._options.read_timeout_s, error
                    )
                else:
                    if packet is None:
                        return
                    if packet.size:  # the last one, at the end, is empty
                        self._packet(packet)
                    continue
                raise failure

    def _opened(self, stream: VideoStream) -> None:
        context = stream.codec_context
        codec, extradata = context.name, context.extradata
        if codec in VIDEO_CODECS:
            self._sps = _only_sps(codec, extradata or b"")
        with self._ready:
            if self._given_up.is_set():
                return
            if self._ring is not None:
                self._ring.split()
            self.heard_at = time.monotonic()
            self.size = (context.width, context.height) if context.width else None
            self.decoder = KeyframeDecoder(codec, extradata)

    def _packet(self, packet: Packet[VideoStream]) -> None:
        if packet.pts is None and packet.dts is None and not self.packets:
            # FFmpeg gives a connection's first packet no timestamp, and counts from it.
            packet.pts = 0
        picture = EncodedPicture(
            bytes(packet) if packet.is_keyframe else b"",
            packet.pts if packet.pts is not None else packet.dts,
            Fraction(packet.time_base),
        )
        time_of = self._clock.keyframe_at if packet.is_keyframe else self._clock.captured_at
        captured_at = time_of(self._now(), picture.seconds)
        if packet.is_keyframe and not packet.is_corrupt:
            self._check_size(packet.stream.codec_context.name, picture)
        with self._ready:
            if self._given_up.is_set():
                return
            self.heard_at = time.monotonic()
            self.packets += 1
            if packet.is_corrupt or (self._skipping and not packet.is_keyframe):
                self._lose(packet.is_corrupt)
                return
            self._skipping = False
            if self._ring is not None:
                self._ring.append(packet, captured_at)
            if packet.is_keyframe:
                self._offer(Keyframe(picture, captured_at))

    def _lose(self, corrupt: bool) -> None:
        self._skipping = True
        self._corrupt += corrupt
        if self._ring is not None:
            self._ring.gap()
        self._ready.notify_all()

    def _offer(self, keyframe: Keyframe) -> None:
        if len(self._keyframes) >= WAITING:
            self._keyframes.popleft()
            self._dropped += 1
        self._keyframes.append(keyframe)
        self._ready.notify_all()

    def _check_size(self, codec: str, picture: EncodedPicture) -> None:
        sps = _only_sps(codec, picture.data) if codec in VIDEO_CODECS else ()
        first, self._seen_keyframe = not self._seen_keyframe, True
        if not sps or sps == self._sps:
            return
        self._sps = sps
        image = KeyframeDecoder(codec, None).decode(picture)
        if image is None:
            return
        before, self.size = self.size, (image.shape[1], image.shape[0])
        # Descriptions are wrong often enough: the first keyframe is what the others must be like.
        if before is not None and before != self.size and not first:
            detail = "the picture changed from {}x{} to {}x{}".format(*before, *self.size)
            raise GeometryChanged(self._camera_id, redact(self._url), detail)


def _only_sps(codec: str, data: bytes) -> tuple[bytes, ...]:
    return tuple(nal for nal in parameter_sets(codec, data) if is_sps(codec, nal))
