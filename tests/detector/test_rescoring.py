"""Candidates are cut out, shown to a classifier, and scored anew."""

import shutil

import numpy as np
import pytest

from detector.card import Rescoring, load_card
from detector.errors import WeightsMismatch, WeightsMissing
from detector.model import Model, load_model
from detector.rescoring import rescore
from tests.detector.conftest import DATA

HOW = {
    "weights": "second.onnx",
    "sha256": "0" * 64,
    "side": 32,
    "context": 2.0,
    "smallest": 8,
    "candidates_from": 0.05,
    "most": 3,
    "detector": 1.0,
    "classifier": 1.0,
}


class Brightness:
    """A classifier whose log-odds are the crop's mean red, a tenth of it."""

    name = "brightness"

    def __init__(self):
        self.shapes = []

    def run(self, batch):
        self.shapes.append(batch.shape)
        return batch[:, :, :, 2].mean(axis=(1, 2))[:, None].astype(np.float32) / 10


def put(boxes, scores, picture=None, **changes):
    picture = np.zeros((64, 64, 3), np.uint8) if picture is None else picture
    classifier = Brightness()
    new = rescore(
        Rescoring.model_validate(HOW | changes),
        classifier,
        picture,
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(scores, np.float32),
    )
    return new, classifier


def test_what_the_classifier_sees_nothing_in_keeps_the_detectors_score():
    new, classifier = put([(10, 10, 20, 20), (30, 30, 40, 44)], [0.7, 0.2])
    assert new == pytest.approx([0.7, 0.2], abs=1e-6)
    assert classifier.shapes == [(2, 32, 32, 3)]


def test_log_odds_are_added_with_their_weights():
    picture = np.full((64, 64, 3), 20, np.uint8)  # log-odds of 2 everywhere
    new, _ = put([(20, 20, 30, 30)], [0.5], picture, classifier=0.5, offset=-1.0)
    assert new == pytest.approx([0.5], abs=1e-6)
    new, _ = put([(20, 20, 30, 30)], [0.5], picture, detector=0.0)
    assert new == pytest.approx([1 / (1 + np.exp(-2))], abs=1e-6)


def test_each_candidate_is_judged_by_what_is_at_its_own_place():
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:32, :32] = 40
    new, _ = put([(40, 40, 50, 50), (10, 10, 18, 18)], [0.5, 0.5], picture)
    assert new[0] == pytest.approx(0.5)
    assert new[1] > 0.95


def test_only_the_best_are_looked_at():
    new, classifier = put([(5 * i, 5, 5 * i + 4, 9) for i in range(5)], [0.5] * 5)
    assert len(new) == 3
    assert classifier.shapes == [(3, 32, 32, 3)]


def test_without_a_candidate_the_classifier_rests():
    new, classifier = put([], [])
    assert len(new) == 0
    assert classifier.shapes == []


def with_rescoring(make_model, **changes):
    return make_model(rescoring=HOW | changes)


def test_a_models_detections_carry_the_new_scores(make_model, paint):
    bare = load_model(make_model())
    image = paint(red=51)
    assert bare.detect([image], threshold=0.1)[0].confidence == pytest.approx([0.2])
    model = Model(load_card(with_rescoring(make_model)), bare.runtime, Brightness())
    (found,) = model.detect([image])
    assert found.confidence[0] > 0.9


def test_what_scores_less_than_candidates_from_is_not_had_by_asking(make_model, paint):
    card = load_card(with_rescoring(make_model, candidates_from=0.3))
    model = Model(card, load_model(make_model()).runtime, Brightness())
    assert len(model.detect([paint(red=51)], threshold=0.001)[0]) == 0


def test_a_classifiers_file_is_checked_like_any_weights(make_model):
    folder = with_rescoring(make_model)
    with pytest.raises(WeightsMissing, match=r"second\.onnx"):
        load_model(folder)
    shutil.copy(DATA / "end2end.onnx", folder / "second.onnx")
    with pytest.raises(WeightsMismatch, match=r"second\.onnx"):
        load_model(folder)
