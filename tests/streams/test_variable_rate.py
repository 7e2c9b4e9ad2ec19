"""A camera that sends faster in daylight than at night: its own timestamps are what counts."""

import threading
import time
from fractions import Fraction
from itertools import accumulate, cycle, islice, pairwise
from pathlib import Path

import av
import pytest
from streamkit import picture

from streams.encoded import Group
from streams.options import StreamOptions
from streams.ring import PacketRing
from streams.rtsp import CameraStream, Hub
from streams.simulator import MountOptions, Simulator

STEPS_MS = [40, 40, 40, 40, 40, 200, 200, 80, 80, 40]
"""From one picture to the next; a keyframe each ten pictures, so each 0.8 s."""
TIMES_MS = [0, *accumulate(islice(cycle(STEPS_MS), 59))]


@pytest.fixture
def varying(tmp_path: Path) -> Path:
    path = tmp_path / "varying.mp4"
    with av.open(str(path), "w") as out:
        how = {"preset": "ultrafast", "bf": "0", "forced-idr": "1", "sc_threshold": "0"}
        stream = out.add_stream("libx264", rate=25, options=how)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.codec_context.gop_size = 10
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for index, at in enumerate(TIMES_MS):
            frame = av.VideoFrame.from_ndarray(picture(index, 320, 240), format="rgb24")
            frame.pts, frame.time_base = at, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def test_times_and_clips_keep_the_cameras_own_rhythm(varying: Path, tmp_path: Path) -> None:
    got: list[Group] = []
    ring = PacketRing(30, 10_000_000)
    stop = threading.Event()
    with Simulator({"cam": MountOptions(varying)}) as simulator:
        url = simulator.url("cam")
        stream = CameraStream("cam", url, lambda _, one: got.append(one), StreamOptions(), ring)
        thread = threading.Thread(target=Hub([stream]).run, args=(stop,))
        thread.start()
        limit = time.monotonic() + 20
        while len(got) < 5 and time.monotonic() < limit:
            time.sleep(0.02)
        stop.set()
        thread.join(5)
    assert len(got) >= 5
    assert stream.gop_s == pytest.approx(0.8, abs=0.01)
    assert stream.gop_pictures == pytest.approx(10, abs=3)  # counted as reads bring them
    cut = ring.cut(tmp_path / "cut.mp4", got[1].captured_at, got[3].captured_at)
    with av.open(str(cut.path)) as container:
        shown = container.streams.video[0]
        times = [p.pts * shown.time_base for p in container.demux(shown) if p.pts is not None]
    steps = [round(float(b - a) * 1000) for a, b in pairwise(times)]
    assert steps == (STEPS_MS * 3)[: len(steps)]
    assert len(steps) >= 20
