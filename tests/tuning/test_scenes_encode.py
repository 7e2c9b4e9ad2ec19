"""The encoder and the command line around it."""

from pathlib import Path

import av
import numpy as np
import pytest

from tuning.scenes.encode import GOP, encode
from tuning.scenes.render import main


def test_keyframes_come_at_even_distances_even_across_a_cut(tmp_path: Path) -> None:
    def film() -> "list[np.ndarray]":
        dark, bright = (np.full((72, 128, 3), v, dtype=np.uint8) for v in (30, 220))
        return [dark] * 70 + [bright] * 50

    target = tmp_path / "clip.mp4"
    encode(film(), target, fps=25, size=(128, 72), crf=30, threads=1)
    with av.open(str(target)) as file:
        keys = [i for i, frame in enumerate(file.decode(video=0)) if frame.key_frame]
    assert keys == [0, GOP, 2 * GOP]
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]


def test_help_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "--seed" in capsys.readouterr().out


def test_composing_without_layers_names_the_missing_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"plate\.png"):
        main(
            [
                "--seed",
                "8",
                "--out",
                str(tmp_path / "x.mp4"),
                "--layers",
                str(tmp_path),
                "--compose-only",
            ]
        )
