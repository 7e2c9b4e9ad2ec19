"""Pictures as the camera sent them, not yet decoded."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Encoded:
    """One encoded picture, and when it was taken.

    Attributes:
        raw: its bytes as they are held.
        pts: presentation time in ticks of `time_base`; None if the stream gave none.
        time_base: seconds a tick.
        keyframe: whether it can be decoded on its own.
        wallclock: capture time, UTC.
        unpack: makes start-coded NAL units of `raw`; None where it is that already. Most pictures
            are forgotten without ever being unpacked.
    """

    raw: bytes
    pts: int | None
    time_base: Fraction
    keyframe: bool
    wallclock: datetime
    unpack: Callable[[bytes], bytes] | None = None

    @property
    def data(self) -> bytes:
        """The access unit with start codes (Annex B)."""
        return self.raw if self.unpack is None else self.unpack(self.raw)

    @property
    def seconds(self) -> float | None:
        """Presentation time in seconds."""
        return None if self.pts is None else float(self.pts * self.time_base)


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures in decoding order of which the first is a keyframe, and what decodes them.

    Attributes:
        codec: FFmpeg's name of it, such as `h264` or `hevc`.
        sets: parameter sets without start codes; what the stream's description said, where the
            keyframe brings none of its own.
        pictures: at least one.
    """

    codec: str
    sets: tuple[bytes, ...]
    pictures: tuple[Encoded, ...]

    @property
    def captured_at(self) -> datetime:
        """Capture time of the newest picture, UTC."""
        return max(one.wallclock for one in self.pictures)

    def up_to(self, moment: float) -> "Group":
        """Without what comes, in decoding order, after the first picture of a moment or later.

        Args:
            moment: seconds since the epoch.
        """
        for index, one in enumerate(self.pictures):
            if one.wallclock.timestamp() >= moment:
                return replace(self, pictures=self.pictures[: index + 1])
        return self
