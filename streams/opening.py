"""Opening a stream with PyAV, and FFmpeg's errors in our own names.

FFmpeg's errors quote the address with its password. So nothing of theirs is passed on but the
bare system message, and they are never chained to ours.
"""

import time
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from streams.address import escaped, redact
from streams.errors import (
    AuthRefused,
    CameraError,
    CorruptStream,
    NotFound,
    NoVideo,
    Refused,
    Stalled,
    StreamEnded,
    Unreachable,
)
from streams.options import StreamOptions

_FIRST_PACKET_WILL_DO = {"probesize": "32", "fpsprobesize": "0"}
"""Else FFmpeg waits for several pictures to guess the rate: seconds, where one comes in two."""

_OPEN_ERRORS: tuple[tuple[type[BaseException], type[CameraError], str], ...] = (
    (av.error.HTTPUnauthorizedError, AuthRefused, "401: user or password is wrong or missing"),
    (av.error.HTTPForbiddenError, AuthRefused, "403: this user may not see the stream"),
    (av.error.HTTPNotFoundError, NotFound, "404: the server has no such stream"),
    (av.error.HTTPError, Refused, "the server refuses the stream"),
    (av.error.HTTPClientError, Refused, "the server refuses the request"),
    (av.error.ConnectionRefusedError, Refused, "nothing listens on that port"),
    (av.error.InvalidDataError, CorruptStream, "the server's answer cannot be understood"),
)


def open_live(camera_id: str, url: str, options: StreamOptions) -> InputContainer:
    """Opens a live stream.

    Raises:
        CameraError: of the kind that names the cause; never with the password in it.
    """
    settings = {"analyzeduration": str(options.analyze_us), **_FIRST_PACKET_WILL_DO}
    if url.startswith("rtsp"):
        settings["rtsp_transport"] = options.transport
    began = time.monotonic()
    try:
        return av.open(
            escaped(url),
            options=settings,
            timeout=(options.open_timeout_s, options.read_timeout_s),
        )
    except (av.error.FFmpegError, OSError) as error:
        named = _open_error(camera_id, url, options, error, time.monotonic() - began)
    raise named


def video_of(camera_id: str, source: str, container: InputContainer) -> VideoStream:
    """The first video track.

    Raises:
        NoVideo: there is none that can be decoded.
    """
    for stream in container.streams.video:
        if stream.codec_context is not None:
            return stream
    raise NoVideo(camera_id, redact(source), "there is no video track that can be decoded")


def open_clip(camera_id: str, path: Path) -> InputContainer:
    """Opens a recorded file.

    Raises:
        NotFound: there is no such file.
        CorruptStream: it is no video file, or cannot be read.
    """
    if not path.is_file():
        raise NotFound(camera_id, str(path), "there is no such file")
    try:
        return av.open(str(path))
    except (av.error.FFmpegError, OSError) as error:
        named = CorruptStream(camera_id, str(path), f"cannot be opened: {_system_message(error)}")
    raise named


def read_error(camera_id: str, url: str, read_timeout_s: float, error: Exception) -> CameraError:
    """Names what FFmpeg said while a live stream was being read."""
    source = redact(url)
    if isinstance(error, av.error.ExitError | TimeoutError):
        return Stalled(camera_id, source, f"no packet for {read_timeout_s:g} s")
    if isinstance(error, av.error.InvalidDataError):
        return CorruptStream(camera_id, source, "bytes that cannot be demuxed")
    return StreamEnded(camera_id, source, f"the connection broke: {_system_message(error)}")


def _open_error(
    camera_id: str, url: str, options: StreamOptions, error: Exception, took_s: float
) -> CameraError:
    source = redact(url)
    # An interrupted connect comes out as whatever FFmpeg was doing: only the time tells.
    silent = took_s >= options.open_timeout_s and not isinstance(error, av.error.HTTPClientError)
    if silent or isinstance(error, av.error.ExitError | TimeoutError):
        return Unreachable(camera_id, source, f"no answer within {options.open_timeout_s:g} s")
    for theirs, ours, detail in _OPEN_ERRORS:
        if isinstance(error, theirs):
            return ours(camera_id, source, detail)
    return Unreachable(camera_id, source, f"cannot be reached: {_system_message(error)}")


def _system_message(error: Exception) -> str:
    # Only the system's text: `str(error)` ends with the address, password and all.
    return str(getattr(error, "strerror", None) or type(error).__name__)
