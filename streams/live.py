"""A live camera: pictures for ever, whatever happens to the line."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from streams.address import redact
from streams.backoff import Backoff, Folded
from streams.clock import utcnow
from streams.encoded import Encoded, Group
from streams.errors import AuthRefused, CameraError, Stalled, Unreachable
from streams.frame import ClockSource, Frame
from streams.health import Health, StreamState, StreamStatus
from streams.nal import VIDEO_CODECS, parameter_sets
from streams.options import StreamOptions
from streams.picture import always
from streams.reader import Keyframe, Reader
from streams.ring import PacketRing

log = logging.getLogger("streams.live")

TICK_S = 0.2
"""How often a waiting stream looks whether it should stop."""

SETTLED_S = 5.0
"""A stream that was live for this long was really there: the next wait is a short one again."""

OPEN_GRACE_S = 1.0
"""FFmpeg names the cause of a failed connect itself, if it is given this much longer."""


class LiveStream:
    """One camera's stream, reconnecting for ever."""

    def __init__(
        self,
        camera_id: str,
        url: str,
        options: StreamOptions | None = None,
        ring: PacketRing | None = None,
        now: Callable[[], datetime] = utcnow,
        on_status: Callable[[StreamStatus], None] | None = None,
    ) -> None:
        """Describes the stream; nothing is opened before `frames`.

        Args:
            camera_id: the camera's id in the configuration.
            url: its address, with user and password if it wants them.
            options: transport, timeouts and waits.
            ring: takes every packet that comes, for evidence clips.
            now: the clock, timezone-aware, UTC.
            on_status: told of each change of state and each failed try, from the thread that
                runs `frames`.
        """
        self.camera_id = camera_id
        self.source = redact(url)
        self._url = url
        self._options = options or StreamOptions()
        self._ring = ring
        self._now = now
        self._health = Health(now, on_status)
        self._corrupt_log = Folded()
        self._last: datetime | None = None

    @property
    def status(self) -> StreamStatus:
        """How the stream is doing now."""
        return self._health.status

    @property
    def health(self) -> Health:
        """Where those who decode say what they saw."""
        return self._health

    def frames(
        self, stop: threading.Event, wanted: Callable[[datetime], bool] = always
    ) -> Iterator[Frame]:
        """Yields keyframes as they come, until `stop` is set.

        Every packet goes into the ring unread. Only keyframes are decoded, and of these only the
        wanted ones. What goes wrong is logged once, kept in `status`, and tried again.

        Args:
            stop: ends the iteration within a second, in whatever state the stream is.
            wanted: asked with a keyframe's capture time before it is decoded.
        """
        for reader, keyframe in self._received(stop):
            if wanted(keyframe.captured_at):
                frame = self._decode(reader, keyframe)
                if frame is not None:
                    self._health.frame()
                    yield frame

    def groups(self, stop: threading.Event) -> Iterator[Group]:
        """Yields keyframes as they come, undecoded, until `stop` is set; else as `frames`."""
        for reader, keyframe in self._received(stop):
            picture, decoder = keyframe.picture, reader.decoder
            if decoder is None:
                continue
            codec = decoder.codec
            sets: tuple[bytes, ...] = ()
            if codec in VIDEO_CODECS:
                sets = parameter_sets(codec, picture.data)
                sets = sets or parameter_sets(codec, decoder.extradata or b"")
            at = keyframe.captured_at
            encoded = Encoded(picture.data, picture.pts, picture.time_base, True, at)
            yield Group(codec, sets, (encoded,))

    def _received(self, stop: threading.Event) -> Iterator[tuple[Reader, Keyframe]]:
        waits = Backoff(self._options)
        while not stop.is_set():
            self._health.trying()
            reader = Reader(
                self.camera_id, self._url, self._options, self._ring, self._now, self._last
            )
            reader.start()
            began = time.monotonic()
            try:
                yield from self._watch(reader, stop)
            except CameraError as error:
                if reader.packets and time.monotonic() - began >= SETTLED_S:
                    waits.reset()
                delay_s = waits.next_s()
                if isinstance(error, AuthRefused):
                    delay_s = self._options.auth_wait_s
                reader.give_up()  # or a stalled stream that wakes up would fill the ring
                self._failed(error, delay_s)
                stop.wait(delay_s)
            finally:
                reader.give_up()

    def _watch(self, reader: Reader, stop: threading.Event) -> Iterator[tuple[Reader, Keyframe]]:
        opened = live = False
        while not stop.is_set():
            keyframe = reader.take(TICK_S)
            if not opened and reader.decoder is not None:
                opened = True
                self._health.opened()
            if not live and reader.packets:
                live = True
                self._live(reader)
            self._count_losses(reader)
            if keyframe is None:
                self._check_silence(reader)
                continue
            self._last = keyframe.captured_at
            yield reader, keyframe

    def _decode(self, reader: Reader, keyframe: Keyframe) -> Frame | None:
        picture = keyframe.picture
        image = reader.decoder.decode(picture) if reader.decoder is not None else None
        if image is None:
            self._corrupt(1)
            return None
        pts = picture.seconds or 0.0
        return Frame(self.camera_id, keyframe.captured_at, ClockSource.ARRIVAL, pts, image)

    def _check_silence(self, reader: Reader) -> None:
        silent_s = time.monotonic() - reader.heard_at
        if reader.decoder is None:
            limit_s = self._options.open_timeout_s
            if silent_s > limit_s + OPEN_GRACE_S:
                detail = f"no answer within {limit_s:g} s"
                raise Unreachable(self.camera_id, self.source, detail)
        elif silent_s > self._options.read_timeout_s:
            detail = f"no packet for {self._options.read_timeout_s:g} s"
            raise Stalled(self.camera_id, self.source, detail)

    def _count_losses(self, reader: Reader) -> None:
        lost = reader.lost()
        if lost.dropped:
            self._health.dropped(lost.dropped)
        if lost.corrupt:
            self._corrupt(lost.corrupt)

    def _corrupt(self, count: int) -> None:
        self._health.corrupt(count, "corrupt pictures are skipped")
        total = self._corrupt_log.add(count)
        if total:
            log.warning("%s: %d corrupt pictures skipped (%s)", self.camera_id, total, self.source)

    def _live(self, reader: Reader) -> None:
        if self._health.status.state is not StreamState.LIVE:
            size = "{}x{}".format(*reader.size) if reader.size else "size not known yet"
            log.info("%s: live, %s (%s)", self.camera_id, size, self.source)
        self._health.live()

    def _failed(self, error: CameraError, delay_s: float) -> None:
        next_try_at = self._now() + timedelta(seconds=delay_s)
        self._health.failed(error, next_try_at)
        log.warning("%s, %s; next try in %.1f s", error, error.reason, delay_s)
