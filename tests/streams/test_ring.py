"""Clips cut from the ring are what was sent, and the ring stays within its bounds."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.clip import clip_frames
from streams.nal import is_parameter_set, is_picture, split_nals
from streams.ring import NoPackets, PacketRing

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def filled(clip: Path, ring: PacketRing | None = None, start: datetime = T0) -> PacketRing:
    ring = ring or PacketRing(60, 10_000_000)
    for _ in clip_frames(clip, "c1", start, wanted=lambda _at: False, ring=ring):
        pass
    return ring


def decoded(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def slices(path: Path, codec: str) -> list[bytes]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        annexb = BitStreamFilterContext(f"{codec}_mp4toannexb", stream)
        packets = itertools.chain.from_iterable(
            annexb.filter(packet if packet.size else None) for packet in container.demux(stream)
        )
        return [
            nal
            for packet in packets
            for nal in split_nals(bytes(packet))
            if not is_parameter_set(codec, nal) and is_picture(codec, nal)
        ]


@pytest.mark.parametrize(("codec", "tag"), [("h264", "avc1"), ("hevc", "hvc1")])
def test_a_cut_decodes_back_frame_for_frame_and_byte_for_byte(
    codec: str, tag: str, clips: dict[str, Path], tmp_path: Path
) -> None:
    ring = filled(clips[codec])
    cut = ring.cut(tmp_path / "cut.mp4", T0 + seconds(0.6), T0 + seconds(1.4))
    assert (cut.codec, cut.start) == (codec, T0 + seconds(0.5))
    assert T0 + seconds(1.4) <= cut.end <= T0 + seconds(1.6)
    pictures = decoded(cut.path)
    assert len(pictures) == cut.packets
    original = decoded(clips[codec])[10 : 10 + len(pictures)]
    complete = round((1.4 - 0.5) * 20)  # the last may be reordered, and lack a neighbour
    for mine, theirs in zip(pictures[:complete], original[:complete], strict=True):
        assert np.array_equal(mine, theirs)
    sent = slices(clips[codec], codec)
    assert all(nal in sent for nal in slices(cut.path, codec))
    with av.open(str(cut.path)) as container:
        assert container.streams.video[0].codec_context.codec_tag == tag


def test_a_cut_can_be_played_before_it_is_whole(clips: dict[str, Path], tmp_path: Path) -> None:
    cut = filled(clips["h264"]).cut(tmp_path / "cut.mp4", T0, T0 + seconds(1))
    data = cut.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert [file.name for file in tmp_path.iterdir()] == ["cut.mp4"]


def test_nothing_there_is_said(clips: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(NoPackets, match="holds nothing"):
        PacketRing(5, 1000).cut(tmp_path / "x.mp4", T0, T0 + seconds(1))
    ring = filled(clips["h264"])
    for start in (T0 - seconds(60), T0 + seconds(60)):
        with pytest.raises(NoPackets):
            ring.cut(tmp_path / "x.mp4", start, start + seconds(10))
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=20, deadline=None)
@given(max_seconds=st.floats(0.1, 3), max_bytes=st.integers(200, 60_000))
def test_the_ring_stays_within_its_bounds(
    clips: dict[str, Path], max_seconds: float, max_bytes: int
) -> None:
    ring = filled(clips["h264"], PacketRing(max_seconds, max_bytes))
    assert ring.held_bytes <= max_bytes
    assert ring.held_seconds <= max_seconds + 0.5 + 0.2  # a group of pictures, and reordering


def test_a_clip_never_mixes_two_streams(clips: dict[str, Path], tmp_path: Path) -> None:
    ring = filled(clips["h264"])
    filled(clips["small"], ring, T0 + seconds(2))
    before = ring.cut(tmp_path / "a.mp4", T0 + seconds(0.5), T0 + seconds(2.4))
    after = ring.cut(tmp_path / "b.mp4", T0 + seconds(1.6), T0 + seconds(4))
    assert {picture.shape for picture in decoded(before.path)} == {(240, 320, 3)}
    assert {picture.shape for picture in decoded(after.path)} == {(128, 160, 3)}
    assert after.start == T0 + seconds(2)


def test_changed_parameters_split_the_ring_without_being_told(
    clips: dict[str, Path], tmp_path: Path
) -> None:
    ring = filled(clips["resizing"])
    cut = ring.cut(tmp_path / "a.mp4", T0, T0 + seconds(0.9))
    assert {picture.shape for picture in decoded(cut.path)} == {(240, 320, 3)}
    cut = ring.cut(tmp_path / "b.mp4", T0 + seconds(1.1), T0 + seconds(2))
    assert {picture.shape for picture in decoded(cut.path)} == {(128, 160, 3)}


def test_after_a_gap_the_ring_waits_for_a_keyframe(clips: dict[str, Path], tmp_path: Path) -> None:
    ring = PacketRing(60, 10_000_000)
    with av.open(str(clips["resizing"])) as container:
        for index, packet in enumerate(container.demux(video=0)):
            if index == 3:
                ring.gap()
            if packet.size and index < 12:
                ring.append(packet, T0 + seconds(index / 20))
    cut = ring.cut(tmp_path / "a.mp4", T0, T0 + seconds(1))
    assert cut.packets == 5


@pytest.mark.parametrize("bounds", [(0, 1), (1, 0)])
def test_a_ring_without_room_is_refused(bounds: tuple[float, int]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        PacketRing(*bounds)
