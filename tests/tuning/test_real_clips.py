"""Labelled pictures that stay for a quarter of an hour, for scoring."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from streams.clip import clip_frames
from tuning.clip_config import START
from tuning.real_clips import SECONDS, STEP_S, main
from tuning.truth import read_truth


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three pictures of covers: a whole and a missing one, none at all, and a doubtful one."""
    for part in ("images", "labels", "ignore"):
        (tmp_path / "data" / "manhole" / part / "val").mkdir(parents=True)
    folder = tmp_path / "data" / "manhole"
    for name in ("two", "none", "doubtful"):
        picture = np.full((241, 321, 3), 120, np.uint8)
        cv2.imwrite(str(folder / "images" / "val" / f"{name}.png"), picture)
    (folder / "labels" / "val" / "two.txt").write_text("0 0.2 0.5 0.1 0.2\n2 0.7 0.5 0.2 0.2\n")
    (folder / "ignore" / "val" / "doubtful.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    return tmp_path / "data"


def test_what_is_wrong_in_a_picture_is_an_event_of_its_clip_and_doubt_leaves_it_out(
    data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "clips"
    main([str(out), str(data)])
    assert sorted(path.name for path in out.glob("*.mp4")) == [
        "manhole-none.mp4",
        "manhole-two.mp4",
    ]
    assert read_truth(out / "manhole-none.truth.yaml").events == ()
    (event,) = read_truth(out / "manhole-two.truth.yaml").events
    assert (event.what, event.begin, event.end) == ("manhole", 0, None)
    assert event.box == pytest.approx((192.6, 96.4, 256.8, 144.6), abs=0.1)


def test_a_picture_that_stays_is_never_the_same_twice(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "clips"
    main([str(out), str(data)])
    frames = list(clip_frames(out / "manhole-two.mp4", "c", START, keyframes_only=False))
    seconds = [(frame.captured_at - START).total_seconds() for frame in frames]
    assert seconds == list(range(0, SECONDS, STEP_S))
    first, second = (frame.grey().astype(int) for frame in frames[:2])
    assert (first == second).mean() < 0.5
