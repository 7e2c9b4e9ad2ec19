"""A camera's second, smaller stream, where its main one's keyframes are too far apart.

Between two keyframes a picture costs the decoding of all that came since the last one. On a
sub-stream that is a fraction of the pixels. It is open only while some model needs it. Evidence
and clips come from the main stream.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from av.video.frame import VideoFrame

from detector.letterbox import fit_of
from streams.decoding import Decoder
from streams.encoded import Group
from streams.options import StreamOptions
from streams.ring import PacketRing
from streams.rtsp import CameraStream, Hub
from streams.shot import Shot, SubShot
from workers.source import Source

FRESH = timedelta(seconds=3)
"""A sub-stream that has sent nothing for so long does not serve: the main one does."""
_RING_S, _RING_BYTES = 1.0, 4 * 2**20
_USUAL_FPS = 25.0


@dataclass(frozen=True, slots=True)
class View:
    """What a look between two keyframes of a stream takes.

    Attributes:
        width: pixels.
        height: pixels.
        group: pictures from one keyframe to the next.
    """

    width: int
    height: int
    group: float

    @property
    def cost(self) -> float:
        """Pixels to decode for one such look: it falls into the middle of a group on average."""
        return self.width * self.height * (1 + self.group / 2)


def served(main: View, sub: View, inputs: Mapping[str, tuple[int, int]]) -> tuple[str, ...]:
    """The models that are to look at the sub-stream between the main stream's keyframes.

    Args:
        main: the camera's main stream.
        sub: its sub-stream.
        inputs: width and height, pixels, of the models whose cadence the main stream's keyframes
            do not keep.

    Returns:
        Those that lose nothing by it, since the sub-stream has the pixels that their input takes;
        none where it costs no less than the main stream.
    """
    if sub.cost >= main.cost:
        return ()
    inner = {name: fit_of(main.width, main.height, *size).inner for name, size in inputs.items()}
    return tuple(n for n, (w, h) in inner.items() if w <= sub.width and h <= sub.height)


class SubStream:
    """One camera's; see the module.

    Attributes:
        source: the stream, while it is open.
        models: those that look at it now.
        looks: how often it was looked at.
    """

    def __init__(
        self, camera_id: str, url: str, options: StreamOptions, now: Callable[[], datetime]
    ) -> None:
        self._name = f"{camera_id} (sub-stream)"
        self._url = url
        self._options = options
        self._now = now
        self.source: Source | None = None
        self.models: tuple[str, ...] = ()
        self.looks = 0

    def tend(self, hub: Hub, *, needed: bool) -> None:
        """Opens it or closes it."""
        if needed and self.source is None:
            ring = PacketRing(_RING_S, _RING_BYTES)
            make = CameraStream(
                self._name, self._url, self._keyframe, self._options, ring, now=self._now
            )
            self.source = Source(make)
            hub.add(make)
        elif not needed and self.source is not None:
            hub.remove(self.source.stream)
            self.source, self.models = None, ()

    def look(
        self,
        decoder: Decoder,
        main: Source,
        inputs: Mapping[str, tuple[int, int]],
        looking: tuple[str, ...],
    ) -> tuple[Shot, Source] | None:
        """The newest picture, as one of the main stream; None where the main one has to serve.

        Args:
            decoder: of the thread that looks, which may ask it for the full picture until it
                looks at another camera.
            main: the camera's main stream.
            inputs: see `served`.
            looking: the models that are to look at this picture.
        """
        source = self.source
        group = None if source is None else source.group(math.inf)
        self.models = ()
        if source is None or group is None or main.size is None:
            return None
        if self._now() - group.captured_at > FRESH:
            return None
        shot: Shot | None = None
        if source.size is None:  # the first picture says how large it is
            shot = source.decode(decoder, group)
        if source.size is None:
            return None
        views = _view(main.size, main.stream), _view(source.size, source.stream)
        self.models = served(*views, inputs)
        if not set(looking) <= set(self.models):
            return None
        shot = shot or source.decode(decoder, group)
        if shot is None:
            return None
        self.looks += 1

        def full() -> VideoFrame | None:
            newest = main.group(math.inf)
            return None if newest is None else decoder.newest(newest, main.tolerance)

        return SubShot(shot, *main.size, full), source

    def _keyframe(self, _stream: CameraStream, group: Group) -> None:
        if self.source is not None:
            self.source.newest = group


def _view(size: tuple[int, int], stream: CameraStream) -> View:
    group = stream.gop_pictures
    if group is None:
        group = (stream.gop_s or 0.0) * _USUAL_FPS
    return View(*size, group)
