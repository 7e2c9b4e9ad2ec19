"""The second look: what it is shown, what it lets through, and how its head is made."""

import hashlib
from types import SimpleNamespace
from zlib import crc32

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.detections import Detections
from detector.errors import CardInvalid, WeightsMissing
from detector.verifier import Verifier, VerifierCard, crop, load_verifier
from tuning.verifier import Examined, gather
from tuning.verifier_head import choose_keep, fit, folded, measure, shares
from tuning.verifier_recipe import is_verifiers, load_verifier_recipe
from yamlfile import YamlFileError

CARD = VerifierCard(
    name="verifier",
    version="1",
    weights="verifier.onnx",
    sha256="0" * 64,
    architecture="none",
    input={"width": 32, "height": 32},
    context=2.0,
    smallest=16,
    classes=("none", "litter", "cover_missing", "cover_damaged"),
    keep={"litter": 0.4, "cover_missing": 0.9},
    alike=(("cover_damaged", "cover_missing"),),
    never_vetoed=("cover_missing",),
    licence="AGPL-3.0",
)


class Says:
    """An engine that says the same of each crop."""

    name = "says"

    def __init__(self, *row):
        self.row, self.shape = row, None

    def run(self, batch):
        self.shape = batch.shape
        return np.array([self.row] * len(batch), np.float32)


def test_a_candidate_passes_from_its_classs_share_on():
    image = np.zeros((100, 100, 3), np.uint8)
    engine = Says(0.6, 0.4, 0.0, 0.0)
    (opinion,) = Verifier(CARD, engine).judge(image, [("litter", (10, 10, 20, 20))])
    assert opinion.passes
    assert opinion.shares == {"none": 0.6, "litter": 0.4, "cover_missing": 0.0, "cover_damaged": 0}
    assert engine.shape == (1, 3, 32, 32)
    engine = Says(0.7, 0.3, 0.0, 0.0)
    (opinion,) = Verifier(CARD, engine).judge(image, [("litter", (10, 10, 20, 20))])
    assert not opinion.passes


def test_classes_that_are_alike_bear_each_other_out():
    (opinion,) = Verifier(CARD, Says(0.1, 0.0, 0.5, 0.4)).judge(
        np.zeros((100, 100, 3), np.uint8), [("cover_damaged", (10, 10, 20, 20))]
    )
    assert opinion.borne_out == pytest.approx(0.9)
    assert (CARD.like("litter"), CARD.like("cover_damaged")) == (
        ("litter",),
        ("cover_damaged", "cover_missing"),
    )


def test_an_open_hole_is_never_vetoed_nor_is_what_it_does_not_know():
    image = np.zeros((100, 100, 3), np.uint8)
    candidates = [("cover_missing", (10, 10, 20, 20)), ("campfire", (30, 30, 40, 40))]
    opinions = Verifier(CARD, Says(1.0, 0.0, 0.0, 0.0)).judge(image, candidates)
    assert [one.passes for one in opinions] == [True, True]


def test_nothing_to_look_at_runs_nothing():
    engine = Says(1.0, 0.0, 0.0, 0.0)
    assert Verifier(CARD, engine).judge(np.zeros((9, 9, 3), np.uint8), []) == []
    assert engine.shape is None


def test_the_crop_shows_the_thing_in_the_middle_with_its_surroundings():
    image = np.zeros((100, 200, 3), np.uint8)
    image[40:50, 60:80] = 255
    shown = crop(image, (60, 40, 80, 50), CARD)  # twice the longer side: 40 pixels to 32
    assert shown.shape == (32, 32, 3)
    bright = np.argwhere(shown[:, :, 0] > 127)
    assert bright.min(axis=0).tolist() == [12, 8]
    assert bright.max(axis=0).tolist() == [19, 23]


coordinate = st.floats(-60, 160)


@given(coordinate, coordinate, st.floats(0.5, 90), st.floats(0.5, 90))
def test_a_box_anywhere_gives_a_crop(left, top, width, height):
    image = np.full((70, 90, 3), 200, np.uint8)
    assert crop(image, (left, top, left + width, top + height), CARD).shape == (32, 32, 3)


def crops(features, truth, claimed, places=None):
    count = len(truth)
    return Examined(
        np.array(features, np.float32),
        truth,
        claimed,
        np.ones(count, dtype=bool),
        np.ones(count, np.float32),
        np.arange(count) if places is None else np.array(places),
        np.ones(count, dtype=bool),
    )


def test_what_the_head_keeps_and_removes_is_counted_by_the_class_claimed():
    given_shares = np.array(
        [[0.1, 0.9, 0, 0], [0.5, 0.5, 0, 0], [0.9, 0.1, 0, 0], [0.2, 0.8, 0, 0], [0, 0, 1, 0]],
        np.float32,
    )
    truth = ["litter", "litter", "none", "none", "cover_damaged"]
    claimed = ["litter"] * 4 + ["cover_missing"]
    figures = measure(crops(np.zeros((5, 1)), truth, claimed), given_shares, CARD)
    litter = figures["litter"]
    assert (litter["true"], litter["true_kept"]) == (2, 1.0)
    assert (litter["false"], litter["false_removed"]) == (2, 0.5)
    assert figures["cover_missing"]["true_kept"] == 1.0  # what is alike is no false alarm


def test_intervals_are_over_places_whose_crops_stand_and_fall_together():
    given_shares = np.tile(np.array([[0.9, 0.1, 0, 0]], np.float32), (40, 1))
    given_shares[:20] = 0, 1, 0, 0
    one = crops(np.zeros((40, 1)), ["none"] * 40, ["litter"] * 40, [0] * 20 + [1] * 20)
    many = crops(np.zeros((40, 1)), ["none"] * 40, ["litter"] * 40)
    wide, narrow = (
        measure(each, given_shares, CARD)["litter"]["false_removed_interval"]
        for each in (one, many)
    )
    assert (wide[0], wide[1]) == (0.0, 1.0)
    assert 0.2 < narrow[0] < 0.5 < narrow[1] < 0.8


def test_the_share_to_keep_lets_the_wanted_part_of_the_true_pass():
    own = np.linspace(0, 1, 101)
    given_shares = np.stack([1 - own, own, 0 * own, 0 * own], axis=1)
    keep = choose_keep(
        crops(np.zeros((101, 1)), ["litter"] * 101, ["litter"] * 101),
        given_shares, CARD, 0.95, ["litter", "cover_damaged"],
    )  # fmt: skip
    assert keep == {"litter": pytest.approx(0.05, abs=1e-3)}


def test_what_is_chosen_on_has_not_been_learnt_from():
    seen = crops(np.zeros((6, 1)), ["none"] * 6, ["litter"] * 6, [0, 0, 1, 1, 2, 3])
    learnt = []

    def learn(part):
        learnt.append(set(part.places.tolist()))
        return np.zeros((4, 1), np.float32), np.zeros(4, np.float32)

    assert folded(seen, learn, CARD.classes, 2).sum(axis=1) == pytest.approx(1)
    assert learnt == [{1, 3}, {0, 2}]


class Finds:
    """A detector that sees litter on the label, again on it, and where there is none."""

    card = SimpleNamespace(classes=("litter", "cover_good"))

    def detect(self, images, threshold):
        boxes = [[20, 20, 40, 40], [24, 22, 44, 42], [70, 60, 90, 80]]
        scores = np.array([0.9, 0.8, 0.5], np.float32)
        return [Detections(np.array(boxes, np.float32), scores, np.zeros(3, np.int64))]


LEARNT, HELD_BACK = (
    next(name for name in "abcdefgh" if crc32(name.encode()) % 2 == rest) for rest in (1, 0)
)
DETECTOR = """
model: litter
classes: [litter, cover_good]
start: start.pt
data: .
stages: [{epochs: 1, mix: [{kind: pictures, from: .}]}]
"""
RECIPE = """
kind: verifier
judges: [litter]
held_back: 2
jitter: 1
sources:
- {detector: litter, recipe: detector.yaml, data: .}
- {detector: litter, recipe: detector.yaml, data: ., nothing: true}
"""


@pytest.fixture
def recipe(tmp_path):
    for part in ("images", "labels"):
        (tmp_path / part / "train").mkdir(parents=True)
    for name in (LEARNT, HELD_BACK):
        picture = np.full((100, 100, 3), 90, np.uint8)
        cv2.imwrite(str(tmp_path / "images" / "train" / f"{name}.png"), picture)
        label = tmp_path / "labels" / "train" / f"{name}.txt"
        label.write_text("0 0.3 0.3 0.2 0.2\n")
    (tmp_path / "start.pt").touch()
    (tmp_path / "detector.yaml").write_text(DETECTOR)
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE)
    return path


@pytest.mark.parametrize("held_back", [False, True])
def test_false_alarms_are_what_finds_nothing_and_all_where_there_is_nothing(
    recipe, monkeypatch, held_back
):
    monkeypatch.setattr("tuning.verifier.load_model", lambda *_, **__: Finds())
    found = gather(
        load_verifier_recipe(recipe),
        CARD,
        lambda each: each.reshape(len(each), -1)[:, :4].astype(np.float32),
        held_back=held_back,
    )
    # The label and a shifted copy; of three sightings the second is a double of the first.
    assert found.truth == ["litter"] * 3 + ["none"] + ["none"] * 3
    assert found.is_candidate.tolist() == [False, False] + [True] * 5
    assert found.scores.tolist() == pytest.approx([1, 1, 0.9, 0.5, 0.9, 0.8, 0.5])
    name = HELD_BACK if held_back else LEARNT
    assert set(found.places.tolist()) == {crc32(name.encode())}


def test_a_recipe_is_known_for_a_verifiers_by_its_kind(recipe):
    assert is_verifiers(recipe)
    assert not is_verifiers(recipe.with_name("detector.yaml"))
    recipe.write_text(
        RECIPE.replace("data: .}", "made: [], data: .}", 1).replace(", data: .}", "}", 1)
    )
    with pytest.raises(YamlFileError, match="either `data` or `made`"):
        load_verifier_recipe(recipe)


@pytest.mark.tuning
def test_the_head_tells_apart_what_differs_and_never_chooses_what_it_never_saw():
    random = np.random.default_rng(3)
    nothing, litter = random.normal(0, 1, (80, 6)), random.normal(2.5, 1, (80, 6))
    learnt = crops(np.concatenate([nothing, litter]), ["none"] * 80 + ["litter"] * 80,
                   ["litter"] * 160)  # fmt: skip
    given_shares = shares(learnt, fit(learnt, CARD.classes, 1.0))
    assert given_shares.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (given_shares.argmax(axis=1) == [0] * 80 + [1] * 80).mean() > 0.95
    assert given_shares[:, 2:].max() < 1e-3


@pytest.mark.tuning
def test_a_written_verifier_gives_what_the_head_gave(tmp_path):
    import torch

    from tuning.encoder import DEPTHS, SIDE, depths, encoder
    from tuning.verifier_export import Whole, write

    random = np.random.default_rng(4)
    head = random.normal(0, 0.02, (4, DEPTHS)).astype(np.float32), np.zeros(4, np.float32)
    network, weights = encoder(), tmp_path / "verifier.onnx"
    write(Whole(head).eval(), SIDE, "shares", weights)
    assert weights.stat().st_size < 12e6
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    card = CARD.model_dump(mode="json") | {
        "sha256": digest, "input": {"width": SIDE, "height": SIDE}
    }  # fmt: skip
    (tmp_path / "card.yaml").write_text(str(card), "utf-8")
    batch = random.random((2, 3, SIDE, SIDE), dtype=np.float32)
    with torch.no_grad():
        seen = depths(network, (torch.from_numpy(batch) * 255 - 127) / 128)
        odds = seen.numpy() @ head[0].T
    expected = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    for engine in ("onnxruntime", "openvino"):
        found = load_verifier(tmp_path, engine=engine).runtime.run(batch)
        assert found == pytest.approx(expected, abs=0.02)


def test_a_card_is_held_to_its_classes_and_its_weights(tmp_path):
    text = str(CARD.model_dump(mode="json"))
    (tmp_path / "card.yaml").write_text(text, "utf-8")
    with pytest.raises(WeightsMissing):
        load_verifier(tmp_path)
    (tmp_path / "card.yaml").write_text(text.replace("'keep': {'litter'", "'keep': {'glitter'"))
    with pytest.raises(CardInvalid, match="glitter: none of `classes`"):
        load_verifier(tmp_path)
