"""Tiny real models, and pictures that they see something in."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import settings

from detector.image import Image

# The same examples every time, and no deadline that a busy machine could miss.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

DATA = Path(__file__).parent / "data"

MakeModel = Callable[..., Path]


@pytest.fixture
def make_model(tmp_path: Path) -> MakeModel:
    """Write a model's folder: tiny weights and their card; arguments change the card's keys."""

    def make(weights: str = "raw.onnx", **changes: Any) -> Path:
        folder = tmp_path / "models" / "tiny"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(DATA / weights, folder / weights)
        card = {
            "name": "tiny",
            "version": "1",
            "kind": "litter",
            "weights": weights,
            "sha256": hashlib.sha256((DATA / weights).read_bytes()).hexdigest(),
            "architecture": "a mean and a matrix",
            "input": {"width": 32, "height": 32},
            "output": "end2end" if weights.startswith("end2end") else "raw",
            "classes": ["red", "green"],
            "threshold": 0.5,
            "cadence_s": 30,
            "licence": "AGPL-3.0",
        }
        text = yaml.safe_dump(card | changes, sort_keys=False)
        (folder / "card.yaml").write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.fixture
def paint() -> Callable[..., Image]:
    """A picture of one colour."""

    def make(red: int = 0, green: int = 0, width: int = 32, height: int = 32) -> Image:
        image = np.zeros((height, width, 3), dtype=np.uint8)
        image[:] = (0, green, red)
        return image

    return make
