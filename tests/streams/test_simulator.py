"""The simulated camera speaks RTSP as cameras do."""

import itertools
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from streamkit import QUICK, make_clip

from streams.frame import Frame
from streams.live import LiveStream
from streams.simulator import MountError, MountOptions, Simulator
from streams.simulator.pack import MAX_PAYLOAD, payloads

Take = Callable[..., list[Frame]]


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("short")
    return {c: make_clip(folder / f"{c}.mp4", c, seconds=0.6, gop=6) for c in ("h264", "hevc")}


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_timestamps_run_on_when_the_clip_begins_again(codec: str, short: dict[str, Path]) -> None:
    with (
        Simulator({"cam": MountOptions(short[codec])}) as simulator,
        av.open(simulator.url("cam"), options={"rtsp_transport": "tcp"}, timeout=5) as container,
    ):
        stamps = [p.pts for p in itertools.islice(container.demux(video=0), 1, 41)]
    steps = [
        after - before for before, after in itertools.pairwise(sorted(stamps)[:-3])
    ]  # the last may lack neighbours
    assert set(steps) == {4500}


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_on_hold_the_last_picture_keeps_coming(
    codec: str, short: dict[str, Path], take: Take
) -> None:
    with Simulator({"cam": MountOptions(short[codec], hold=True)}) as simulator:
        frames = take(LiveStream("c1", simulator.url("cam")), 6)
    with av.open(str(short[codec])) as container:
        last = list(container.decode(video=0))[-1].to_ndarray(format="bgr24")
    assert len(frames) == 6
    for frame in frames[-3:]:
        assert np.abs(frame.image.astype(int) - last).mean() < 3
    steps = [after.pts - before.pts for before, after in itertools.pairwise(frames)]
    assert steps == pytest.approx([0.3] * 5, abs=0.06)


def test_the_timeline_goes_on_while_nobody_looks(clips: dict[str, Path], take: Take) -> None:
    with Simulator({"cam": MountOptions(clips["h264"], hold=True)}) as simulator:
        take(LiveStream("c1", simulator.url("cam")), 1)
        time.sleep(2.0)
        (late,) = take(LiveStream("c1", simulator.url("cam")), 1)
    with av.open(str(clips["h264"])) as container:
        last = list(container.decode(video=0))[-1].to_ndarray(format="bgr24")
    assert np.abs(late.image.astype(int) - last).mean() < 3


def test_a_client_that_hangs_or_dies_hurts_nobody(
    short: dict[str, Path], take: Take, serve
) -> None:
    server = serve(short["h264"])
    hanging = _Raw(server.port)
    hanging.play()  # and never reads again
    dying = _Raw(server.port)
    dying.play()
    dying.abort()
    frames = take(LiveStream("c1", server.url), 5)
    assert len(frames) == 5
    hanging.close()


def test_a_stopped_camera_does_not_catch_up(short: dict[str, Path], serve) -> None:
    server = serve(short["h264"])
    options = {"rtsp_transport": "tcp", "analyzeduration": "100000"}
    with av.open(server.url, options=options, timeout=15) as container:
        packets = container.demux(video=0)
        list(itertools.islice(packets, 5))
        os.kill(server.process.pid, signal.SIGSTOP)
        time.sleep(1.5)
        os.kill(server.process.pid, signal.SIGCONT)
        began = time.monotonic()
        list(itertools.islice(packets, 30))
        assert time.monotonic() - began > 0.8


class _Raw:
    """A client that speaks RTSP by hand."""

    def __init__(self, port: int, name: str = "cam") -> None:
        self.base = f"rtsp://127.0.0.1:{port}/{name}"
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=3)
        self.numbers = itertools.count(1)

    def ask(self, method: str, path: str = "", **headers: str) -> tuple[int, str]:
        lines = [f"{method} {self.base}{path} RTSP/1.0", f"CSeq: {next(self.numbers)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return self.say(("\r\n".join(lines) + "\r\n\r\n").encode())

    def say(self, data: bytes) -> tuple[int, str]:
        text = b""
        try:
            self.socket.sendall(data)
            while b"\r\n\r\n" not in text:
                piece = self.socket.recv(1)
                if not piece:
                    return 0, ""
                text += piece
        except ConnectionError:
            return 0, ""  # hung up before it was said
        head = text.decode()
        return int(head.split(" ")[1]), head

    def setup(self, transport: str = "RTP/AVP/TCP;unicast;interleaved=0-1") -> str:
        status, head = self.ask("SETUP", "/trackID=0", Transport=transport)
        assert status == 200, head
        return head.split("Session: ")[1].split(";")[0].split("\r")[0]

    def play(self) -> str:
        session = self.setup()
        assert self.ask("PLAY", Session=session)[0] == 200
        return session

    def abort(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def raw(short: dict[str, Path]) -> Iterator[_Raw]:
    with Simulator({"cam": MountOptions(short["h264"])}) as simulator:
        client = _Raw(simulator.port)
        yield client
        client.close()


def test_options_lists_the_methods(raw: _Raw) -> None:
    status, head = raw.ask("OPTIONS")
    assert status == 200
    assert "CSeq: 1\r\n" in head
    assert all(method in head for method in ("DESCRIBE", "SETUP", "PLAY", "TEARDOWN"))


def test_requests_in_the_wrong_place_are_answered(raw: _Raw) -> None:
    assert raw.ask("RECORD")[0] == 405
    assert raw.ask("PLAY", Session="unknown")[0] == 454
    assert raw.ask("SETUP", "/trackID=0", Transport="RTP/AVP;multicast")[0] == 461
    assert raw.ask("SETUP", "/trackID=0", Transport="RTP/AVP/TCP;interleaved=900-901")[0] == 461
    assert raw.ask("SETUP", "x/trackID=0", Transport="RTP/AVP/TCP;interleaved=0-1")[0] == 404
    session = raw.setup()
    assert raw.ask("GET_PARAMETER", Session=session)[0] == 200
    assert raw.ask("TEARDOWN", Session=session)[0] == 200
    assert raw.ask("OPTIONS")[0] == 0


@pytest.mark.parametrize(
    "bytes_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"x" * 100_000,
        b"\x00\xff\r\n\r\n",
        b"OPTIONS * RTSP/1.0\r\nContent-Length: -5\r\n\r\n",
    ],
)
def test_what_is_no_request_ends_that_connection_alone(raw: _Raw, bytes_: bytes) -> None:
    other = _Raw(raw.socket.getpeername()[1])
    assert other.say(bytes_)[0] == 400
    other.close()
    assert raw.ask("OPTIONS")[0] == 200


def test_pause_stops_the_packets_and_play_goes_on(raw: _Raw) -> None:
    session = raw.play()
    raw.socket.sendall(
        f"PAUSE {raw.base} RTSP/1.0\r\nCSeq: 9\r\nSession: {session}\r\n\r\n".encode()
    )
    raw.socket.settimeout(0.5)
    assert b"CSeq: 9" in _until_silence(raw.socket)
    raw.socket.sendall(
        f"PLAY {raw.base} RTSP/1.0\r\nCSeq: 10\r\nSession: {session}\r\n\r\n".encode()
    )
    raw.socket.settimeout(3)
    assert raw.socket.recv(4).startswith((b"RTSP", b"$"))


def _until_silence(connection: socket.socket) -> bytes:
    deadline = time.monotonic() + 5
    received = b""
    while time.monotonic() < deadline:
        try:
            received += connection.recv(65536)
        except TimeoutError:
            return received
    raise AssertionError("the packets never stopped")


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("size", [10, MAX_PAYLOAD, MAX_PAYLOAD + 1, 5000])
def test_fragments_join_to_the_unit_they_came_from(codec: str, size: int) -> None:
    head = b"\x65" if codec == "h264" else b"\x26\x01"
    nal = head + bytes(index % 251 for index in range(size - len(head)))
    parts = list(payloads(codec, nal))
    assert all(len(part) <= MAX_PAYLOAD for part in parts)
    if len(parts) == 1:
        assert parts == [nal]
        return
    skip = len(head) + 1
    assert b"".join(part[skip:] for part in parts) == nal[len(head) :]
    flags = [part[skip - 1] & 0xC0 for part in parts]
    assert flags == [0x80, *[0] * (len(parts) - 2), 0x40]


def test_clips_that_cannot_be_served_are_named(tmp_path: Path) -> None:
    note = tmp_path / "note.mp4"
    note.write_text("no video")
    old = tmp_path / "old.avi"
    with av.open(str(old), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    for path, says in (
        (tmp_path / "none.mp4", "is not there"),
        (note, "no video that can be read"),
        (old, "only H.264 and H.265"),
    ):
        with pytest.raises(MountError, match=says) as raised:
            Simulator({"gate": MountOptions(path)})
        assert "/gate" in str(raised.value)
        assert str(path) in str(raised.value)
    with pytest.raises(MountError, match="nothing to serve"):
        Simulator({})


def test_a_port_that_is_taken_is_said_at_start(short: dict[str, Path]) -> None:
    mounts = {"cam": MountOptions(short["h264"])}
    with Simulator(mounts) as simulator, pytest.raises(OSError, match="address already in use"):
        Simulator(mounts, port=simulator.port).start()


def test_it_can_be_started_again_and_serve_until_told(short: dict[str, Path], take: Take) -> None:
    simulator = Simulator({"yard/gate 1": MountOptions(short["h264"])})
    simulator.start()
    simulator.stop()
    stop = threading.Event()
    thread = threading.Thread(target=simulator.serve_forever, args=(stop,))
    thread.start()
    assert len(take(LiveStream("c1", simulator.url("yard/gate 1"), QUICK), 1)) == 1
    stop.set()
    thread.join(3)
    assert not thread.is_alive()
