"""Recorded clips are read as live cameras are, on their own clock."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from streamkit import make_clip

from streams.clip import clip_frames, probe
from streams.errors import CorruptStream, NotFound, NoVideo
from streams.frame import ClockSource

T0 = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_keyframes_come_at_the_clips_own_time(codec: str, clips: dict[str, Path]) -> None:
    frames = list(clip_frames(clips[codec], "c1", T0))
    assert [(f.captured_at - T0).total_seconds() for f in frames] == [0.0, 0.5, 1.0, 1.5]
    for frame in frames:
        assert (frame.camera_id, frame.clock) == ("c1", ClockSource.CLIP)
        assert (frame.image.shape, frame.image.dtype) == ((240, 320, 3), np.uint8)


def test_every_picture_can_be_had(clips: dict[str, Path]) -> None:
    every = list(clip_frames(clips["h264"], "c1", T0, keyframes_only=False))
    assert len(every) == 40
    keys = list(clip_frames(clips["h264"], "c1", T0))
    assert np.array_equal(every[10].image, keys[1].image)


@pytest.mark.parametrize("keyframes_only", [True, False])
def test_only_what_is_wanted_comes(keyframes_only: bool, clips: dict[str, Path]) -> None:
    middle = T0 + timedelta(seconds=1)
    frames = list(clip_frames(clips["h264"], "c1", T0, keyframes_only, lambda at: at == middle))
    assert [frame.captured_at for frame in frames] == [middle]


def test_a_clip_tells_what_it_is(clips: dict[str, Path]) -> None:
    info = probe(clips["hevc"])
    assert (info.codec, info.width, info.height, info.fps, info.gop) == ("hevc", 320, 240, 20, 10)
    assert info.duration_s == pytest.approx(2.0, abs=0.1)


def test_a_missing_clip(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such file"):
        next(clip_frames(tmp_path / "none.mp4", "c1", T0))


def test_a_file_that_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "note.mp4"
    path.write_bytes(b"this is not a video" * 100)
    with pytest.raises(CorruptStream):
        next(clip_frames(path, "c1", T0))


def test_a_clip_with_sound_alone(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), "fltp", "mono")
        sound.sample_rate, sound.time_base, sound.pts = 8000, Fraction(1, 8000), 0
        out.mux(stream.encode(sound))
        out.mux(stream.encode(None))
    for read in (lambda: next(clip_frames(path, "c1", T0)), lambda: probe(path)):
        with pytest.raises(NoVideo, match="no video track"):
            read()


def test_a_clip_of_noise_is_corrupt(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "noise.mp4", seconds=0.5)
    data = bytearray(path.read_bytes())
    begin = data.index(b"mdat") + 4
    end = data.index(b"moov") - 4
    data[begin:end] = b"\xff" * (end - begin)
    path.write_bytes(data)
    with pytest.raises(CorruptStream):
        list(clip_frames(path, "c1", T0))


def test_a_broken_picture_is_skipped_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = make_clip(tmp_path / "hurt.mp4", seconds=1.0)
    with av.open(str(path)) as container:
        second = [packet for packet in container.demux(video=0) if packet.is_keyframe][1]
        position, size = second.pos, second.size
    data = bytearray(path.read_bytes())
    data[position + 5 : position + size] = b"\xff" * (size - 5)  # length and type stay
    path.write_bytes(data)
    assert len(list(clip_frames(path, "c1", T0))) == 1
    assert "1 corrupt pictures skipped" in caplog.text
