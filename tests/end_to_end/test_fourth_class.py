"""A class of violation that the code has never heard of: a model's folder and a catalogue entry."""

import hashlib
import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import yaml

from tests.end_to_end.conftest import KEY, ROOT, Stage, eventually

pytestmark = pytest.mark.xdist_group("end_to_end")

STANDARD = {
    "id": "standing",
    "labels": ["standing_water"],
    "condition_zh": "道路积水影响通行",
    "condition_en": "water stands on the road and is in the way",
    "closing_zh": "积水排净",
    "closing_en": "the water is drained",
    "grade": "B",
    "department": "市政部门",
    "source": "local-default",
}
TINY = ROOT / "tests" / "detector" / "data" / "raw.onnx"
"""Sees a box where a picture is red: a mean and a matrix."""


@pytest.fixture
def water_model(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "water"
    folder.mkdir(parents=True)
    shutil.copy(TINY, folder / "water.onnx")
    card = {
        "name": "water",
        "version": "1",
        "kind": "water",
        "weights": "water.onnx",
        "sha256": hashlib.sha256(TINY.read_bytes()).hexdigest(),
        "architecture": "a mean and a matrix",
        "input": {"width": 32, "height": 32},
        "output": "raw",
        "classes": ["standing_water", "ice"],
        "threshold": 0.5,
        "cadence_s": 1,
        "licence": "AGPL-3.0",
    }
    (folder / "card.yaml").write_text(yaml.safe_dump(card, sort_keys=False), "utf-8")
    return folder


@pytest.fixture
def catalogue(tmp_path: Path, water_model: Path) -> Path:
    shipped = yaml.safe_load((ROOT / "configs" / "violations.yaml").read_text("utf-8"))
    shipped["version"] = "test.1"
    shipped["violations"]["water"] = {
        "type": "事件",
        "code": "0406",
        "name_zh": "道路积水",
        "name_en": "water on the road",
        "watch": {
            "model": str(water_model),
            "classes": ["standing_water"],
            "dwell_s": 3,
            "severity": "B",
        },
        "standards": [STANDARD],
    }
    path = tmp_path / "violations.yaml"
    path.write_text(yaml.safe_dump(shipped, allow_unicode=True, sort_keys=False), "utf-8")
    return path


@pytest.fixture
def flooded(tmp_path: Path) -> Path:
    """A clip that is red from end to end, a keyframe a second, with the grain of a real one."""
    path = tmp_path / "flooded.mp4"
    random = np.random.default_rng(7)
    bricks = random.integers(150, 250, (30, 40)).repeat(8, axis=0).repeat(8, axis=1)
    picture = np.zeros((240, 320, 3), np.uint8)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=Fraction(10), options={"g": "10", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for _ in range(120):
            picture[..., 0] = bricks + random.integers(-5, 6, bricks.shape)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        out.mux(stream.encode(None))
    return path


def test_it_is_watched_reported_and_filed_without_a_line_of_code(
    stage: Stage, catalogue: Path, flooded: Path
) -> None:
    stage.camera(flooded)
    data, codes = str(stage.folder / "api"), str(catalogue)
    serve = ["-m", "cli.main", "serve", "--data", data, "--port", "0", "--catalogue", codes]
    api = stage.spawn("api", [*serve, "--json"], FIVE_CHIEF_WORKER_KEYS=KEY)
    stage.api_url = api.ready()["url"].rstrip("/")
    (stage.folder / "worker.yaml").write_text(
        yaml.safe_dump(
            {
                "worker": "test-worker",
                "state": str(stage.folder / "worker"),
                "api": {"url": stage.api_url, "key": KEY},
                "catalogue": catalogue.name,
                "watch": ["water"],
                "cameras": [{"id": "underpass", "url": stage.camera_url}],
            }
        ),
        "utf-8",
    )
    stage.worker()
    eventually(stage.cases, within=90, logs=stage)
    (case,) = stage.cases()
    assert case["category"]["service_code"] == "E-0406"
    assert case["category"]["name_zh"] == "道路积水"
    assert case["label"] == "standing_water"
    assert case["explanation"]["text_zh"].startswith("道路积水（standing_water）在同一处")
