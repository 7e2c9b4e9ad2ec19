"""Capture times from arrival times."""

from datetime import UTC, datetime, timedelta

MAX_DRIFT = timedelta(seconds=2)
MAX_BACK = timedelta(seconds=5)
"""Further back, and this machine's own clock was set: that is followed."""


def utcnow() -> datetime:
    """This machine's clock, timezone-aware, UTC."""
    return datetime.now(UTC)


class ArrivalClock:
    """Turns a stream's own timestamps into wall-clock time, for one connection.

    A packet can be late, never early: the least difference between arrival and timestamp is the
    best guess of what the camera's clock means, and jitter cannot move it. When a packet is more
    than two seconds off that guess (the camera's clock jumped, or runs slow), its own arrival
    becomes the new guess.
    """

    def __init__(self, after: datetime | None = None) -> None:
        """A clock for a new connection.

        Args:
            after: the last keyframe's capture time on the connection before.
        """
        self._anchor: datetime | None = None
        self._last = after

    def keyframe_at(self, arrival: datetime, pts: float | None) -> datetime:
        """The capture time of a keyframe: as `captured_at`, and after the keyframe before it.

        When the guess gets better, a keyframe could seem to be older than the one before.
        """
        at = self.captured_at(arrival, pts)
        if self._last is not None and timedelta() <= self._last - at < MAX_BACK:
            at = self._last + timedelta(milliseconds=1)
        self._last = at
        return at

    def captured_at(self, arrival: datetime, pts: float | None) -> datetime:
        """The capture time of a packet.

        Args:
            arrival: when it came, timezone-aware, UTC.
            pts: its presentation time in seconds; None if the stream gave none.
        """
        if pts is None:
            return arrival
        offset = timedelta(seconds=pts)
        guess = arrival - offset
        if self._anchor is None or guess < self._anchor or guess - self._anchor > MAX_DRIFT:
            self._anchor = guess
        return self._anchor + offset
