"""One connection to a camera: never blocks, and raises when it is over."""

import contextlib
import ipaddress
import socket
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import datetime
from fractions import Fraction
from functools import partial

from streams.address import redact
from streams.clock import ArrivalClock
from streams.encoded import Encoded, Group
from streams.errors import CameraError, CorruptStream, Refused, Stalled, StreamEnded, Unreachable
from streams.options import StreamOptions
from streams.ring import PacketRing
from streams.rtsp.message import NotRtspError, take_message
from streams.rtsp.rtp import Assembler, Unit, annexb, head
from streams.rtsp.session import Address, Session, Step

CHUNK = 262_144
"""Bytes of one read."""
MOST_AT_ONCE = 4 * CHUNK
"""Bytes that one camera may have read in a turn, so that no camera keeps the others waiting."""
JUMP_S = 5.0
"""Timestamps that go this far from the clock begin a new timeline."""


class Connection:
    """A socket, the conversation over it, and what it brings.

    Attributes:
        playing: whether the camera has said that it sends.
        units: pictures that have come.
        lost: how often packets were missing.
        jumps: how often the camera's timestamps went back or leapt.
    """

    def __init__(
        self,
        camera_id: str,
        url: str,
        options: StreamOptions,
        ring: PacketRing | None,
        now: Callable[[], datetime],
        after: datetime | None,
    ) -> None:
        self._camera_id = camera_id
        self._source = redact(url)
        self._options = options
        self._ring = ring
        self._now = now
        self._clock = ArrivalClock(after)
        self._address = Address.of(url)
        self._session = Session(self._address, self._error)
        self._assembler = Assembler(self._session.channel)
        self._resolving: Future[list[tuple[socket.AddressFamily, str]]] | None = None
        self._unpack: Callable[[bytes], bytes] | None = None
        self._time_base = Fraction(1, 90_000)
        self._codec = ""
        self._sets: tuple[bytes, ...] = ()
        self._stamp: int | None = None
        self._pts = 0
        self._key: tuple[float, float] | None = None
        self._skipping = False
        self._asked_at = self.heard_at = time.monotonic()
        self.socket: socket.socket | None = None
        self.playing = False
        self.units = 0
        self.lost = 0
        self.jumps = 0
        self.keyframes: list[Group] = []
        """Those that came since they were last taken out."""

    def start(self, resolver: Executor) -> None:
        """Begins to connect.

        Raises:
            CameraError: it cannot even begin.
        """
        host = self._address.host
        try:
            family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
        except ValueError:
            self._resolving = resolver.submit(_resolve, host)
            return
        self._connect(family, host)

    def write(self) -> None:
        """The socket can be written to for the first time: it is connected, or was refused."""
        assert self.socket is not None  # noqa: S101 - registered only with one
        code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise self._os_error(OSError(code, ""))
        self._send(self._session.begin())

    def read(self, buffer: memoryview) -> None:
        """Takes what has come, up to `MOST_AT_ONCE`.

        Args:
            buffer: room for one read, shared by all connections.

        Raises:
            CameraError: the connection is over.
            NotSpokenError: the stream is one for FFmpeg.
        """
        assert self.socket is not None  # noqa: S101 - registered only with one
        total = 0
        while total < MOST_AT_ONCE:
            try:
                count = self.socket.recv_into(buffer)
            except BlockingIOError:
                return
            except OSError as error:
                raise self._os_error(error) from None
            if count == 0:
                detail = "the camera closed the connection"
                raise self._error(StreamEnded if self.playing else Unreachable, detail)
            total += count
            self._received(bytes(buffer[:count]))
            if count < CHUNK // 4:
                return

    def check(self, at: float) -> None:
        """Looks at the clock.

        Args:
            at: `time.monotonic()`.

        Raises:
            CameraError: it has been silent for too long.
        """
        if self.socket is None and self._resolving is not None and self._resolving.done():
            self._resolved()
        silent_s = at - self.heard_at
        if not self.playing:
            if silent_s > self._options.open_timeout_s:
                limit = f"no answer within {self._options.open_timeout_s:g} s"
                raise self._error(Unreachable, limit)
        elif silent_s > self._options.read_timeout_s:
            raise self._error(Stalled, f"no picture for {self._options.read_timeout_s:g} s")
        elif at - self._asked_at > self._session.keep_alive_s:
            self._send(self._session.keep_alive())

    def close(self) -> None:
        """Ends it, with a word to the camera where that can be had at once."""
        if self._resolving is not None:
            self._resolving.cancel()
        if self.socket is not None:
            if self.playing:
                with contextlib.suppress(OSError):
                    self.socket.send(self._session.goodbye())
            self.socket.close()

    def _resolved(self) -> None:
        found = self._resolving.result() if self._resolving is not None else []
        self._resolving = None
        if not found:
            raise self._error(Unreachable, "the host's name is not known")
        self._connect(*found[0])

    def _connect(self, family: socket.AddressFamily, host: str) -> None:
        self.heard_at = time.monotonic()
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        try:
            self.socket.connect((host, self._address.port))
        except BlockingIOError:
            pass
        except OSError as error:
            raise self._os_error(error) from None

    def _send(self, data: bytes) -> None:
        assert self.socket is not None  # noqa: S101 - registered only with one
        self._asked_at = time.monotonic()
        try:
            self.socket.send(data)  # a request is small: it goes at once, or the line is dead
        except OSError as error:
            raise self._os_error(error) from None

    def _received(self, chunk: bytes) -> None:
        assembler, arrival = self._assembler, self._now()
        try:
            units, stopped = assembler.feed(chunk)
            while True:
                for unit in units:
                    self._unit(unit, arrival)
                message = None if stopped is None else take_message(assembler.rest, stopped)
                if stopped is None or message is None:
                    return
                answer, end = message
                assembler.skip(stopped, end)
                if answer is not None:
                    self._answer(self._session.answered(answer))
                units, stopped = assembler.feed(b"")
        except (NotRtspError, ValueError) as error:
            raise self._error(CorruptStream, str(error)) from None

    def _answer(self, reply: bytes | None) -> None:
        if not self.playing:
            self.heard_at = time.monotonic()
        session, video = self._session, self._session.video
        if video is not None and video.codec is not None and not self._codec:
            self._codec, self._sets = video.codec, video.sets
            self._time_base = Fraction(1, video.clock_rate)
        if session.step is Step.PLAY:
            self._assembler.channel = session.channel
            self._unpack = partial(_unpacked, self._codec, session.channel)
        if session.step is Step.PLAYING and not self.playing:
            self.playing = True
            if self._ring is not None:
                self._ring.split()
        if reply is not None:
            self._send(reply)

    def _unit(self, unit: Unit, arrival: datetime) -> None:
        self.heard_at = time.monotonic()
        self.units += 1
        first = head(self._codec, unit.raw, self._session.channel)
        if not (unit.complete and unit.follows):
            self._lose()
        if self._skipping and not (first.keyframe and unit.complete):
            return
        self._skipping = False
        self._advance(unit.timestamp)
        seconds = self._pts / self._time_base.denominator
        time_of = self._clock.keyframe_at if first.keyframe else self._clock.captured_at
        at = time_of(arrival, seconds)
        picture = Encoded(unit.raw, self._pts, self._time_base, first.keyframe, at, self._unpack)
        sets = first.sets or self._sets
        if first.keyframe:
            self._sets = sets
            self._check_timeline(seconds, arrival.timestamp())
            self.keyframes.append(Group(self._codec, sets, (picture,)))
        if self._ring is not None:
            self._ring.put(picture, self._codec, sets)

    def _lose(self) -> None:
        """What depends on the missing packets cannot be decoded: nothing is taken up to a key."""
        self._skipping = True
        self.lost += 1
        if self._ring is not None:
            self._ring.gap()

    def _advance(self, stamp: int) -> None:
        if self._stamp is not None:
            step = (stamp - self._stamp) & 0xFFFFFFFF
            self._pts += step - (1 << 32) if step >> 31 else step
        self._stamp = stamp

    def _check_timeline(self, seconds: float, arrival: float) -> None:
        """Timestamps that go back, or leap, begin a new timeline: a clip must not span it."""
        before, self._key = self._key, (seconds, arrival)
        if before is None:
            return
        step, waited = seconds - before[0], arrival - before[1]
        if step <= 0 or abs(step - waited) > JUMP_S:
            self.jumps += 1
            if self._ring is not None:
                self._ring.split()

    def _error(self, kind: type[CameraError], detail: str) -> CameraError:
        return kind(self._camera_id, self._source, detail)

    def _os_error(self, error: OSError) -> CameraError:
        if self.playing:
            return self._error(StreamEnded, f"the connection broke: {error.strerror}")
        if isinstance(error, ConnectionRefusedError) or error.errno == 111:
            return self._error(Refused, "nothing listens on that port")
        text = error.strerror or OSError(error.errno, "").strerror or "no route"
        return self._error(Unreachable, f"cannot be reached: {text}")


def _unpacked(codec: str, channel: int, raw: bytes) -> bytes:
    return annexb(codec, raw, channel)


def _resolve(host: str) -> list[tuple[socket.AddressFamily, str]]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [(family, str(address[0])) for family, _, _, _, address in found]
