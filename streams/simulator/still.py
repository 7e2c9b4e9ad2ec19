"""The last picture of a clip, encoded so that it can be sent again and again."""

from fractions import Fraction
from pathlib import Path

import av
from av.codec import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from streams.nal import split_nals

_ENCODERS = {
    "h264": ("libx264", {"preset": "fast", "crf": "18"}),
    "hevc": ("libx265", {"preset": "fast", "crf": "20", "x265-params": "log-level=none"}),
}


def encode_still(path: Path) -> list[tuple[bytes, ...]]:
    """Encodes the last picture of a clip twice, each time as a keyframe that needs nothing else.

    Twice, because two keyframes that follow each other must differ in their identifiers: sent in
    turn, they do.

    Args:
        path: an H.264 or H.265 file.

    Returns:
        The NAL units of each, without start codes, parameter sets first.
    """
    last: VideoFrame | None = None
    with av.open(str(path)) as container:
        codec = container.streams.video[0].codec_context.name
        for frame in container.decode(video=0):
            last = frame
    if last is None:
        return []
    name, options = _ENCODERS[codec]
    encoder = CodecContext.create(name, "w")
    assert isinstance(encoder, VideoCodecContext)  # noqa: S101 - PyAV's type is too wide
    encoder.width, encoder.height = last.width, last.height
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, 25)
    encoder.gop_size = 1
    encoder.max_b_frames = 0
    encoder.options = options
    packets = []
    for pts in range(2):
        picture = last.reformat(format="yuv420p")
        picture.pts, picture.time_base = pts, Fraction(1, 25)
        packets += encoder.encode(picture)
    packets += encoder.encode(None)
    return [tuple(split_nals(bytes(packet))) for packet in packets]
