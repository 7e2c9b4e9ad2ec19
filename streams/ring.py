"""The last seconds of a stream as it came; evidence clips are cut from it without re-encoding."""

from __future__ import annotations  # PyAV's packets are generic for type checkers alone

import itertools
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.packet import Packet

from streams.encoded import Encoded, Group
from streams.nal import VIDEO_CODECS, joined, parameter_sets
from streams.remux import write_mp4


class NoPackets(ValueError):
    """The ring holds nothing of the time that was asked for."""


@dataclass(frozen=True, slots=True)
class ClipCut:
    """A clip that was cut from the ring.

    Attributes:
        path: the MP4 file.
        start: capture time of its first picture, UTC: a keyframe, so at or before what was asked.
        end: capture time of its last picture, UTC.
        codec: `h264` or `hevc`.
        packets: how many packets it holds.
    """

    path: Path
    start: datetime
    end: datetime
    codec: str
    packets: int


@dataclass(slots=True)
class _Gop:
    """A keyframe and what depends on it."""

    segment: int
    codec: str
    sets: tuple[bytes, ...]
    packets: list[Encoded] = field(default_factory=list)
    size: int = 0

    @property
    def start(self) -> datetime:
        return self.packets[0].wallclock


class PacketRing:
    """Encoded packets of one stream, bounded in time and bytes; safe across threads.

    It holds whole groups of pictures, so that whatever is cut from it starts with a keyframe. A
    clip never spans a reconnect or a change of the encoder's parameters.
    """

    def __init__(self, max_seconds: float, max_bytes: int) -> None:
        """An empty ring.

        Args:
            max_seconds: at least this much is kept, and at most one group of pictures more.
            max_bytes: never more than this, even if it means fewer seconds.
        """
        if max_seconds <= 0 or max_bytes <= 0:
            raise ValueError("a ring needs max_seconds and max_bytes above 0")
        self._max = timedelta(seconds=max_seconds)
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._gops: deque[_Gop] = deque()
        self._bytes = 0
        self._segment = 0
        self._open = False

    @property
    def held_bytes(self) -> int:
        """Bytes held now."""
        with self._lock:
            return self._bytes

    @property
    def held_seconds(self) -> float:
        """Seconds between the oldest and the newest packet held now."""
        with self._lock:
            if not self._gops:
                return 0.0
            newest = self._gops[-1].packets[-1].wallclock
            return (newest - self._gops[0].start).total_seconds()

    def split(self) -> None:
        """Begins a new segment: what comes now has nothing to do with what came before."""
        with self._lock:
            self._segment += 1
            self._open = False

    def gap(self) -> None:
        """Something was lost: takes nothing more until the next keyframe."""
        with self._lock:
            self._open = False

    def append(self, packet: Packet[Any], wallclock: datetime) -> None:
        """Takes a packet in. The bytes are copied, so the stream may be closed afterwards.

        Args:
            packet: H.264 or H.265 with start codes (as RTSP gives it); others are passed over.
            wallclock: its capture time, UTC.
        """
        context = packet.stream.codec_context
        if packet.size == 0 or context.name not in VIDEO_CODECS:
            return
        encoded = Encoded(
            raw=bytes(packet),
            pts=packet.pts if packet.pts is not None else packet.dts,
            time_base=Fraction(packet.time_base),
            keyframe=packet.is_keyframe,
            wallclock=wallclock,
        )
        sets: tuple[bytes, ...] = ()
        if encoded.keyframe:
            sets = parameter_sets(context.name, encoded.raw)
            sets = sets or parameter_sets(context.name, context.extradata or b"")
        self.put(encoded, context.name, sets)

    def put(self, encoded: Encoded, codec: str, sets: tuple[bytes, ...]) -> None:
        """Takes a picture in.

        Args:
            encoded: the picture; without a pts it is passed over.
            codec: `h264` or `hevc`.
            sets: the parameter sets of a keyframe, without start codes; one without any is passed
                over with all that depends on it.
        """
        with self._lock:
            if encoded.keyframe:
                self._begin(codec, encoded, sets)
            if self._open and encoded.pts is not None:
                self._gops[-1].packets.append(encoded)
                self._gops[-1].size += len(encoded.raw)
                self._bytes += len(encoded.raw)
                self._evict()

    def cut(self, path: Path, start: datetime, end: datetime) -> ClipCut:
        """Writes what was sent between two moments into an MP4 file, bit for bit.

        Args:
            path: the file to write.
            start: UTC; the clip begins with the keyframe at or before it.
            end: UTC; no packet after it is taken.

        Raises:
            NoPackets: the ring holds nothing of that time.
            OSError: the file cannot be written.
        """
        with self._lock:
            chosen = self._select(start, end)
        if not chosen:
            raise NoPackets(
                f"the packet ring holds nothing from {start.isoformat()} to {end.isoformat()}"
            )
        first = chosen[0][0]
        packets = _without_leading([packet for _, part in chosen for packet in part])
        write_mp4(path, first.codec, joined(first.sets), packets)
        times = [packet.wallclock for packet in packets]
        return ClipCut(path, min(times), max(times), first.codec, len(packets))

    def newest(self) -> Group | None:
        """The newest keyframe with all that came since; None if the ring holds none of it."""
        with self._lock:
            if not self._open or not self._gops or not self._gops[-1].packets:
                return None
            gop = self._gops[-1]
            return Group(gop.codec, gop.sets, tuple(gop.packets))

    def _begin(self, codec: str, keyframe: Encoded, sets: tuple[bytes, ...]) -> None:
        if not sets or keyframe.pts is None:
            self._open = False
            return
        last = self._gops[-1] if self._gops else None
        if last is not None and last.segment == self._segment and last.sets != sets:
            self._segment += 1
        self._gops.append(_Gop(self._segment, codec, sets))
        self._open = True

    def _evict(self) -> None:
        newest = self._gops[-1].packets[-1].wallclock
        while len(self._gops) > 1 and (
            newest - self._gops[1].start >= self._max or self._bytes > self._max_bytes
        ):
            self._bytes -= self._gops.popleft().size
        if self._bytes > self._max_bytes:  # one group of pictures alone is too much
            self._gops.clear()
            self._bytes = 0
            self._open = False

    def _select(self, start: datetime, end: datetime) -> list[tuple[_Gop, list[Encoded]]]:
        best: list[tuple[_Gop, list[Encoded]]] = []
        longest = timedelta(seconds=-1)
        for _, group in itertools.groupby(self._gops, key=lambda gop: gop.segment):
            gops = [gop for gop in group if gop.packets]
            if not gops:
                continue
            before = [index for index, gop in enumerate(gops) if gop.start <= start]
            parts = [(gop, _until(gop, end)) for gop in gops[before[-1] if before else 0 :]]
            parts = [(gop, part) for gop, part in parts if part]
            if not parts:
                continue
            newest = max(packet.wallclock for packet in parts[-1][1])
            reach = min(end, newest) - max(start, parts[0][0].start)
            if reach >= longest and newest >= start:
                best, longest = parts, max(reach, timedelta())
        return best


def _without_leading(packets: list[Encoded]) -> list[Encoded]:
    # Pictures shown before the keyframe but sent after it lean on the group before (open GOP):
    # here nothing could decode them.
    first = packets[0].pts or 0
    gop = next((i for i, p in enumerate(packets) if i and p.keyframe), len(packets))
    return [p for p in packets[:gop] if (p.pts or 0) >= first] + packets[gop:]


def _until(gop: _Gop, end: datetime) -> list[Encoded]:
    # In decoding order pictures are not in the order of time: cut after the last that belongs.
    wanted = [index for index, packet in enumerate(gop.packets) if packet.wallclock <= end]
    return gop.packets[: wanted[-1] + 1] if wanted and gop.start <= end else []
