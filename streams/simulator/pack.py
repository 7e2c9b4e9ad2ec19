"""Pictures as RTP packets made once, of which only the header's numbers change when they are sent.

Payloads of H.264 after RFC 6184 and of H.265 after RFC 7798; framing after RFC 2326, 10.12.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PAYLOAD_TYPE = 96
MAX_PAYLOAD = 1400
"""Bytes of one payload: with its headers, a packet fits an Ethernet frame."""
FRAMING = 4
"""Bytes before each packet where it travels on the RTSP connection: `$`, channel, length."""

_HEADER = 12
_FU_A = 28
_FU_HEVC = 49


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """A picture's packets one after another, framed for channel 0.

    Attributes:
        data: uint8, all bytes; the fields named below are still 0.
        numbers: int64, (packets, 10): where each packet keeps sequence number, timestamp and SSRC.
        starts: where each packet's frame begins; ascending.
        octets: bytes of payload.
    """

    data: npt.NDArray[np.uint8]
    numbers: npt.NDArray[np.int64]
    starts: tuple[int, ...]
    octets: int

    def stamped(self, sequence: int, timestamp: int, ssrc: int) -> npt.NDArray[np.uint8]:
        """A copy with its numbers filled in.

        Args:
            sequence: the first packet's number; those that follow count on.
            timestamp: RTP timestamp, 32 bits.
            ssrc: 32 bits.
        """
        count = len(self.starts)
        fields = np.empty((count, 10), np.uint8)
        order = np.arange(sequence, sequence + count).astype(">u2")
        fields[:, :2] = order.view(np.uint8).reshape(count, 2)
        fields[:, 2:] = np.frombuffer(struct.pack("!II", timestamp, ssrc), np.uint8)
        data = self.data.copy()
        data[self.numbers] = fields
        return data


def pack(codec: str, nals: Sequence[bytes]) -> Packed:
    """The packets of a picture; the last carries the marker."""
    parts = [part for nal in nals for part in payloads(codec, nal)]
    pieces, starts, at = [], [], 0
    for index, part in enumerate(parts):
        marker = 0x80 if index == len(parts) - 1 else 0
        framing = struct.pack("!cBH", b"$", 0, _HEADER + len(part))
        pieces += [framing, struct.pack("!BB10x", 0x80, marker | PAYLOAD_TYPE), part]
        starts.append(at)
        at += FRAMING + _HEADER + len(part)
    numbers = np.array(starts).reshape(-1, 1) + np.arange(FRAMING + 2, FRAMING + _HEADER)
    data = np.frombuffer(b"".join(pieces), np.uint8)
    return Packed(data, numbers, tuple(starts), sum(map(len, parts)))


def payloads(codec: str, nal: bytes) -> Iterator[bytes]:
    """A NAL unit as one payload, or as fragments where it is too long for one."""
    if len(nal) <= MAX_PAYLOAD:
        yield nal
        return
    if codec == "h264":
        head, kind, body = bytes([(nal[0] & 0xE0) | _FU_A]), nal[0] & 0x1F, nal[1:]
    else:
        head = bytes([(nal[0] & 0x81) | (_FU_HEVC << 1), nal[1]])
        kind, body = (nal[0] >> 1) & 0x3F, nal[2:]
    room = MAX_PAYLOAD - len(head) - 1
    for begin in range(0, len(body), room):
        piece = body[begin : begin + room]
        first = 0x80 if begin == 0 else 0
        last = 0x40 if begin + room >= len(body) else 0
        yield head + bytes([first | last | kind]) + piece
