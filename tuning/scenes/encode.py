"""Writes frames to an H.264 clip: at an even rate, or each at its own moment."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av

from tuning.scenes.compose import Image

TICKS = 4
"""Moments are exact to this share of a second."""
GOP = 50
"""Frames from keyframe to keyframe: two seconds at 25 a second, as cameras are set."""


def encode(
    frames: Iterable[Image],
    target: Path,
    *,
    fps: int,
    size: tuple[int, int],
    crf: int,
    threads: int,
) -> None:
    """Encodes BGR frames; the file appears whole or not at all.

    Args:
        frames: uint8 pictures of shape (size[1], size[0], 3), BGR.
        target: the MP4 file.
        fps: frames a second.
        size: width and height in pixels, both even.
        crf: x264's quality, lower is better and larger.
        threads: of the encoder.

    Raises:
        OSError: the file cannot be written.
        av.error.FFmpegError: encoding failed.
    """
    partial = target.with_name(target.name + ".part")
    options = {
        "crf": str(crf),
        "preset": "slow",
        "threads": str(threads),
        "x264-params": f"keyint={GOP}:min-keyint={GOP}:scenecut=0:open-gop=0:bframes=2",
    }
    with av.open(str(partial), "w", format="mp4", options={"movflags": "+faststart"}) as file:
        stream = file.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, fps)
        for number, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts = number
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    partial.replace(target)


def encode_moments(
    frames: Iterable[tuple[float, Image]], target: Path, *, crf: int, keyint: int = 30
) -> None:
    """Encodes BGR frames that each have a moment of their own, rare and with gaps.

    Args:
        frames: seconds from the clip's beginning, rising, and uint8 pictures of one size, BGR,
            whose sides are even.
        target: the MP4 file; it appears whole or not at all.
        crf: x264's quality, lower is better and larger.
        keyint: pictures from keyframe to keyframe.

    Raises:
        OSError: the file cannot be written.
        av.error.FFmpegError: encoding failed.
    """
    partial = target.with_name(target.name + ".part")
    options = {
        "crf": str(crf),
        "preset": "medium",
        "threads": "2",
        "x264-params": f"keyint={keyint}:bframes=0:threads=1",
    }
    with av.open(str(partial), "w", format="mp4", options={"movflags": "+faststart"}) as file:
        stream = file.add_stream("libx264", rate=Fraction(1, TICKS), options=options)
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        for number, (seconds, image) in enumerate(frames):
            if number == 0:
                stream.height, stream.width = image.shape[:2]
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = round(seconds * TICKS), Fraction(1, TICKS)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    partial.replace(target)
