"""What a second stage learns from, and that what is written is what was learnt."""

from pathlib import Path
from zlib import crc32

import cv2
import numpy as np
import pytest
import supervision as sv

from detector.card import InputSize, Rescoring, load_card
from detector.letterbox import letterbox
from detector.runtime import load_runtime
from detector.verifier import NOTHING
from tuning.examples import DataInvalid
from tuning.recipe import Recipe
from tuning.rescoring import (
    THING,
    RescoringRecipe,
    gather,
    load_rescoring_recipe,
    look,
    pictures,
)
from tuning.rescoring_folds import cross_validated, summary
from tuning.verifier import Crops

MODELS = Path(__file__).parents[2] / "models"

HOW = {
    "weights": "second.onnx",
    "sha256": "0" * 64,
    "side": 32,
    "context": 2.0,
    "smallest": 8,
    "candidates_from": 0.05,
    "most": 10,
    "detector": 1.0,
    "classifier": 1.0,
}


KEPT, HELD_OUT = (
    next(name for name in "abcdefgh" if crc32(name.encode()) % 2 == rest) for rest in (1, 0)
)
"""Sources that a recipe which holds out every other keeps, and holds out."""
INPUT = InputSize(width=128, height=64)


class Sees:
    """A detector that finds the same boxes in each picture, given in pixels of a 64x32 picture."""

    def __init__(self, *boxes):
        self.boxes = np.array(boxes, np.float32).reshape(-1, 4)

    def detect_fitted(self, fitted, thresholds):
        scores = np.linspace(0.9, 0.1, len(self.boxes)).astype(np.float32)
        return [sv.Detections(xyxy=self.boxes, confidence=scores) for _ in fitted]


@pytest.fixture
def data(tmp_path):
    """Two streets of 64x32, black, with a white thing each at the left; one region to ignore."""
    for part in ("images", "labels", "ignore"):
        (tmp_path / part / "train").mkdir(parents=True)
    for name in ("sm_1", "sm_2"):
        image = np.zeros((32, 64, 3), np.uint8)
        image[8:16, 4:12] = 255
        cv2.imwrite(str(tmp_path / "images/train" / f"{name}.png"), image)
        (tmp_path / "labels/train" / f"{name}.txt").write_text("0 0.125 0.375 0.125 0.25\n")
    (tmp_path / "ignore/train/sm_1.txt").write_text("0 0.875 0.5 0.25 1.0\n")
    return tmp_path


def recipe(data, **changes):
    return RescoringRecipe.model_validate(
        {"data": data, "only": "sm_", "rescoring": HOW, "jitter": 0, "recipe": "none"} | changes
    )


def detectors(data, same_source):
    """A detector's recipe that holds out every other source."""
    mix = [{"kind": "tiles", "from": ".", "only": "sm_"}]
    return Recipe.model_validate(
        {
            "model": "litter",
            "classes": ["litter"],
            "start": "none.pt",
            "data": data,
            "hold_out": 2,
            "same_source": same_source,
            "stages": [{"epochs": 1, "mix": mix}],
        }
    )


def middle(crops):
    """An encoder that knows how bright the middle of a crop is."""
    return crops[:, 12:20, 12:20].mean(axis=(1, 2)).astype(np.float32)


def learnt(data, *boxes, encode=middle, **changes):
    wanted = recipe(data, **changes)
    seen = pictures(wanted, detectors(data, {"sm_1": KEPT, "sm_2": KEPT}), INPUT)
    crops = gather(look(wanted, Sees(*boxes), encode, seen))
    return [(truth, int(row[0])) for truth, row in zip(crops.truth, crops.features, strict=True)]


def test_a_false_candidate_is_none_and_a_marked_thing_a_thing(data):
    assert learnt(data, (30, 10, 38, 18)) == [(THING, 255), (NOTHING, 0)] * 2


def test_what_finds_a_thing_is_one_more_of_it_and_its_double_is_neither(data):
    boxes = (4, 8, 12, 16), (5, 9, 12, 16), (30, 10, 38, 18)
    assert learnt(data, *boxes) == [(THING, 255), (THING, 255), (NOTHING, 0)] * 2


def test_what_lies_in_an_ignore_region_teaches_nothing(data):
    boxes = (52, 10, 60, 18), (30, 10, 38, 18)
    truths = [truth for truth, _ in learnt(data, *boxes)]
    assert truths == [THING, NOTHING, THING, NOTHING, NOTHING]  # the first has the region


def test_only_as_many_candidates_as_will_be_looked_at_are_learnt_from(data):
    boxes = [(20 + i, 20, 22 + i, 23) for i in range(0, 20, 3)]
    truths = [truth for truth, _ in learnt(data, *boxes, rescoring=HOW | {"most": 4})]
    assert truths == ([THING] + [NOTHING] * 4) * 2


class Recording:
    """Learns nothing but how much there was of each sort; all is as likely as not."""

    def __init__(self):
        self.had = []

    def __call__(self, crops):
        self.had.append((crops.truth.count(THING), crops.truth.count(NOTHING)))
        return np.zeros(crops.features.shape[1], np.float32), 0.0


def judged_in_folds(data, learn, *boxes, sources=("a", "b"), **changes):
    wanted = recipe(data, **changes)
    held = detectors(data, {}).model_copy(update={"hold_out": None})
    places = held.model_copy(
        update={"same_source": dict(zip(("sm_1", "sm_2"), sources, strict=True))}
    )
    looked = list(look(wanted, Sees(*boxes), middle, pictures(wanted, places, INPUT)))
    return cross_validated(wanted, load_card(MODELS / "litter"), looked, learn, 2)


def test_in_folds_a_street_is_judged_by_what_the_others_teach(data):
    learn = Recording()
    judged = judged_in_folds(data, learn, (4, 8, 12, 16), (30, 10, 38, 18), (30, 20, 38, 28))
    assert learn.had == [(2, 2), (2, 2)]  # one street each, and never the one that is judged
    assert [len(one.found) for one in judged] == [3, 3]
    assert [len(one.labels) for one in judged] == [1, 1]
    assert summary(judged)["all"]["boxes"] == 2
    assert summary(judged)["all"]["ap_centre"] == 1.0


def test_streets_of_one_place_are_in_one_fold(data):
    with pytest.raises(DataInvalid, match="nothing there"):
        judged_in_folds(data, Recording(), (30, 10, 38, 18), sources=("a", "a"))


def test_in_folds_the_head_decides_with_the_detector(data):
    def bright(crops):
        return np.array([1, 0, 0], np.float32) / 40, 0.0

    boxes = (30, 10, 38, 18), (4, 8, 12, 16)  # the false one first
    alone, both = (judged_in_folds(data, learn, *boxes) for learn in (Recording(), bright))
    assert summary(alone)["all"]["ap_centre"] == 0.5
    assert summary(both)["all"]["ap_centre"] == 1.0


def test_what_lies_within_a_better_one_is_dropped_in_folds_as_in_use(data):
    boxes = (4, 8, 12, 16), (5, 9, 8, 12), (30, 10, 38, 18)
    assert [len(one.found) for one in judged_in_folds(data, Recording(), *boxes)] == [3, 3]
    once = judged_in_folds(data, Recording(), *boxes, nms_inside=0.7)
    assert [len(one.found) for one in once] == [2, 2]


def test_a_label_is_seen_shifted_as_a_detector_might_draw_it(data):
    seen = learnt(data, (30, 10, 38, 18), jitter=3, encode=lambda all_: all_.mean(axis=(1, 2)))
    assert [truth for truth, _ in seen] == ([THING] * 4 + [NOTHING]) * 2
    assert len({brightness for truth, brightness in seen if truth == THING}) > 1


def test_what_the_detector_holds_out_is_not_learnt_from(data):
    def names(**same_source):
        return len(list(pictures(recipe(data), detectors(data, same_source), INPUT)))

    assert names(sm_1=KEPT, sm_2=KEPT) == 2
    assert names(sm_1=KEPT, sm_2=HELD_OUT) == 1
    with pytest.raises(DataInvalid, match="nothing there that is thing"):
        gather(look(recipe(data), Sees(), middle, []))


def test_a_detector_that_is_never_wrong_cannot_be_learnt_from(data):
    with pytest.raises(DataInvalid, match="nothing there that is none"):
        learnt(data, (4, 8, 12, 16))


def test_pictures_that_are_made_lie_in_the_input_as_large_as_they_are(data):
    more = [{"kind": "pictures", "from": ".", "only": "sm_", "count": 1}]
    wanted = recipe(data, further=more, only="none of them")
    (seen,) = pictures(wanted, detectors(data, {"sm_1": KEPT, "sm_2": KEPT}), INPUT)
    assert seen.image.shape == (64, 128, 3)
    assert seen.fit.to_input(seen.labels) == pytest.approx(np.array([[4, 8, 12, 16]]))
    assert (seen.image[8:16, 4:12] == 255).all()
    assert (seen.image[32:] == 114).all()


def test_boxes_go_to_the_input_and_back():
    _, fit = letterbox(np.zeros((30, 64, 3), np.uint8), 128, 64)
    box = np.array([[4, 8, 12, 16]], np.float32)
    assert fit.to_input(box) == pytest.approx(np.array([[8, 18, 24, 34]]))
    assert fit.to_picture(fit.to_input(box)) == pytest.approx(box)


def test_the_shipped_recipe_can_be_read():
    read = load_rescoring_recipe(MODELS / "litter" / "rescoring.yaml")
    card = load_card(MODELS / "litter")
    assert card.rescoring is not None
    used = read.rescoring.model_copy(update={"sha256": card.rescoring.sha256})
    assert used == card.rescoring
    assert (read.nms_iou, read.nms_inside) == (card.nms_iou, card.nms_inside)


@pytest.mark.tuning
def test_what_is_written_is_what_was_learnt(tmp_path):
    import torch

    from tuning.encoder import DEPTHS
    from tuning.rescoring_train import encoding, learn
    from tuning.verifier_export import write

    rng = np.random.default_rng(1)
    dark = rng.integers(0, 60, (6, 224, 224, 3)).astype(np.uint8)
    features = encoding()(np.concatenate([255 - dark, dark]))
    assert features.shape == (12, DEPTHS)
    truth = [THING] * 6 + [NOTHING] * 6
    stage = learn(Crops(features, truth, [THING] * 12, np.ones(12, np.bool_)), 1e-3)
    write(stage, 224, "odds", tmp_path / "second.onnx")
    assert (tmp_path / "second.onnx").stat().st_size < 12e6
    how = Rescoring.model_validate(HOW | {"side": 224})
    crops = np.stack([255 - dark[0], dark[0]])
    planes = torch.from_numpy(crops[..., ::-1].transpose(0, 3, 1, 2).copy()).float() / 255
    with torch.no_grad():
        own = stage(planes).numpy()
    for engine in ("onnxruntime", "openvino"):
        runtime = load_runtime(tmp_path / "second.onnx", how, engine, threads=1, pictures=True)
        odds = runtime.run(crops)
        assert odds == pytest.approx(own, abs=0.05)
        assert odds[0, 0] > 0 > odds[1, 0]
