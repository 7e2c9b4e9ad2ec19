"""What a live camera gives when all is well."""

import itertools
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from streamkit import QUICK, make_clip

from streams import picture as picture_module
from streams.clip import clip_frames
from streams.frame import ClockSource, Frame
from streams.health import StreamState, StreamStatus
from streams.live import LiveStream
from streams.options import StreamOptions
from streams.ring import PacketRing
from streams.simulator import MountOptions, Simulator

Take = Callable[..., list[Frame]]


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_keyframes_come_as_they_are_in_the_clip(
    codec: str, transport: str, clips: dict[str, Path], take: Take
) -> None:
    with Simulator({"cam": MountOptions(clips[codec])}) as simulator:
        stream = LiveStream("c1", simulator.url("cam"), StreamOptions(transport=transport))
        frames = take(stream, 3)
    originals = [f.image for f in clip_frames(clips[codec], "c1", datetime.now(UTC))]
    assert len(frames) == 3
    for frame, original in zip(frames, originals, strict=False):
        assert np.array_equal(frame.image, original)
        assert (frame.camera_id, frame.clock) == ("c1", ClockSource.ARRIVAL)
        assert abs(datetime.now(UTC) - frame.captured_at) < timedelta(seconds=5)
    steps = [b.pts - a.pts for a, b in itertools.pairwise(frames)]
    assert steps == pytest.approx([0.5, 0.5], abs=0.001)
    assert (stream.status.state, stream.status.connects) == (StreamState.LIVE, 1)
    assert stream.status.frames == 3


def test_unwanted_keyframes_are_never_decoded(
    clips: dict[str, Path], take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    decodings: list[int] = []
    decode = picture_module.KeyframeDecoder.decode

    def counted(self, picture):
        decodings.append(picture.pts)
        return decode(self, picture)

    monkeypatch.setattr(picture_module.KeyframeDecoder, "decode", counted)
    asked: list[datetime] = []

    def every_third(at: datetime) -> bool:
        asked.append(at)
        return len(asked) % 3 == 0

    ring = PacketRing(30, 10_000_000)
    with Simulator({"cam": MountOptions(clips["h264"])}) as simulator:
        take(LiveStream("c1", simulator.url("cam"), ring=ring), 2, wanted=every_third)
    assert (len(asked), len(decodings)) == (6, 2)
    assert asked == sorted(asked)
    assert ring.held_seconds > 2


@pytest.mark.parametrize(("codec", "transport"), [("h264", "tcp"), ("hevc", "udp")])
def test_evidence_can_be_cut_from_a_live_stream(
    codec: str, transport: str, clips: dict[str, Path], tmp_path: Path, take: Take
) -> None:
    ring = PacketRing(30, 10_000_000)
    with Simulator({"cam": MountOptions(clips[codec])}) as simulator:
        options = StreamOptions(transport=transport)
        frames = take(LiveStream("c1", simulator.url("cam"), options, ring), 4)
    first, last = frames[1], frames[3]
    cut = ring.cut(tmp_path / "cut.mp4", first.captured_at, last.captured_at)
    assert cut.start == first.captured_at
    with av.open(str(cut.path)) as container:
        pictures = [f.to_ndarray(format="bgr24") for f in container.decode(video=0)]
    assert len(pictures) == cut.packets
    assert np.array_equal(pictures[0], first.image)
    assert any(np.array_equal(picture, last.image) for picture in pictures)


def test_a_slow_taker_loses_keyframes_but_the_ring_nothing(clips: dict[str, Path]) -> None:
    ring = PacketRing(30, 10_000_000)
    stop = threading.Event()
    with Simulator({"cam": MountOptions(clips["h264"])}) as simulator:
        stream = LiveStream("c1", simulator.url("cam"), ring=ring)
        frames = stream.frames(stop)
        next(frames)
        time.sleep(3.6)
        next(frames)
        stop.set()
        assert list(frames) == []
    assert stream.status.dropped >= 2
    assert ring.held_seconds > 3


def test_each_change_of_state_is_told(clips: dict[str, Path]) -> None:
    told: list[StreamStatus] = []
    stop = threading.Event()

    def tell(status: StreamStatus) -> None:
        told.append(status)
        if status.state is StreamState.STALLED:
            stop.set()

    with Simulator({"cam": MountOptions(clips["h264"], loop=False)}) as simulator:
        stream = LiveStream("c1", simulator.url("cam"), QUICK, on_status=tell)
        assert len(list(stream.frames(stop))) == 4
    assert [(s.state, s.reason) for s in told] == [
        (StreamState.LIVE, ""),
        (StreamState.STALLED, "stalled"),
    ]


def test_a_camera_of_one_picture_in_two_seconds_opens_at_once(tmp_path: Path, take: Take) -> None:
    clip = make_clip(tmp_path / "slow.mp4", seconds=2.0, gop=40)
    with Simulator({"cam": MountOptions(clip, hold=True)}) as simulator:
        take(LiveStream("c1", simulator.url("cam"), QUICK), 1)
        time.sleep(2.0)
        began = time.monotonic()
        assert len(take(LiveStream("c1", simulator.url("cam")), 1)) == 1
        assert time.monotonic() - began < 4.5


def test_an_odd_password_opens_the_stream(clips: dict[str, Path], take: Take) -> None:
    mounts = {"cam": MountOptions(clips["h264"])}
    with Simulator(mounts, credentials=("admin", "p@ss:/w%rd?")) as simulator:
        url = simulator.url("cam").replace("rtsp://", "rtsp://admin:p@ss:/w%rd?@")
        assert len(take(LiveStream("c1", url, QUICK), 1)) == 1


def test_several_clients_see_the_same_camera(clips: dict[str, Path], take: Take) -> None:
    frames: dict[str, list[Frame]] = {}

    def watch(name: str, url: str) -> None:
        frames[name] = take(LiveStream(name, url), 3)

    with Simulator({name: MountOptions(clips[name]) for name in ("h264", "small")}) as simulator:
        threads = [
            threading.Thread(target=watch, args=(f"{name}{index}", simulator.url(name)))
            for name in ("h264", "small")
            for index in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {name: len(taken) for name, taken in frames.items()} == {
        "h2640": 3,
        "h2641": 3,
        "small0": 3,
        "small1": 3,
    }
    assert frames["small1"][0].image.shape == (128, 160, 3)
