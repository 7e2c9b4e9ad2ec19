"""Decoders that many cameras share: a decoder's memory is tens of megabytes, so it is had once."""

import logging

import av
import av.error
from av.codec import CodecContext
from av.codec.context import ThreadType
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from streams.encoded import Group
from streams.nal import joined
from streams.picture import STRICT_TRIES

log = logging.getLogger("streams.decoding")


class Tolerance:
    """Whether a camera's H.265 must please a strict decoder; one that never does is let off.

    FFmpeg's H.265 decoder paints over damage and says nothing, unless it is told to be strict.
    """

    def __init__(self) -> None:
        self.strict = True
        self._failures = 0

    def decoded(self, well: bool) -> None:
        """What came of a picture."""
        if well:
            self._failures = -1
        elif self._failures >= 0:
            self._failures += 1
            self.strict = self.strict and self._failures < STRICT_TRIES


class Decoder:
    """Decodes one group of pictures after another, of whatever camera. For one thread."""

    def __init__(self) -> None:
        self._contexts: dict[tuple[str, bool], VideoCodecContext] = {}

    def newest(self, group: Group, tolerance: Tolerance) -> VideoFrame | None:
        """The newest picture of a group, or None where it cannot be decoded whole.

        Of the pictures before it only those are decoded that others lean on. They take the memory
        of a dozen, which a decoder never gives back: so they get one for themselves.
        """
        strict = group.codec == "hevc" and tolerance.strict
        alone = len(group.pictures) == 1
        context = (self._context if alone else new_context)(group.codec, strict)
        frame: VideoFrame | None = None
        try:
            frame = self._decode(context, group)
        except av.error.FFmpegError:
            frame = None
        finally:
            context.skip_frame = "DEFAULT"
            context.flush_buffers()
        well = frame is not None and not frame.is_corrupt
        tolerance.decoded(well)
        return frame if well else None

    def _decode(self, context: VideoCodecContext, group: Group) -> VideoFrame | None:
        newest: VideoFrame | None = None
        last = len(group.pictures) - 1
        for index, picture in enumerate(group.pictures):
            packet = av.Packet(picture.data if index else joined(group.sets) + picture.data)
            packet.pts = packet.dts = index if picture.pts is None else picture.pts
            packet.is_keyframe = picture.keyframe
            context.skip_frame = "DEFAULT" if index in (0, last) else "NONREF"
            newest = _later(newest, context.decode(packet))
        # A decoder may wait for pictures that come before: draining it says that none will.
        return _later(newest, context.decode(None))

    def _context(self, codec: str, strict: bool) -> VideoCodecContext:
        key = codec, strict
        if key not in self._contexts:
            self._contexts[key] = new_context(codec, strict)
        return self._contexts[key]


def new_context(codec: str, strict: bool) -> VideoCodecContext:
    """A decoder of its own, which ends with a damaged picture where it is strict."""
    context = CodecContext.create(codec, "r")
    assert isinstance(context, VideoCodecContext)  # noqa: S101 - PyAV's type is too wide
    # One thread, or the decoder would hold pictures back for its other threads.
    context.thread_type = ThreadType.NONE
    context.thread_count = 1
    if strict:
        context.options = {"err_detect": "explode"}
    return context


def _later(newest: VideoFrame | None, frames: list[VideoFrame]) -> VideoFrame | None:
    for frame in frames:
        if newest is None or (frame.pts or 0) >= (newest.pts or 0):
            newest = frame
    return newest
