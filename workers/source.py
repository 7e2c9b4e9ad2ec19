"""One stream of a camera: its newest pictures, and whether they prove anything."""

from dataclasses import dataclass, field

from streams.decoding import Decoder, Tolerance
from streams.encoded import Group
from streams.frame import ClockSource
from streams.rtsp import CameraStream
from streams.shot import Shot
from workers.freeze import FreezeWatch


@dataclass(slots=True)
class Source:
    """A stream and what is remembered of it from picture to picture.

    Attributes:
        stream: where its pictures come from.
        newest: the newest keyframe, undecoded.
        size: width and height of the last picture that was decoded, pixels.
        freeze: whether it goes on showing the same.
        tolerance: how strictly it is decoded.
    """

    stream: CameraStream
    newest: Group | None = None
    size: tuple[int, int] | None = None
    freeze: FreezeWatch = field(default_factory=FreezeWatch)
    tolerance: Tolerance = field(default_factory=Tolerance)

    def group(self, onward: float | None = None) -> Group | None:
        """The newest keyframe; or with what came since.

        Args:
            onward: seconds since the epoch; what came since is taken up to the first picture of
                this moment or later, and whole where there is none yet.
        """
        ring = self.stream.ring
        if onward is None or ring is None:
            return self.newest
        group = ring.newest()
        return None if group is None else group.up_to(onward)

    def decode(self, decoder: Decoder, group: Group) -> Shot | None:
        """The newest picture of a group; None, and counted, where it cannot be decoded."""
        frame = decoder.newest(group, self.tolerance)
        if frame is None:
            self.stream.corrupt()
            return None
        picture = next((p for p in group.pictures if p.pts == frame.pts), group.pictures[-1])
        name, at, pts = self.stream.camera_id, picture.wallclock, picture.seconds or 0.0
        shot = Shot(name, at, ClockSource.ARRIVAL, pts, frame)
        self.size = shot.width, shot.height
        since = self.freeze.unchanged_since(shot.grey(), shot.captured_at)
        if since is None:
            self.stream.health.seen()
        else:
            self.stream.health.frozen(since)
        return shot
