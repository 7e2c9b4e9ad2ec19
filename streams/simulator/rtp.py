"""One client's RTP packets and RTCP sender reports (RFC 3550)."""

import secrets
import struct
import time

import numpy as np
import numpy.typing as npt

from streams.simulator.source import CLOCK_RATE, AccessUnit

_NTP_EPOCH = 2_208_988_800


class RtpSender:
    """Numbers one client's packets."""

    def __init__(self) -> None:
        self.ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(16)
        self._offset = secrets.randbits(32)
        self._packets = 0
        self._octets = 0

    def stamp(self, unit: AccessUnit) -> npt.NDArray[np.uint8]:
        """A picture's packets with this client's numbers, framed as `Packed` says."""
        packed = unit.packed
        data = packed.stamped(self._sequence, self._timestamp(unit.pts), self.ssrc)
        count = len(packed.starts)
        self._sequence = (self._sequence + count) & 0xFFFF
        self._packets += count
        self._octets += packed.octets
        return data

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
