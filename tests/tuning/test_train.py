"""Training goes on where it was interrupted, and ends once."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tuning import train as module
from tuning.errors import TrainingError
from tuning.recipe import Recipe
from tuning.train import hold_out, train

CHECKPOINT = Path(__file__).parents[2] / "models" / "litter" / "last.pt"


@pytest.fixture
def recipe(tmp_path):
    """Two stages, of three epochs and of one, on ten small pictures of noise."""
    rng = np.random.default_rng(0)
    for kind in ("images", "labels"):
        (tmp_path / "data" / kind / "train").mkdir(parents=True)
    for number in range(10):
        pixels = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / "data" / "images" / "train" / f"p{number}.png"), pixels)
        label = tmp_path / "data" / "labels" / "train" / f"p{number}.txt"
        label.write_text("0 0.5 0.5 0.3 0.3\n")
    mix = [{"kind": "pictures", "from": "."}]
    return Recipe.model_validate(
        {
            "model": "litter",
            "classes": ["litter"],
            "start": CHECKPOINT,
            "data": tmp_path / "data",
            "side": 64,
            "stages": [{"epochs": 3, "mix": mix}, {"epochs": 1, "mix": mix}],
        }
    )


def test_the_dev_part_is_laid_out_for_evaluation(recipe, tmp_path):
    halved = recipe.model_copy(update={"hold_out": 2})
    hold_out(halved, tmp_path / "dev")
    images = {p.stem for p in (tmp_path / "dev" / "data" / "images").iterdir()}
    labels = {p.stem for p in (tmp_path / "dev" / "data" / "labels").iterdir()}
    assert images == labels == {f"p{n}" for n in range(10) if halved.is_dev(f"p{n}")}
    assert 0 < len(images) < 10


@pytest.mark.tuning
@pytest.mark.filterwarnings("default")
def test_an_interrupted_training_goes_on_where_it_stopped(recipe, tmp_path, monkeypatch):
    started = []

    def interrupted(trainer):
        started.append(trainer.start_epoch)
        trainer.add_callback("on_model_save", stop)

    def stop(trainer):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "in_half_precision", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(recipe, tmp_path / "out")
    monkeypatch.setattr(module, "in_half_precision", lambda t: started.append(t.start_epoch))
    last = train(recipe, tmp_path / "out")
    assert started == [0, 1, 0]
    assert last.is_file()
    assert "stage2" in str(last)
    assert train(recipe, tmp_path / "out") == last
    assert started == [0, 1, 0]


@pytest.mark.tuning
@pytest.mark.filterwarnings("default")
def test_a_folder_begun_with_another_recipe_is_refused(recipe, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "recipe.json").write_text("{}")
    with pytest.raises(TrainingError, match="another recipe"):
        train(recipe, tmp_path / "out")


@pytest.mark.tuning
@pytest.mark.filterwarnings("default")
def test_a_stage_may_keep_a_share_of_what_it_has_learnt(recipe, tmp_path):
    from tuning.blending import network

    first = recipe.stages[1].model_copy(update={"share": 0.25})
    short = recipe.model_copy(update={"stages": (first,)})
    left = train(short, tmp_path / "out")
    assert left.name == "blended.pt"
    began, learnt, kept = (
        network(path).state_dict()
        for path in (CHECKPOINT, left.parent / "run" / "weights" / "last.pt", left)
    )
    name = "model.0.conv.weight"
    mean = 0.25 * learnt[name] + 0.75 * began[name]
    assert (learnt[name] != began[name]).any()
    np.testing.assert_allclose(kept[name], mean, atol=1e-3)
    assert train(short, tmp_path / "out") == left
