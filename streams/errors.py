"""What can go wrong with a camera, one class a cause.

    CameraError
    ├── Unreachable      no route, unknown host, connect timed out
    ├── Refused          the port answers with a refusal, or RTSP with 4xx/5xx
    ├── AuthRefused      401 or 403: user or password wrong
    ├── NotFound         404, or the clip is not there
    ├── Stalled          connected, but no packet for the read timeout
    ├── StreamEnded      the camera closed the stream (a silent end of file)
    ├── NoVideo          the stream has no video track
    ├── GeometryChanged  the picture's size changed in mid-stream
    └── CorruptStream    bytes that no decoder takes

No message carries a password: addresses go through `redact` first.
"""


class CameraError(Exception):
    """A camera, or a clip, that cannot be read on.

    Attributes:
        camera_id: whose stream it was.
        source: the address with its credentials taken out.
    """

    reason = "camera_error"
    """A short stable name for logs, metrics and the status page."""

    def __init__(self, camera_id: str, source: str, detail: str) -> None:
        super().__init__(f"{camera_id}: {detail} ({source})")
        self.camera_id = camera_id
        self.source = source
        self.detail = detail


class Unreachable(CameraError):
    """Nothing answers at the address."""

    reason = "unreachable"


class Refused(CameraError):
    """The address answers, and says no."""

    reason = "refused"


class AuthRefused(Refused):
    """User or password is wrong, or missing."""

    reason = "auth_refused"


class NotFound(Refused):
    """The server has no such stream, or the disk no such clip."""

    reason = "not_found"


class Stalled(CameraError):
    """Connected, but nothing has come for the read timeout."""

    reason = "stalled"


class StreamEnded(CameraError):
    """The other side closed the stream."""

    reason = "stream_ended"


class NoVideo(CameraError):
    """There is no video track in the stream."""

    reason = "no_video"


class GeometryChanged(CameraError):
    """The picture's width or height changed in mid-stream."""

    reason = "geometry_changed"


class CorruptStream(CameraError):
    """Bytes that cannot be demuxed or decoded."""

    reason = "corrupt_stream"
