"""A clip with what the pipeline made of it drawn on every picture."""

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from detector.draw import annotate
from detector.image import Image
from detector.violation import Change, Violation
from streams.clip import clip_frames
from tuning.replay import Judged

_GONE = (Change.CLEARED, Change.WITHDRAWN)


def write_annotated(
    judged: Judged, path: Path, progress: Callable[[float, float], None] | None = None
) -> None:
    """Write an H.264 MP4 of the whole clip with the open violations drawn on it.

    Candidates carry a question mark.

    Args:
        judged: the replay; its clip is read once more.
        path: the MP4.
        progress: called with the seconds done and of all.

    Raises:
        CameraError: the clip cannot be read.
        OSError: the file cannot be written.
    """
    frames = clip_frames(judged.clip, judged.clip.stem, judged.start, keyframes_only=False)
    events = iter(judged.events)
    coming = next(events, None)
    standing: dict[str, Violation] = {}
    with av.open(str(path), "w", options={"movflags": "faststart"}) as out:
        stream: VideoStream | None = None
        for frame in frames:
            while coming is not None and coming.at <= frame.captured_at:
                standing[coming.violation.id] = coming.violation
                if coming.change in _GONE:
                    del standing[coming.violation.id]
                coming = next(events, None)
            if stream is None:
                stream = _stream(out, judged, frame.image)
            _write(out, stream, _drawn(frame.image, standing), judged, frame.captured_at)
            if progress is not None:
                progress((frame.captured_at - judged.start).total_seconds(), judged.seconds)
        if stream is not None:
            out.mux(stream.encode(None))


def _stream(out: av.container.OutputContainer, judged: Judged, image: Image) -> VideoStream:
    rate = Fraction(judged.info.fps or 25).limit_denominator(1001)
    stream = out.add_stream("libx264", rate=rate, options={"crf": "23", "preset": "veryfast"})
    # 4:2:0 has a sample of colour for each two pixels: odd sides lose their last one.
    stream.height, stream.width = (side // 2 * 2 for side in image.shape[:2])
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = Fraction(1, 90_000)
    return stream


def _drawn(image: Image, standing: dict[str, Violation]) -> Image:
    shown = list(standing.values())
    words = [
        f"{one.kind} {one.score:.2f}" + ("" if one.confirmed_at is not None else " ?")
        for one in shown
    ]
    drawn = annotate(image, [one.box for one in shown], words)
    height, width = (side // 2 * 2 for side in drawn.shape[:2])
    return drawn[:height, :width]


def _write(
    out: av.container.OutputContainer,
    stream: VideoStream,
    image: Image,
    judged: Judged,
    at: datetime,
) -> None:
    frame = VideoFrame.from_ndarray(image, format="bgr24")
    frame.pts = round((at - judged.start).total_seconds() * 90_000)
    frame.time_base = Fraction(1, 90_000)
    out.mux(stream.encode(frame))
