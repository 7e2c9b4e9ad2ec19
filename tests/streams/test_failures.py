"""Whatever happens to the line has a name, is kept in the status, and is tried again."""

import itertools
import logging
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest
from streamkit import QUICK, Server, make_damaged_clip

from streams.decoding import Decoder, Tolerance
from streams.encoded import Group
from streams.errors import CorruptStream
from streams.frame import ClockSource, Frame
from streams.health import StreamState, StreamStatus
from streams.live import LiveStream
from streams.options import StreamOptions
from streams.picture import to_image
from streams.ring import PacketRing
from streams.rtsp import CameraStream, Hub
from streams.simulator import MountOptions, Simulator

SECRET = "s3cr3t@/:x"


def with_credentials(url: str, user: str = "admin", password: str = SECRET) -> str:
    return url.replace("rtsp://", f"rtsp://{user}:{password}@")


class Watch:
    """A stream that is watched in the background, FFmpeg reading it."""

    def __init__(self, url: str, options=QUICK, ring: PacketRing | None = None) -> None:
        self.told: list[StreamStatus] = []
        self.frames: list[Frame] = []
        self.stop = threading.Event()
        self.stream = self._stream(url, options, ring)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _stream(self, url: str, options, ring):
        return LiveStream("c1", url, options, ring, on_status=self.told.append)

    def _run(self) -> None:
        for frame in self.stream.frames(self.stop):
            self.frames.append(frame)

    def until(self, state: StreamState, reason: str = "", within_s: float = 8.0) -> StreamStatus:
        limit = time.monotonic() + within_s
        while time.monotonic() < limit:
            status = self.stream.status
            if (status.state, status.reason) == (state, reason):
                return status
            time.sleep(0.02)
        raise AssertionError(f"not {state} {reason!r} but {self.stream.status}")

    def stopped_within_s(self) -> float:
        began = time.monotonic()
        self.stop.set()
        self.thread.join(10)
        assert not self.thread.is_alive()
        return time.monotonic() - began


class HubWatch(Watch):
    """The same, our own client reading it."""

    def _stream(self, url: str, options, ring):
        self._decoder, self._tolerance = Decoder(), Tolerance()
        return CameraStream("c1", url, self._keyframe, options, ring, on_status=self.told.append)

    def _run(self) -> None:
        Hub([self.stream]).run(self.stop)

    def _keyframe(self, stream: CameraStream, group: Group) -> None:
        picture = self._decoder.newest(group, self._tolerance)
        if picture is None:
            stream.corrupt()
            return
        stream.health.seen()
        at, pts = group.captured_at, group.pictures[0].seconds
        self.frames.append(Frame("c1", at, ClockSource.ARRIVAL, pts, to_image(picture)))


@pytest.fixture(params=[Watch, HubWatch], ids=["ffmpeg", "rtsp"])
def watch(request: pytest.FixtureRequest) -> Iterator[Callable[..., Watch]]:
    watches: list[Watch] = []

    def start(*args, **how) -> Watch:
        watches.append(request.param(*args, **how))
        return watches[-1]

    yield start
    for one in watches:
        one.stopped_within_s()


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"rtsp://127.0.0.1:{server.getsockname()[1]}/cam"


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_port_where_nothing_listens(watch) -> None:
    status = watch(f"rtsp://127.0.0.1:{closed_port()}/cam").until(StreamState.REFUSED, "refused")
    assert "nothing listens" in status.detail
    assert status.next_try_at is None or status.next_try_at > status.since


def test_an_address_that_never_answers(watch, silent: str) -> None:
    status = watch(silent).until(StreamState.CONNECTING, "unreachable")
    assert "no answer within 1 s" in status.detail


def test_a_host_that_is_not_there(watch) -> None:
    watch("rtsp://no-such-host.invalid/cam").until(StreamState.CONNECTING, "unreachable")


def test_a_stream_that_the_camera_does_not_have(watch, clips: dict[str, Path]) -> None:
    with Simulator({"cam": MountOptions(clips["h264"])}) as simulator:
        watch(simulator.url("other")).until(StreamState.REFUSED, "not_found")


@pytest.mark.parametrize("user", ["", "admin:wrong@", "other:s3cr3t@"])
def test_a_wrong_password(user: str, watch, clips: dict[str, Path]) -> None:
    mounts = {"cam": MountOptions(clips["h264"])}
    with Simulator(mounts, credentials=("admin", "s3cr3t")) as simulator:
        url = simulator.url("cam").replace("rtsp://", f"rtsp://{user}")
        watch(url).until(StreamState.REFUSED, "auth_refused")


def test_what_speaks_no_rtsp(watch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            connection.recv(1000)
            connection.sendall(b"220 mail.example ESMTP\r\n" * 50)
            connection.close()

        threading.Thread(target=answer, daemon=True).start()
        one = watch(f"rtsp://127.0.0.1:{server.getsockname()[1]}/cam")
        limit = time.monotonic() + 5
        while not one.told and time.monotonic() < limit:
            time.sleep(0.02)
        assert one.told[0].reason in ("corrupt_stream", "unreachable")


def test_a_killed_camera_is_a_lost_one_and_comes_back(watch, clips, serve) -> None:
    server: Server = serve(clips["h264"])
    one = watch(server.url)
    one.until(StreamState.LIVE)
    server.end()
    limit = time.monotonic() + 5
    while not one.told[1:] and time.monotonic() < limit:
        time.sleep(0.02)
    assert (one.told[1].state, one.told[1].reason) == (StreamState.STALLED, "stream_ended")
    one.until(StreamState.REFUSED, "refused")
    serve(clips["h264"], server.port)
    assert one.until(StreamState.LIVE).connects == 2
    count = len(one.frames)
    time.sleep(1.2)
    assert len(one.frames) > count


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_camera_that_hangs_is_stalled_and_recovers(transport, watch, clips, serve) -> None:
    server: Server = serve(clips["h264"])
    one = watch(server.url, replace(QUICK, transport=transport))
    one.until(StreamState.LIVE)
    os.kill(server.process.pid, signal.SIGSTOP)
    began = time.monotonic()
    status = one.until(StreamState.STALLED, "stalled")
    assert time.monotonic() - began < 5
    assert re.search("no (packet|picture) for 1 s", status.detail)
    os.kill(server.process.pid, signal.SIGCONT)
    one.until(StreamState.LIVE)


def test_a_changed_picture_size_is_named_and_followed(watch, clips, tmp_path: Path) -> None:
    ring = PacketRing(30, 10_000_000)
    with Simulator({"cam": MountOptions(clips["resizing"])}) as simulator:
        one = watch(simulator.url("cam"), ring=ring)
        limit = time.monotonic() + 10
        while len({f.image.shape for f in one.frames}) < 2 and time.monotonic() < limit:
            time.sleep(0.05)
        one.stopped_within_s()
    if not isinstance(one, HubWatch):  # ours goes on over it, FFmpeg's reader must open anew
        changed = next(status for status in one.told if status.reason == "geometry_changed")
        assert "320x240 to 160x128" in changed.detail or "160x128 to 320x240" in changed.detail
    by_shape = itertools.groupby(one.frames, key=lambda frame: frame.image.shape)
    for index, (shape, frames) in enumerate(by_shape):
        last = list(frames)[-1].captured_at
        cut = ring.cut(tmp_path / f"{index}.mp4", last, last)
        with av.open(str(cut.path)) as container:
            sizes = {frame.to_ndarray(format="bgr24").shape for frame in container.decode(video=0)}
        assert sizes == {shape}


def test_waits_grow_and_never_end(watch) -> None:
    options = replace(QUICK, backoff_first_s=0.05, backoff_max_s=0.2)
    one = watch(f"rtsp://127.0.0.1:{closed_port()}/cam", options)
    time.sleep(2.0)
    assert len(one.told) >= 5
    assert one.thread.is_alive()


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_corrupt_pictures_are_skipped_counted_and_told(
    codec: str, tmp_path: Path, watch, caplog
) -> None:
    clip = make_damaged_clip(tmp_path / "hurt.ts", codec)
    with Simulator({"cam": MountOptions(clip)}) as simulator:
        one = watch(simulator.url("cam"), StreamOptions())
        limit = time.monotonic() + 10
        while len(one.frames) < 3 and time.monotonic() < limit:
            time.sleep(0.01)
        status = one.stream.status
        one.stopped_within_s()
    steps = [b.pts - a.pts for a, b in itertools.pairwise(one.frames)]
    assert steps[:2] == pytest.approx([1.0, 1.0], abs=0.01)
    assert (status.state, status.reason) == (StreamState.DEGRADED, CorruptStream.reason)
    assert status.dropped == 2
    assert "1 corrupt pictures skipped" in caplog.text


@pytest.mark.parametrize("state", ["connecting", "backoff", "live", "stalled read"])
def test_stop_is_heeded_in_every_state(state: str, watch, clips, serve, silent: str) -> None:
    patient = replace(
        QUICK, open_timeout_s=60, read_timeout_s=60, backoff_first_s=60, backoff_max_s=60
    )
    if state == "connecting":
        one = watch(silent, patient)
        time.sleep(0.3)
    elif state == "backoff":
        one = watch(f"rtsp://127.0.0.1:{closed_port()}/cam", patient)
        one.until(StreamState.REFUSED, "refused")
    else:
        server: Server = serve(clips["h264"])
        one = watch(server.url, patient)
        one.until(StreamState.LIVE)
        if state == "stalled read":
            os.kill(server.process.pid, signal.SIGSTOP)
            time.sleep(0.3)
    assert one.stopped_within_s() < 2.0


def test_no_password_is_ever_told(watch, clips, serve, silent: str, caplog, capfd) -> None:
    caplog.set_level(logging.DEBUG)
    mounts = {"cam": MountOptions(clips["h264"], loop=False)}
    with Simulator(mounts, credentials=("admin", SECRET)) as simulator:
        watches = [
            watch(with_credentials(url))
            for url in (
                simulator.url("cam"),
                simulator.url("other"),
                silent,
                f"rtsp://127.0.0.1:{closed_port()}/cam",
                "rtsp://no-such-host.invalid/cam",
            )
        ]
        watches.append(watch(with_credentials(simulator.url("cam"), password=SECRET + "wrong")))
        watches[0].until(StreamState.STALLED, "stalled")
    for one in watches:
        one.stopped_within_s()
        assert one.told
    told = " ".join(str(status) for one in watches for status in one.told)
    printed = "".join(capfd.readouterr())
    for text in (told, caplog.text, printed):
        for secret in (SECRET, "s3cr3t", "s3cr3t%40"):
            assert secret not in text
    assert "auth_refused" in caplog.text


def test_each_failure_is_logged_once(watch, caplog) -> None:
    patient = replace(QUICK, backoff_first_s=60, backoff_max_s=60)
    one = watch(f"rtsp://127.0.0.1:{closed_port()}/cam", patient)
    status = one.until(StreamState.REFUSED, "refused")
    time.sleep(0.5)
    lines = [record for record in caplog.records if record.name == "streams.live"]
    assert len(lines) == 1
    assert lines[0].getMessage().startswith("c1: nothing listens on that port (rtsp://127.0.0.1:")
    assert status.next_try_at is not None
    assert status.next_try_at > datetime.now(UTC)
