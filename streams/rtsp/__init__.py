"""An RTSP client for many cameras on one thread: H.264 and H.265, RTP over the RTSP connection.

What it does not speak (UDP alone, TLS, other codecs, redirections) goes to FFmpeg's demuxer.
"""

from streams.rtsp.hub import Hub
from streams.rtsp.stream import CameraStream

__all__ = ["CameraStream", "Hub"]
