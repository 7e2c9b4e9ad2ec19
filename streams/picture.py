"""Decoding single keyframes, each on its own."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

import av
import av.error
import numpy as np
from av.codec import CodecContext
from av.codec.context import ThreadType
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from streams.frame import Image


def always(_captured_at: datetime) -> bool:
    """Wants every picture."""
    return True


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A keyframe as it came, with nothing of FFmpeg's memory in it.

    Attributes:
        data: the access unit's bytes.
        pts: presentation time in ticks of `time_base`; None if the stream gave none.
        time_base: seconds a tick.
    """

    data: bytes
    pts: int | None
    time_base: Fraction

    @property
    def seconds(self) -> float | None:
        """Presentation time in seconds."""
        return None if self.pts is None else float(self.pts * self.time_base)


STRICT_TRIES = 5
"""A strict decoder that has failed this often, and never succeeded, is not used any more."""


class KeyframeDecoder:
    """Decodes keyframes one by one. Not safe across threads."""

    def __init__(self, codec: str, extradata: bytes | None) -> None:
        self.codec = codec
        self.extradata = extradata
        # FFmpeg's H.265 decoder paints over damage and says nothing, unless it is told to be
        # strict; even then a slice that only ends too soon is not always seen. There may be
        # cameras that never please a strict one: see `decode`.
        self._strict = codec == "hevc"
        self._failures = 0
        self._context = self._new_context()

    def decode(self, picture: EncodedPicture) -> Image | None:
        """The picture as uint8 (height, width, 3) BGR, or None where it is damaged."""
        image = self._decode(picture)
        if image is not None:
            self._failures = -1  # never mind what comes: this decoder can read this camera
        elif self._strict and self._failures >= 0:
            self._failures += 1
            if self._failures == STRICT_TRIES:
                self._strict = False
                self._context = self._new_context()
        return image

    def _new_context(self) -> VideoCodecContext:
        context = CodecContext.create(self.codec, "r")
        assert isinstance(context, VideoCodecContext)  # noqa: S101 - PyAV's type is too wide
        # One thread, or the decoder would hold pictures back for its other threads.
        context.thread_type = ThreadType.NONE
        context.thread_count = 1
        if self._strict:
            context.options = {"err_detect": "explode"}
        if self.extradata:
            context.extradata = self.extradata
        return context

    def _decode(self, picture: EncodedPicture) -> Image | None:
        packet = av.Packet(picture.data)
        packet.pts = packet.dts = 0
        packet.is_keyframe = True
        try:
            # A decoder may wait for pictures that come before this one: draining it says that
            # none will.
            frames = [*self._context.decode(packet), *self._context.decode(None)]
        except av.error.FFmpegError:
            frames = []
        self._context.flush_buffers()
        return to_image(frames[0]) if frames and not frames[0].is_corrupt else None


def to_image(frame: VideoFrame) -> Image:
    """A decoded picture as uint8 (height, width, 3) BGR, contiguous."""
    return np.ascontiguousarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8)
