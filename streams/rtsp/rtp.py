"""RTP packets as they came on the wire, and the pictures in them.

A picture is kept as the very bytes that were read, framing included; only what is decoded or cut
into a clip is ever unpacked. Payloads: H.264 after RFC 6184 (single NAL units, STAP-A, FU-A),
H.265 after RFC 7798 (single NAL units, aggregation packets, fragmentation units).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from streams.nal import is_parameter_set, is_picture, joined, nal_type

DOLLAR = 0x24
_FRAMED = Struct(">BBHBBHI")
"""Of a framed packet: dollar, channel, size; of RTP: flags, marker and type, number, timestamp."""
_STAP_A, _FU_A = 24, 28
_AP, _FU = 48, 49


@dataclass(frozen=True, slots=True)
class Unit:
    """The packets that share a timestamp: one picture.

    Attributes:
        raw: framed packets, one after another; those of other channels may lie between them.
        timestamp: RTP's, 32 bits.
        complete: whether no packet is missing within.
        follows: whether no packet is missing before it.
    """

    raw: bytes
    timestamp: int
    complete: bool
    follows: bool


class Assembler:
    """Cuts one channel's byte stream into pictures; holds what is not whole yet."""

    def __init__(self, channel: int, max_unit: int = 16 * 2**20) -> None:
        self.channel = channel
        self._max = max_unit
        self._rest = b""
        self._seen = 0
        self._stamp: int | None = None
        self._first = self._last = 0
        self._count = 0
        self._before: int | None = None

    @property
    def rest(self) -> bytes:
        """What could not be read as packets: an RTSP message, if `stopped` says so."""
        return self._rest

    def feed(self, chunk: bytes) -> tuple[list[Unit], int | None]:
        """Takes bytes in.

        Returns:
            The pictures that are complete now; and where in `rest` something stands that is no
            packet: hand the message there to `skip` before the next call. None if there is none.

        Raises:
            ValueError: one picture has more bytes than it may.
        """
        data = self._rest + chunk if self._rest else chunk
        size, at, begin, channel = len(data), self._seen, 0, self.channel
        units: list[Unit] = []
        stopped = None
        framed = _FRAMED.unpack_from
        # This loop runs for each packet of each camera: it is kept to what it must do.
        while at + 12 <= size:
            dollar, of, length, _, kind, number, stamp = framed(data, at)
            if dollar != DOLLAR:
                stopped = at
                break
            end = at + 4 + length
            if end > size:
                break
            if of == channel and length >= 12:
                if stamp != self._stamp:
                    if self._count:  # the camera sets no marker
                        units.append(self._unit(data[begin:at]))
                        begin = at
                    self._stamp, self._first = stamp, number
                self._last = number
                self._count += 1
                if kind & 0x80:
                    units.append(self._unit(data[begin:end]))
                    begin = end
                    self._stamp = None
            at = end
        self._rest, self._seen = data[begin:], at - begin
        if len(self._rest) > self._max:
            raise ValueError(f"a picture of more than {self._max} bytes")
        return units, None if stopped is None else stopped - begin

    def skip(self, begin: int, end: int) -> None:
        """Takes a message out of `rest`."""
        self._rest = self._rest[:begin] + self._rest[end:]
        self._seen = begin

    def _unit(self, raw: bytes) -> Unit:
        first, last = self._first, self._last
        complete = ((last - first) & 0xFFFF) + 1 == self._count
        follows = self._before is None or (self._before + 1) & 0xFFFF == first
        self._before, self._count = last, 0
        return Unit(raw, self._stamp or 0, complete, follows)


def payloads(raw: bytes, channel: int) -> Iterator[tuple[int, int]]:
    """Where each RTP payload of a channel begins and ends."""
    at, size = 0, len(raw)
    while at + 4 <= size:
        end = at + 4 + (raw[at + 2] << 8 | raw[at + 3])
        if raw[at + 1] == channel and end - at > 16:
            head = raw[at + 4]
            begin = at + 16 + 4 * (head & 0x0F)
            if head & 0x10 and begin + 4 <= end:
                begin += 4 + 4 * (raw[begin + 2] << 8 | raw[begin + 3])
            stop = end - raw[end - 1] if head & 0x20 else end
            if begin < stop:
                yield begin, stop
        at = end


def nals(codec: str, raw: bytes, channel: int) -> Iterator[bytes]:
    """The NAL units of a picture, in order. Fragments without a beginning are passed over."""
    if codec == "h264":
        yield from _nals_h264(raw, channel)
    else:
        yield from _nals_hevc(raw, channel)


def _nals_h264(raw: bytes, channel: int) -> Iterator[bytes]:
    parts: list[bytes] = []
    for begin, end in payloads(raw, channel):
        kind = raw[begin] & 0x1F
        if kind == _FU_A and begin + 2 < end:
            flags = raw[begin + 1]
            if flags & 0x80:
                parts = [bytes([(raw[begin] & 0xE0) | (flags & 0x1F)])]
            if parts:
                parts.append(raw[begin + 2 : end])
                if flags & 0x40:
                    yield b"".join(parts)
                    parts = []
        elif kind == _STAP_A:
            yield from _aggregated(raw, begin + 1, end)
        elif kind < _STAP_A:
            yield raw[begin:end]


def _nals_hevc(raw: bytes, channel: int) -> Iterator[bytes]:
    parts: list[bytes] = []
    for begin, end in payloads(raw, channel):
        kind = (raw[begin] >> 1) & 0x3F
        if kind == _FU and begin + 3 < end:
            flags = raw[begin + 2]
            if flags & 0x80:
                head = (raw[begin] & 0x81) | ((flags & 0x3F) << 1)
                parts = [bytes([head, raw[begin + 1]])]
            if parts:
                parts.append(raw[begin + 3 : end])
                if flags & 0x40:
                    yield b"".join(parts)
                    parts = []
        elif kind == _AP:
            yield from _aggregated(raw, begin + 2, end)
        elif kind < _AP:
            yield raw[begin:end]


def _aggregated(raw: bytes, at: int, end: int) -> Iterator[bytes]:
    while at + 2 <= end:
        size = raw[at] << 8 | raw[at + 1]
        if size and at + 2 + size <= end:
            yield raw[at + 2 : at + 2 + size]
        at += 2 + size


def annexb(codec: str, raw: bytes, channel: int) -> bytes:
    """A picture as an Annex B byte stream."""
    return joined(tuple(nals(codec, raw, channel)))


@dataclass(frozen=True, slots=True)
class Head:
    """What the NAL units before a picture's first slice, and that slice's type, say."""

    keyframe: bool
    sets: tuple[bytes, ...]


def head(codec: str, raw: bytes, channel: int) -> Head:
    """Whether a picture is a keyframe, and the parameter sets it brings."""
    if not _may_be_key(codec, raw, channel):
        return _PLAIN
    sets: list[bytes] = []
    for nal in _beginnings(codec, raw, channel):
        if is_picture(codec, nal):
            kind = nal_type(codec, nal)
            # An I picture that is no IDR, with parameter sets before it, is as good a beginning.
            key = kind == 5 or bool(sets) if codec == "h264" else 16 <= kind <= 21
            return Head(key, tuple(sets))
        if is_parameter_set(codec, nal):
            sets.append(nal)
    return Head(False, tuple(sets))


_PLAIN = Head(False, ())


def _may_be_key(codec: str, raw: bytes, channel: int) -> bool:
    """A quick no for the many pictures that begin with an ordinary slice."""
    begin, end = next(payloads(raw, channel), (0, 0))
    first = raw[begin : min(begin + 3, end)]
    if codec == "h264":
        kind = first[0] & 0x1F if first else 1
        return (first[1] & 0x1F if kind == _FU_A and len(first) > 1 else kind) != 1
    kind = (first[0] >> 1) & 0x3F if first else 0
    return (first[2] & 0x3F if kind == _FU and len(first) > 2 else kind) > 9


def _beginnings(codec: str, raw: bytes, channel: int) -> Iterator[bytes]:
    """NAL units up to the first slice, of which the first bytes will do."""
    fragment = _FU_A if codec == "h264" else _FU
    skip = 1 if codec == "h264" else 2
    for begin, end in payloads(raw, channel):
        kind = nal_type(codec, raw[begin : begin + 1])
        if kind == fragment and begin + skip < end:
            flags = raw[begin + skip]
            if codec == "h264":
                yield bytes([(raw[begin] & 0xE0) | (flags & 0x1F)])
            else:
                yield bytes([(flags & 0x3F) << 1, 1])
        elif kind == (_STAP_A if codec == "h264" else _AP):
            yield from _aggregated(raw, begin + skip, end)
        else:
            yield raw[begin:end]
