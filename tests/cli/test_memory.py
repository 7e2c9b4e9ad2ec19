"""five-chief memory: what was dismissed is shown with its picture, forgotten, and taken back."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from cli.main import app
from detector.scenery.descriptor import crop
from detector.scenery.dismissed import Dismissed
from workers.scenery import dismissals

AT = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
BOX = (10.0, 10.0, 60.0, 60.0)
run = CliRunner()


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "worker.yaml"
    path.write_text(
        """
worker: w
state: state
api: {url: "http://127.0.0.1:9", key: a-key-of-sixteen-letters}
cameras: [{id: gate, url: "rtsp://127.0.0.1/1"}]
"""
    )
    picture = np.random.default_rng(0).integers(0, 255, (100, 100, 3)).astype(np.uint8)
    (tmp_path / "state" / "scenery" / "gate" / "dismissed").mkdir(parents=True)
    for number in range(3):
        thing = Dismissed(
            f"v{number}", "litter", "litter", BOX, AT + timedelta(hours=number),
            AT + timedelta(days=30), crop(picture, BOX),
        )  # fmt: skip
        dismissals(tmp_path / "state")["gate"].add(thing)
    return str(path)


def told(config: str, *arguments: str) -> list[tuple[str, bool]]:
    result = run.invoke(app, ["memory", "-c", config, "--json", *arguments])
    assert result.exit_code == 0, result.output
    return [(one["id"], one["counts"]) for one in json.loads(result.stdout)]


def test_it_is_shown_forgotten_and_taken_back(config: str) -> None:
    assert told(config) == [("v0", True), ("v1", True), ("v2", True)]
    assert told(config, "--forget", "v1") == [("v0", True), ("v1", False), ("v2", True)]
    assert told(config, "--take-back", "v1", "--camera", "gate")[1] == ("v1", True)


def test_the_pictures_are_drawn_on_one(config: str, tmp_path: Path) -> None:
    told(config, "--sheet", str(tmp_path / "sheet.png"))
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet is not None
    assert sheet.shape == (96, 3 * 96, 3)


@pytest.mark.parametrize(
    "arguments", [("--forget", "v9"), ("--take-back", "v0"), ("--camera", "x")]
)
def test_what_is_not_there_is_said(config: str, arguments: tuple[str, str]) -> None:
    result = run.invoke(app, ["memory", "-c", config, *arguments])
    assert result.exit_code == 2
    assert arguments[1] in result.output
