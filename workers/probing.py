"""One look at an address that may become a camera: a picture, and what its stream is.

It is opened as a camera is (`streams.rtsp`), so what is seen here is what will be watched; but it
is tried once, since cameras lock accounts after a few wrong passwords.
"""

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from streams.decoding import Decoder, Tolerance
from streams.encoded import Group
from streams.frame import ClockSource
from streams.health import StreamStatus
from streams.options import StreamOptions
from streams.ring import PacketRing
from streams.rtsp import CameraStream, Hub
from streams.shot import Shot

FIRST_S = 15.0
"""A keyframe that has not come by then is not waited for."""
SECOND_S = 6.0
"""So long is looked for the next keyframe after the first."""
_TICK_S = 0.2
_RING_BYTES = 32 * 2**20


class ProbeFailed(Exception):
    """There is no picture to be had.

    Attributes:
        problem: a short stable name, such as those of `streams.errors`.
        detail: one sentence, without the address.
    """

    def __init__(self, problem: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Probed:
    """What an address gave.

    Attributes:
        shot: its first picture that could be decoded.
        codec: FFmpeg's name of it, such as `h264` or `hevc`.
        fps: pictures a second by their own timestamps; None where too few came.
        gop_s: seconds between keyframes; None where no second one came in time.
    """

    shot: Shot
    codec: str
    fps: float | None
    gop_s: float | None


def probe(
    url: str,
    options: StreamOptions,
    stop: threading.Event,
    first_s: float = FIRST_S,
    second_s: float = SECOND_S,
) -> Probed:
    """Opens an address, takes a picture, and looks on for a while.

    Args:
        url: with user and password, if it wants them.
        options: how it is opened.
        stop: ends it early.
        first_s: seconds within which a picture must come.
        second_s: seconds that are looked on after it.

    Raises:
        ProbeFailed: no picture came; it names the cause.
    """
    ring = PacketRing(first_s + second_s, _RING_BYTES)
    came: queue.SimpleQueue[Group | StreamStatus] = queue.SimpleQueue()

    def failed(status: StreamStatus) -> None:
        if status.next_try_at is not None:
            came.put(status)

    stream = CameraStream(
        "probe", url, lambda _, group: came.put(group), options, ring, on_status=failed
    )
    with _running(stream):
        group, shot = _first(came, stop, time.monotonic() + first_s)
        fps = _watch(stream, ring, stop, time.monotonic() + second_s)
        return Probed(shot, group.codec, fps, stream.gop_s)


@contextmanager
def _running(stream: CameraStream) -> Iterator[None]:
    ended = threading.Event()
    thread = threading.Thread(target=Hub([stream]).run, args=(ended,), name="probe")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _first(
    came: "queue.SimpleQueue[Group | StreamStatus]", stop: threading.Event, until: float
) -> tuple[Group, Shot]:
    decoder, tolerance, seen = Decoder(), Tolerance(), 0
    while not stop.is_set() and time.monotonic() < until:
        try:
            one = came.get(timeout=_TICK_S)
        except queue.Empty:
            continue
        if isinstance(one, StreamStatus):
            raise ProbeFailed(one.reason, one.detail)
        seen += 1
        frame = decoder.newest(one, tolerance)
        if frame is not None:
            pts = one.pictures[0].seconds or 0.0
            return one, Shot("probe", one.captured_at, ClockSource.ARRIVAL, pts, frame)
    if stop.is_set():
        raise ProbeFailed("stopping", "the worker stops")
    if seen:
        raise ProbeFailed("corrupt_stream", "its pictures cannot be decoded")
    raise ProbeFailed("no_keyframe", "it was opened, but no keyframe came in time")


def _watch(
    stream: CameraStream, ring: PacketRing, stop: threading.Event, until: float
) -> float | None:
    """Looks on until the distance of keyframes is known; pictures a second, as far as seen."""
    longest: Group | None = None
    while stream.gop_s is None and not stop.is_set() and time.monotonic() < until:
        stop.wait(_TICK_S)
        group = ring.newest()
        if group is not None and (longest is None or len(group.pictures) > len(longest.pictures)):
            longest = group
    times = [one.seconds for one in longest.pictures if one.seconds is not None] if longest else []
    span = max(times) - min(times) if times else 0.0
    if span > 0:
        return (len(times) - 1) / span
    return 1 / stream.gop_s if stream.gop_s else None  # nothing but keyframes
