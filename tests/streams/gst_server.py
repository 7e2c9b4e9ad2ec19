"""GStreamer's RTSP server over one MP4 file; run with the system's python3, which has `gi`."""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
PARSERS = {"h264": ("h264parse", "rtph264pay"), "hevc": ("h265parse", "rtph265pay")}
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")
for codec, clip in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
    parse, pay = PARSERS[codec]
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( filesrc location={clip} ! qtdemux ! {parse} ! {pay} name=pay0 pt=96 )")
    server.get_mount_points().add_factory(f"/{codec}", factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
