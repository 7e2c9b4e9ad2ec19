"""Many cameras on one thread: their pictures, their clips, and one that misbehaves."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from streamkit import QUICK, make_clip

from detector.health.light import chroma_spread, colour_of, small_grey
from streams.clip import clip_frames
from streams.clock import utcnow
from streams.decoding import Decoder, Tolerance
from streams.encoded import Group
from streams.frame import ClockSource
from streams.health import StreamState
from streams.options import StreamOptions
from streams.picture import to_image
from streams.ring import PacketRing
from streams.rtsp import CameraStream, Hub
from streams.shot import Shot
from streams.simulator import MountOptions, Simulator


class Watched:
    """A hub in the background, and what its cameras gave."""

    def __init__(self) -> None:
        self.hub, self.stop = Hub(), threading.Event()
        self.got: dict[str, list[Group]] = {}
        self.thread = threading.Thread(target=self.hub.run, args=(self.stop,))
        self.thread.start()

    def add(self, name: str, url: str, ring: PacketRing | None = None, **options) -> CameraStream:
        stream = CameraStream(name, url, self._keyframe, StreamOptions(**options), ring)
        self.hub.add(stream)
        return stream

    def _keyframe(self, stream: CameraStream, group: Group) -> None:
        self.got.setdefault(stream.camera_id, []).append(group)

    def until(self, name: str, count: int, within_s: float = 10.0) -> list[Group]:
        limit = time.monotonic() + within_s
        while len(self.got.get(name, [])) < count and time.monotonic() < limit:
            time.sleep(0.02)
        assert len(self.got.get(name, [])) >= count
        return self.got[name]


@pytest.fixture
def watched() -> Iterator[Watched]:
    one = Watched()
    yield one
    one.stop.set()
    one.thread.join(5)
    assert not one.thread.is_alive()


def pixels(group: Group) -> np.ndarray:
    frame = Decoder().newest(group, Tolerance())
    assert frame is not None
    return to_image(frame)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_keyframes_and_clips_are_the_cameras_own(
    codec: str, clips: dict[str, Path], tmp_path: Path, watched: Watched
) -> None:
    ring = PacketRing(30, 10_000_000)
    password = ("admin", "p@ss:/w%rd?")
    with Simulator({"cam": MountOptions(clips[codec])}, credentials=password) as simulator:
        url = simulator.url("cam").replace("rtsp://", "rtsp://admin:p@ss:/w%rd?@")
        stream = watched.add("cam", url, ring)
        groups = list(watched.until("cam", 4))
    assert (stream.via, stream.gop_s) == ("rtsp", pytest.approx(0.5))
    originals = [f.image for f in clip_frames(clips[codec], "c1", utcnow())]
    for group, original in zip(groups, originals, strict=False):
        assert np.array_equal(pixels(group), original)
    first, last = groups[1], groups[3]
    cut = ring.cut(tmp_path / "cut.mp4", first.captured_at, last.captured_at)
    with av.open(str(cut.path)) as container:
        shown = [f.to_ndarray(format="bgr24") for f in container.decode(video=0)]
    assert len(shown) == cut.packets
    assert np.array_equal(shown[0], pixels(first))
    assert np.array_equal(shown[-1], pixels(last)) or any(
        np.array_equal(one, pixels(last)) for one in shown
    )


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_between_keyframes_the_newest_picture_is_decoded_from_the_ring(
    codec: str, tmp_path: Path, watched: Watched
) -> None:
    clip = make_clip(tmp_path / "long.mp4", codec, seconds=4.0, gop=80)
    ring = PacketRing(30, 10_000_000)
    with Simulator({"cam": MountOptions(clip)}) as simulator:
        watched.add("cam", simulator.url("cam"), ring)
        watched.until("cam", 1)
        time.sleep(1.5)
        group = ring.newest()
    assert group is not None
    assert len(group.pictures) > 15
    with av.open(str(clip)) as container:
        shown = {f.pts: f.to_ndarray(format="bgr24") for f in container.decode(video=0)}
    newest = pixels(group)
    match = [index for index, (_, one) in enumerate(sorted(shown.items())) if (one == newest).all()]
    assert len(match) == 1
    assert match[0] >= len(group.pictures) - 4  # B pictures may be sent before they are shown


def test_what_the_client_does_not_speak_goes_to_ffmpeg(
    clips: dict[str, Path], watched: Watched
) -> None:
    with Simulator({"cam": MountOptions(clips["h264"])}) as simulator:
        stream = watched.add("cam", simulator.url("cam"), transport="udp")
        groups = watched.until("cam", 2)
        assert (stream.via, stream.status.state) == ("ffmpeg", StreamState.LIVE)
    originals = [f.image for f in clip_frames(clips["h264"], "c1", utcnow())]
    assert np.array_equal(pixels(groups[0]), originals[0])


def test_bad_cameras_keep_no_good_one_waiting(clips: dict[str, Path], watched: Watched) -> None:
    import socket

    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        Simulator({f"c{i}": MountOptions(clips["h264"]) for i in range(8)}) as simulator,
    ):
        for index in range(5):
            port = silent.getsockname()[1]
            watched.add(f"silent{index}", f"rtsp://127.0.0.1:{port}/x", open_timeout_s=0.5)
            watched.add(f"gone{index}", "rtsp://127.0.0.1:9/x", backoff_first_s=0.05)
            watched.add(f"unknown{index}", "rtsp://no-such-host.invalid/x", backoff_first_s=0.05)
        for index in range(8):
            watched.add(f"c{index}", simulator.url(f"c{index}"))
        for index in range(8):
            watched.until(f"c{index}", 3, within_s=4.0)
    assert set(watched.got) == {f"c{index}" for index in range(8)}


def test_a_camera_can_come_and_go_while_others_play(
    clips: dict[str, Path], watched: Watched
) -> None:
    with Simulator({n: MountOptions(clips["h264"]) for n in ("a", "b")}) as simulator:
        first = watched.add("a", simulator.url("a"))
        watched.until("a", 1)
        watched.add("b", simulator.url("b"))
        watched.until("b", 1)
        watched.hub.remove(first)
        time.sleep(0.5)
        before = Counter({name: len(groups) for name, groups in watched.got.items()})
        time.sleep(1.3)
        assert len(watched.got["a"]) == before["a"]
        assert len(watched.got["b"]) >= before["b"] + 2


def test_timestamps_that_leap_split_the_ring(tmp_path: Path, watched: Watched) -> None:
    from streams.rtsp.connection import Connection
    from streams.rtsp.rtp import Unit
    from streams.simulator.pack import pack

    ring = PacketRing(30, 10_000_000)
    connection = Connection("c", "rtsp://h/c", QUICK, ring, utcnow, None)
    connection._codec = "h264"
    connection._unpack = bytes
    key = pack("h264", [b"\x67\x42\x00\x1e", b"\x68\xce", b"\x65" + bytes(20)])
    for number, stamp in enumerate((1000, 2000, 0xF000_0000, 0xF000_1000, 500)):
        raw = key.stamped(0, stamp, 1).tobytes()
        connection._unit(Unit(raw, stamp, True, True), utcnow())
        assert connection.units == number + 1
    assert connection.jumps == 2
    assert connection.lost == 0


def test_a_shot_is_the_picture_at_any_size(clips: dict[str, Path]) -> None:
    import cv2

    with av.open(str(clips["h264"])) as container:
        frame = next(container.decode(video=0))
    shot = Shot("c", utcnow(), ClockSource.ARRIVAL, 0.0, frame)
    assert (shot.width, shot.height) == (320, 240)
    assert np.array_equal(shot.image, frame.to_ndarray(format="bgr24"))
    for size in ((160, 120), (96, 72), (75, 55)):
        small = shot.scaled(*size)
        usual = cv2.resize(shot.image, size).astype(int)
        assert small.shape == (size[1], size[0], 3)
        assert np.abs(small.astype(int) - usual).mean() < 3.0


def test_a_shot_gives_camera_health_what_the_full_picture_would(clips: dict[str, Path]) -> None:
    with av.open(str(clips["h264"])) as container:
        frame = next(container.decode(video=0))
    shot = Shot("c", utcnow(), ClockSource.ARRIVAL, 0.0, frame)
    assert np.abs(shot.grey().astype(int) - small_grey(shot.image)).mean() < 3
    assert abs(chroma_spread(shot.chroma()) - colour_of(shot.image)) < 25


PAUSED = """
import sys, threading, time
from streams.options import StreamOptions
from streams.ring import PacketRing
from streams.rtsp import CameraStream, Hub

seen, options = [], StreamOptions(read_timeout_s=1)
stream = CameraStream("cam", sys.argv[1], lambda *_: seen.append(1), options)
stop = threading.Event()
thread = threading.Thread(target=Hub([stream]).run, args=(stop,))
thread.start()
for _ in sys.stdin:
    print(stream.status.connects, len(seen), flush=True)
stop.set()
thread.join()
"""


def test_a_pause_of_this_machine_is_not_the_cameras_silence(clips: dict[str, Path]) -> None:
    with Simulator({"cam": MountOptions(clips["h264"])}) as simulator:
        reader = subprocess.Popen(
            [sys.executable, "-c", PAUSED, simulator.url("cam")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert reader.stdin is not None
        assert reader.stdout is not None

        def told() -> tuple[int, int]:
            reader.stdin.write("?\n")
            reader.stdin.flush()
            connects, keyframes = reader.stdout.readline().split()
            return int(connects), int(keyframes)

        def until(keyframes: int) -> int:
            limit = time.monotonic() + 20
            while told()[1] < keyframes:
                assert time.monotonic() < limit
                time.sleep(0.1)
            return told()[0]

        with reader:
            before = until(2)
            os.kill(reader.pid, signal.SIGSTOP)
            time.sleep(2.5)
            os.kill(reader.pid, signal.SIGCONT)
            assert until(told()[1] + 4) == before
            reader.stdin.close()
        assert reader.returncode == 0
