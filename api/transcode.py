"""Clips for browsers that cannot show what the camera sent: H.265 as H.264, made when asked for.

The evidence itself is never touched; what is made here is a copy for looking at, kept beside it in
a folder of its own and made again whenever it is gone.
"""

import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import av.error

_ONE_AT_A_TIME = threading.Lock()
"""An encoder takes a core: several at once would slow the API down for everybody."""
_WIDEST = 1280
_KEPT_S = 24 * 3600


class NotPlayable(Exception):
    """A clip that cannot be decoded."""


def playable(clip: Path, folder: Path) -> Path:
    """The clip itself where every browser plays it, else a copy in H.264.

    Args:
        clip: an MP4 file, named by its SHA-256.
        folder: where copies are kept; made when missing.

    Raises:
        NotPlayable: it cannot be decoded.
        OSError: the copy cannot be written.
    """
    if _codec(clip) == "h264":
        return clip
    copy = folder / f"{clip.name}.h264.mp4"
    with _ONE_AT_A_TIME:
        if not copy.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _forget_old(folder)
            part = copy.with_suffix(".part")
            try:
                _encode(clip, part)
                part.replace(copy)
            finally:
                part.unlink(missing_ok=True)
    return copy


def _forget_old(folder: Path) -> None:
    """What was made long ago goes: a copy must not outlive its evidence."""
    oldest = time.time() - _KEPT_S
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _codec(clip: Path) -> str:
    try:
        with av.open(str(clip)) as container:
            return str(container.streams.video[0].codec_context.name)
    except (av.error.FFmpegError, IndexError) as error:
        raise NotPlayable("the clip cannot be read") from error


def _encode(clip: Path, part: Path) -> None:
    try:
        with (
            av.open(str(clip)) as source,
            av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as out,
        ):
            shown = source.streams.video[0]
            rate = shown.average_rate or Fraction(25)
            how = {"preset": "veryfast", "crf": "23"}
            stream = out.add_stream("libx264", rate=rate, options=how)
            scale = min(1.0, _WIDEST / shown.codec_context.width)
            stream.width = int(shown.codec_context.width * scale) // 2 * 2
            stream.height = int(shown.codec_context.height * scale) // 2 * 2
            stream.pix_fmt = "yuv420p"
            stream.time_base = shown.time_base
            for frame in source.decode(shown):
                picture = frame.reformat(stream.width, stream.height, "yuv420p")
                picture.pts, picture.time_base = frame.pts, frame.time_base
                out.mux(stream.encode(picture))
            out.mux(stream.encode(None))
    except av.error.FFmpegError as error:
        raise NotPlayable("the clip cannot be decoded") from error
