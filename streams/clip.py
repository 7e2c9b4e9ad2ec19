"""A recorded clip, read the way a live camera is, on the clip's own clock."""

from __future__ import annotations  # PyAV's packets are generic for type checkers alone

import itertools
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av.error
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from streams.errors import CorruptStream
from streams.frame import ClockSource, Frame, Image
from streams.nal import VIDEO_CODECS
from streams.opening import open_clip, video_of
from streams.picture import EncodedPicture, KeyframeDecoder, always, to_image
from streams.ring import PacketRing

log = logging.getLogger("streams.clip")


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a clip is.

    Attributes:
        codec: FFmpeg's name of it, such as `h264` or `hevc`.
        width: pixels.
        height: pixels.
        fps: pictures a second; 0 if the file does not say.
        duration_s: seconds; 0 if the file does not say.
        gop: pictures from one keyframe to the next at most; None if there is only one keyframe.
    """

    codec: str
    width: int
    height: int
    fps: float
    duration_s: float
    gop: int | None


def clip_frames(
    path: Path,
    camera_id: str,
    start: datetime,
    keyframes_only: bool = True,
    wanted: Callable[[datetime], bool] = always,
    ring: PacketRing | None = None,
) -> Iterator[Frame]:
    """Yields a clip's pictures as fast as they can be read.

    Args:
        path: the file.
        camera_id: whose pictures they are.
        start: capture time of the first picture, timezone-aware, UTC.
        keyframes_only: decode keyframes alone, as live; else every picture.
        wanted: asked with a picture's capture time; an unwanted keyframe is not decoded.
        ring: takes every packet, for evidence clips.

    Raises:
        NotFound: there is no such file.
        NoVideo: it has no video track.
        CorruptStream: it is no video, breaks off in the middle, or not one picture decodes.
    """
    with open_clip(camera_id, path) as container:
        stream = video_of(camera_id, str(path), container)
        clock = _ClipClock(start, stream)
        sink = _RingSink(ring, stream, clock) if ring is not None else None
        decode = _keyframe_decoder(stream) if keyframes_only else _full_decoder(stream)
        failed = decoded = keyframes = 0
        for packet in _packets(camera_id, path, container, stream):
            keyframes += packet.is_keyframe
            if sink is not None and packet.size:
                sink.take(packet)
            for pts, picture in decode(packet, lambda pts: wanted(clock.at(pts))):
                if picture is None:
                    failed += 1
                    continue
                decoded += 1
                seconds = float(pts * clock.time_base)
                yield Frame(camera_id, clock.at(pts), ClockSource.CLIP, seconds, picture)
    if not keyframes:
        raise CorruptStream(camera_id, str(path), "there is no keyframe in it")
    if failed and not decoded:
        raise CorruptStream(camera_id, str(path), f"none of {failed} pictures can be decoded")
    if failed:
        log.warning("%s: %d corrupt pictures skipped (%s)", camera_id, failed, path)


def probe(path: Path) -> StreamInfo:
    """Looks at a clip without decoding it.

    Raises:
        NotFound: there is no such file.
        NoVideo: it has no video track.
        CorruptStream: it is no video, or breaks off in the middle.
    """
    with open_clip(path.name, path) as container:
        stream = video_of(path.name, str(path), container)
        context = stream.codec_context
        packets = (p for p in _packets(path.name, path, container, stream) if p.size)
        keys = [index for index, packet in enumerate(packets) if packet.is_keyframe]
        gaps = [after - before for before, after in itertools.pairwise(keys)]
        duration = container.duration or 0
        return StreamInfo(
            codec=context.name,
            width=context.width,
            height=context.height,
            fps=float(stream.average_rate or 0),
            duration_s=duration / 1_000_000,
            gop=max(gaps, default=None),
        )


_Decoded = Iterator[tuple[int, Image | None]]
_Decode = Callable[["Packet[VideoStream]", Callable[[int], bool]], _Decoded]


class _ClipClock:
    """The clip's own clock: the given start, plus what the timestamps say."""

    def __init__(self, start: datetime, stream: VideoStream) -> None:
        self._start = start
        self.time_base = Fraction(stream.time_base or Fraction(1, 90_000))
        self._first = stream.start_time

    def at(self, pts: int) -> datetime:
        if self._first is None:
            self._first = pts
        return self._start + timedelta(seconds=float((pts - self._first) * self.time_base))


class _RingSink:
    """Gives the ring what a camera would have sent: NAL units with start codes."""

    def __init__(self, ring: PacketRing, stream: VideoStream, clock: _ClipClock) -> None:
        self._ring = ring
        self._stream = stream
        self._clock = clock
        codec = stream.codec_context.name
        self._filter = (
            BitStreamFilterContext(f"{codec}_mp4toannexb", stream)
            if codec in VIDEO_CODECS
            else None
        )
        ring.split()

    def take(self, packet: Packet[VideoStream]) -> None:
        if self._filter is None:
            return
        # The filter takes what it is given to pieces; the decoder still needs it.
        copy = Packet(bytes(packet))
        copy.pts, copy.dts, copy.duration = packet.pts, packet.dts, packet.duration
        copy.time_base, copy.is_keyframe = packet.time_base, packet.is_keyframe
        for out in self._filter.filter(copy):
            pts = out.pts if out.pts is not None else out.dts
            if pts is not None:
                out.stream = self._stream
                self._ring.append(out, self._clock.at(pts))


def _packets(
    camera_id: str, path: Path, container: InputContainer, stream: VideoStream
) -> Iterator[Packet[VideoStream]]:
    try:
        yield from container.demux(stream)
    except (av.error.FFmpegError, OSError) as error:
        failure = CorruptStream(camera_id, str(path), f"cannot be read on: {type(error).__name__}")
    else:
        return
    raise failure


def _keyframe_decoder(stream: VideoStream) -> _Decode:
    context = stream.codec_context
    decoder = KeyframeDecoder(context.name, context.extradata)

    def decode(packet: Packet[VideoStream], wanted: Callable[[int], bool]) -> _Decoded:
        pts = packet.pts if packet.pts is not None else packet.dts
        if packet.size and packet.is_keyframe and pts is not None and wanted(pts):
            picture = EncodedPicture(bytes(packet), pts, Fraction(packet.time_base))
            yield pts, decoder.decode(picture)

    return decode


def _full_decoder(stream: VideoStream) -> _Decode:
    stream.thread_type = "AUTO"

    def decode(packet: Packet[VideoStream], wanted: Callable[[int], bool]) -> _Decoded:
        frames: list[VideoFrame] = []
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            yield packet.pts or 0, None
        for frame in frames:
            if frame.pts is not None and wanted(frame.pts):
                yield frame.pts, to_image(frame)

    return decode
