"""Training goes on where it was interrupted, and ends once."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tuning import train as module
from tuning.dataset import Recipe, Sources
from tuning.train import TrainOptions, train

CHECKPOINT = Path(__file__).parents[2] / "models" / "litter" / "last.pt"


@pytest.fixture
def options(tmp_path):
    """Three epochs on ten small pictures of noise."""
    rng = np.random.default_rng(0)
    for split in ("train", "val"):
        for kind in ("images", "labels"):
            (tmp_path / kind / split).mkdir(parents=True)
        for number in range(10):
            name = f"sm_{split}{number}"
            pixels = rng.integers(0, 255, (128, 128, 3), dtype=np.uint8)
            cv2.imwrite(str(tmp_path / "images" / split / f"{name}.png"), pixels)
            (tmp_path / "labels" / split / f"{name}.txt").write_text("0 0.5 0.5 0.3 0.3\n")
    recipe = Recipe(tile=128, bags=0, sheets=0)
    return TrainOptions(
        Sources(tmp_path), tmp_path / "out", CHECKPOINT, epochs=3, imgsz=64, recipe=recipe
    )


@pytest.mark.tuning
@pytest.mark.filterwarnings("default")
def test_an_interrupted_training_goes_on_where_it_stopped(options, monkeypatch):
    started = []

    def interrupted(trainer):
        started.append(trainer.start_epoch)
        trainer.add_callback("on_model_save", stop)

    def stop(trainer):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "in_half_precision", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(options)
    monkeypatch.setattr(module, "in_half_precision", lambda t: started.append(t.start_epoch))
    last = train(options)
    assert started == [0, 1]
    assert last.is_file()
    assert train(options) == last
    assert started == [0, 1]
