"""Live view from a real camera of the simulation: soon, in order, bounded, and over in time."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from fleetkit import watching

from api.schema.line import LiveOrder
from streams.simulator import MountOptions, Simulator
from workers.live import LiveView

FPS, PICTURES, SIZE = 10, 300, (1280, 720)


@pytest.fixture(scope="module", params=["libx264", "libx265"])
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bar that moves from left to right for half a minute, with one keyframe in ten seconds."""
    path = tmp_path_factory.mktemp("clips") / "bar.mp4"
    with av.open(str(path), "w") as out:
        options = {"preset": "ultrafast", "bf": "0"}
        if request.param == "libx265":
            options = {"preset": "ultrafast", "x265-params": "bframes=0:keyint=100:log-level=none"}
        stream = out.add_stream(request.param, rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.codec_context.gop_size = 100
        stream.codec_context.time_base = Fraction(1, FPS)
        for index in range(PICTURES):
            image = np.full((SIZE[1], SIZE[0], 3), (0, 160, 0), np.uint8)
            image[:, SIZE[0] * index // PICTURES :][:, :16] = 255
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(stream.encode(None))
    return path


@dataclass
class Line:
    """Where a worker sends live pictures: each with the camera's time, and when it came."""

    came: list[tuple[datetime, datetime, bytes]] = field(default_factory=list)
    stuck: threading.Event | None = None

    def send(self, message: bytes) -> bool:
        head, _, jpeg = message.partition(b"\n")
        at = datetime.fromisoformat(json.loads(head)["at"])
        self.came.append((at, datetime.now(UTC), jpeg))
        if self.stuck is not None:
            self.stuck.wait(10)
        return True

    def until(self, count: int, within_s: float = 15.0) -> None:
        end = time.monotonic() + within_s
        while len(self.came) < count:
            assert time.monotonic() < end, f"{len(self.came)} pictures came"
            time.sleep(0.02)


@contextmanager
def showing(view: LiveView) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=view.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def bar(jpeg: bytes) -> float:
    """Where the bar is, as a share of the picture."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.shape[1] == 960
    return float(image[:, :, 2].mean(axis=0).argmax()) / 960


def show(for_s: float) -> LiveOrder:
    return LiveOrder(camera_id="cam", for_s=for_s)


def test_what_moves_is_seen_moving_within_a_second_though_keyframes_are_ten_apart(
    clip: Path, tmp_path: Path
) -> None:
    line = Line()
    with (
        Simulator({"cam": MountOptions(clip)}) as camera,
        watching(tmp_path, camera.url("cam")) as watch,
    ):
        view = LiveView(watch.fleet, line.send)
        with showing(view):
            watch.until(sub=False, count=1)
            time.sleep(2)  # the viewer comes in the middle of a group
            view.told(show(60))
            line.until(14)
    seen = line.came[2:]  # the keyframe that opens the group is shown first
    delays = sorted((came - at).total_seconds() for at, came, _ in seen)
    assert delays[len(delays) // 2] < 1.0, delays
    assert (seen[-1][1] - seen[0][1]).total_seconds() / (len(seen) - 1) < 0.5
    places = [bar(jpeg) for _, _, jpeg in seen]
    assert places == sorted(places)
    assert places[-1] > places[0]
    assert watch.stream.status.connects == 1  # and nobody has opened the camera a second time


def test_it_ends_when_it_is_told_on_no_more_and_when_it_is_ended(
    clip: Path, tmp_path: Path
) -> None:
    line = Line()
    with (
        Simulator({"cam": MountOptions(clip)}) as camera,
        watching(tmp_path, camera.url("cam")) as watch,
    ):
        view = LiveView(watch.fleet, line.send)
        with showing(view):
            watch.until(sub=False, count=1)
            view.told(show(1.0))
            line.until(2)
            time.sleep(1.2)
            count = len(line.came)
            time.sleep(0.8)
            assert len(line.came) == count
            view.told(show(60))
            line.until(count + 2)
            view.told(show(0))
            time.sleep(0.4)
            count = len(line.came)
            time.sleep(0.6)
            assert len(line.came) == count


def test_a_line_that_is_slow_gets_the_newest_picture_next_and_none_waits(
    clip: Path, tmp_path: Path
) -> None:
    line = Line(stuck=threading.Event())
    with (
        Simulator({"cam": MountOptions(clip)}) as camera,
        watching(tmp_path, camera.url("cam")) as watch,
    ):
        view = LiveView(watch.fleet, line.send)
        with showing(view):
            watch.until(sub=False, count=1)
            view.told(show(60))
            line.until(1)
            time.sleep(2.0)
            assert len(line.came) == 1  # the first is still on its way
            stuck, line.stuck = line.stuck, None
            assert stuck is not None
            stuck.set()
            line.until(4)
    at, came, _ = line.came[3]
    assert (came - at).total_seconds() < 1.5  # what was missed meanwhile is not caught up with


def test_the_wall_gets_a_small_picture_of_what_was_decoded_anyhow(
    clip: Path, tmp_path: Path
) -> None:
    line = Line()
    with (
        Simulator({"cam": MountOptions(clip)}) as camera,
        watching(tmp_path, camera.url("cam")) as watch,
    ):
        view = LiveView(watch.fleet, line.send)
        watch.fleet.on_shot = view.saw
        with showing(view):
            line.until(1)
            watch.until(sub=False, count=3)
    assert len(line.came) == 1  # one in half a minute, however often the camera was looked at
    image = cv2.imdecode(np.frombuffer(line.came[0][2], np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.shape == (270, 480, 3)
