"""What is known of a live stream at this moment."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from streams.errors import CameraError, CorruptStream, NoVideo, Refused, Stalled, StreamEnded

DEGRADED_FOR = timedelta(seconds=10)
"""A stream counts as degraded until this long after its last corrupt picture."""


FROZEN = "frozen"
"""The reason of a camera that sends the same picture again and again."""


class StreamState(StrEnum):
    """How a live stream is doing."""

    CONNECTING = "connecting"
    """Not there yet, or unreachable; `reason` says which."""
    LIVE = "live"
    """Packets are coming."""
    STALLED = "stalled"
    """It was live, and packets stopped coming."""
    REFUSED = "refused"
    """The other side says no: password, path, or no video."""
    DEGRADED = "degraded"
    """Packets are coming, and some are corrupt."""


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """A live stream's health.

    Attributes:
        state: how it is doing.
        since: since when, UTC.
        reason: a short stable name (`CameraError.reason`), empty while all is well.
        detail: one sentence for people, without credentials.
        next_try_at: when the next connect begins, UTC; None while connected or connecting.
        connects: how often the stream was opened.
        frames: pictures handed on.
        dropped: pictures lost, because they were corrupt or the reader of frames was too slow.
    """

    state: StreamState
    since: datetime
    reason: str
    detail: str
    next_try_at: datetime | None
    connects: int
    frames: int
    dropped: int


def state_of(error: CameraError) -> StreamState:
    """The state in which an error leaves a stream."""
    if isinstance(error, Refused | NoVideo):
        return StreamState.REFUSED
    if isinstance(error, Stalled | StreamEnded):
        return StreamState.STALLED
    return StreamState.DEGRADED if isinstance(error, CorruptStream) else StreamState.CONNECTING


class Health:
    """Keeps the status of one stream and tells when it changes; safe across threads."""

    def __init__(
        self, now: Callable[[], datetime], on_status: Callable[[StreamStatus], None] | None
    ) -> None:
        self._now = now
        self._tell = on_status
        self._lock = threading.Lock()
        self._corrupt_at: datetime | None = None
        self._status = StreamStatus(StreamState.CONNECTING, now(), "", "", None, 0, 0, 0)

    @property
    def status(self) -> StreamStatus:
        """The status now."""
        with self._lock:
            return self._status

    def trying(self) -> None:
        """A connect begins. What failed before stays in sight until packets come."""
        with self._lock:
            self._status = replace(self._status, next_try_at=None)

    def opened(self) -> None:
        """The stream's description has come."""
        with self._lock:
            self._status = replace(self._status, connects=self._status.connects + 1)

    def live(self) -> None:
        """Packets are coming."""
        self._enter(StreamState.LIVE, "", "")

    def failed(self, error: CameraError, next_try_at: datetime) -> None:
        """The stream is gone, and will be tried again."""
        self._enter(state_of(error), error.reason, error.detail, next_try_at)

    def frame(self) -> None:
        """A picture is handed on."""
        now = self._now()
        with self._lock:
            self._status = replace(self._status, frames=self._status.frames + 1)
            well = (
                self._status.state is StreamState.DEGRADED
                and self._corrupt_at is not None
                and now - self._corrupt_at > DEGRADED_FOR
            )
        if well:
            self.live()

    def seen(self) -> None:
        """A picture was decoded: the camera is there, whatever was thought of it before."""
        self.frame()
        if self.status.state is not StreamState.DEGRADED or self.status.reason == FROZEN:
            self.live()

    def frozen(self, since: datetime) -> None:
        """Pictures come, and each is the same as the one before, to the pixel."""
        detail = f"the picture has not changed since {since.isoformat(timespec='seconds')}"
        self._enter(StreamState.DEGRADED, FROZEN, detail)

    def dropped(self, count: int) -> None:
        """Pictures were lost because nobody took them."""
        with self._lock:
            self._status = replace(self._status, dropped=self._status.dropped + count)

    def corrupt(self, count: int, detail: str) -> None:
        """Pictures or packets came that no decoder takes."""
        self.dropped(count)
        self._corrupt_at = self._now()
        self._enter(StreamState.DEGRADED, CorruptStream.reason, detail)

    def _enter(
        self, state: StreamState, reason: str, detail: str, next_try_at: datetime | None = None
    ) -> None:
        with self._lock:
            old = self._status
            same = (old.state, old.reason) == (state, reason)
            since = old.since if same else self._now()
            self._status = new = replace(
                old, state=state, since=since, reason=reason, detail=detail, next_try_at=next_try_at
            )
        if self._tell is not None and (not same or next_try_at is not None):
            self._tell(new)
