"""RTP payloads of H.264 (RFC 6184) and H.265 (RFC 7798), and RTCP sender reports (RFC 3550)."""

import secrets
import struct
import time
from collections.abc import Iterator

from streams.simulator.source import CLOCK_RATE, AccessUnit

PAYLOAD_TYPE = 96
MAX_PAYLOAD = 1400
"""Bytes of one payload: with its headers, a packet fits an Ethernet frame."""

_NTP_EPOCH = 2_208_988_800
_FU_A = 28
_FU_HEVC = 49


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


class RtpSender:
    """Numbers one client's packets."""

    def __init__(self) -> None:
        self.ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(16)
        self._offset = secrets.randbits(32)
        self._packets = 0
        self._octets = 0

    def packets(self, codec: str, unit: AccessUnit) -> list[bytes]:
        """A picture as RTP packets; the last carries the marker."""
        parts = [part for nal in unit.nals for part in payloads(codec, nal)]
        timestamp = self._timestamp(unit.pts)
        made = []
        for index, part in enumerate(parts):
            marker = 0x80 if index == len(parts) - 1 else 0
            header = struct.pack(
                "!BBHII", 0x80, marker | PAYLOAD_TYPE, self._sequence, timestamp, self.ssrc
            )
            self._sequence = (self._sequence + 1) & 0xFFFF
            made.append(header + part)
        self._packets += len(parts)
        self._octets += sum(map(len, parts))
        return made

    def report(self, pts: int, age_s: float) -> bytes:
        """A sender report: which wall-clock time a picture's timestamp is.

        Args:
            pts: the timeline's time of a picture, in ticks.
            age_s: seconds since that moment of the timeline.
        """
        now = time.time()
        seconds = int(now) + _NTP_EPOCH
        fraction = int((now % 1) * (1 << 32))
        timestamp = self._timestamp(pts + round(age_s * CLOCK_RATE))
        return struct.pack(
            "!BBHIIIIII",
            0x80,
            200,
            6,
            self.ssrc,
            seconds & 0xFFFFFFFF,
            fraction,
            timestamp,
            self._packets & 0xFFFFFFFF,
            self._octets & 0xFFFFFFFF,
        )

    def _timestamp(self, ticks: int) -> int:
        return (ticks + self._offset) & 0xFFFFFFFF
