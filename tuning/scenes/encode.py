"""Writes frames to an H.264 clip with keyframes at even distances."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av

from tuning.scenes.compose import Image

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
