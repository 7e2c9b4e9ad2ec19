"""A server that is not ours, so that we do not only understand ourselves."""

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streamkit import QUICK

from streams.clip import clip_frames
from streams.clock import utcnow
from streams.decoding import Decoder, Tolerance
from streams.encoded import Group
from streams.live import LiveStream
from streams.options import StreamOptions
from streams.picture import to_image
from streams.ring import PacketRing
from streams.rtsp import CameraStream, Hub

PYTHON = "/usr/bin/python3"
NEEDS = (
    "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst; "
    "Gst.init(None); assert all(Gst.ElementFactory.find(n) for n in "
    "('qtdemux', 'h264parse', 'h265parse', 'rtph264pay', 'rtph265pay'))"
)


def has_gstreamer() -> bool:
    try:
        return (
            subprocess.run([PYTHON, "-c", NEEDS], capture_output=True, check=False).returncode == 0
        )
    except OSError:
        return False


pytestmark = pytest.mark.skipif(
    not has_gstreamer(), reason="GStreamer's RTSP server is not there (gir1.2-gst-rtsp-server-1.0)"
)


@pytest.fixture(scope="module")
def port(clips: dict[str, Path]) -> Iterator[int]:
    script = Path(__file__).with_name("gst_server.py")
    clip_args = ["h264", str(clips["h264"]), "hevc", str(clips["hevc"])]
    process = subprocess.Popen([PYTHON, str(script), *clip_args], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_its_pictures_are_the_clips(
    codec: str, transport: str, port: int, clips: dict[str, Path], take, tmp_path: Path
) -> None:
    ring = PacketRing(30, 10_000_000)
    options = StreamOptions(transport=transport, open_timeout_s=5)
    stream = LiveStream("c1", f"rtsp://127.0.0.1:{port}/{codec}", options, ring)
    frames = take(stream, 3)
    originals = [frame.image for frame in clip_frames(clips[codec], "c1", utcnow())]
    assert len(frames) == 3
    for frame in frames:
        assert any(np.array_equal(frame.image, original) for original in originals)
    cut = ring.cut(tmp_path / "cut.mp4", frames[0].captured_at, frames[2].captured_at)
    again = list(clip_frames(cut.path, "c1", cut.start))
    assert np.array_equal(again[0].image, frames[0].image)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_our_own_client_reads_it(
    codec: str, port: int, clips: dict[str, Path], tmp_path: Path
) -> None:
    ring, stop, groups = PacketRing(30, 10_000_000), threading.Event(), []

    def take(stream: CameraStream, group: Group) -> None:
        groups.append(group)
        if len(groups) == 4:
            stop.set()

    stream = CameraStream("c1", f"rtsp://127.0.0.1:{port}/{codec}", take, ring=ring)
    timer = threading.Timer(10, stop.set)
    timer.start()
    Hub([stream]).run(stop)
    timer.cancel()
    assert (len(groups), stream.via) == (4, "rtsp")
    originals = [frame.image for frame in clip_frames(clips[codec], "c1", utcnow())]
    decoder, tolerance = Decoder(), Tolerance()
    for group in groups:
        picture = decoder.newest(group, tolerance)
        assert picture is not None
        assert any(np.array_equal(to_image(picture), original) for original in originals)
    cut = ring.cut(tmp_path / "cut.mp4", groups[0].captured_at, groups[2].captured_at)
    assert len(list(clip_frames(cut.path, "c1", cut.start))) >= 2


def test_its_404_is_named(port: int, take) -> None:
    stream = LiveStream("c1", f"rtsp://127.0.0.1:{port}/other", QUICK)
    take(stream, 1, within_s=1.0)
    assert stream.status.reason == "not_found"
