"""Scores on one scale: what is right stays first, and 0.25 is where to act."""

import numpy as np
import pytest
import supervision as sv
from hypothesis import given
from hypothesis import strategies as st

from detector.calibration import calibrate, own_score
from detector.card import Calibration, CardInvalid, load_card
from tuning.calibrate import ACT_AT, choose
from tuning.judged import JudgedPicture

LABEL = np.array([[10, 10, 30, 30]], np.float32)
NONE = np.zeros((0, 4), np.float32)


class Card:
    classes = ("stall", "vehicle")

    def __init__(self, **lines):
        self.calibration = lines


lines = st.builds(Calibration, slope=st.floats(0.3, 3), offset=st.floats(-6, 6))
scores = st.lists(st.floats(0.01, 0.99), min_size=1, max_size=20)


@given(lines, scores)
def test_the_order_stays(line, given_scores):
    given_scores = np.sort(np.array(given_scores, np.float32))
    put = calibrate(given_scores, np.zeros(len(given_scores), int), Card(stall=line))
    assert (np.diff(put) >= 0).all()
    assert ((put >= 0) & (put <= 1)).all()


@given(lines, st.floats(0.05, 0.95), scores)
def test_nothing_that_passes_on_the_cards_scale_is_dropped_before(line, threshold, given_scores):
    card = Card(stall=line)
    own = np.array(given_scores, np.float32)
    put = calibrate(own, np.zeros(len(own), int), card)
    clearly = put > threshold + 1e-4
    assert (own[clearly] > own_score(threshold, card)).all()


def test_a_class_without_a_line_keeps_the_models_own_scores():
    own = np.array([0.2, 0.7], np.float32)
    card = Card(stall=Calibration(slope=2.0, offset=1.0))
    assert calibrate(own, np.array([1, 1]), card) == pytest.approx(own, abs=1e-6)
    assert calibrate(own, np.array([1, 1]), Card()) is own


def judged(score, *, right):
    found = sv.Detections(xyxy=LABEL, confidence=np.array([score]), class_id=np.array([0]))
    return JudgedPicture.of(
        None, night=False, detections=found, labels=LABEL if right else NONE,
        label_classes=np.zeros(int(right), int), ignored=NONE,
    )  # fmt: skip


def test_the_score_from_which_it_pays_becomes_a_quarter():
    pictures = [judged(0.5 + 0.02 * i, right=True) for i in range(20)]
    pictures += [judged(0.01 * i, right=False) for i in range(40)]
    choice = choose(pictures, 0)
    assert 0.39 < choice.own < 0.5
    assert choice.recall == 1
    assert choice.false_on_empty == 0
    at = calibrate(np.array([choice.own], np.float32), np.array([0]), Card(stall=choice.line))
    assert at[0] == pytest.approx(ACT_AT, abs=1e-3)


def test_false_alarms_on_empty_pictures_hold_the_score_up():
    pictures = [judged(0.3 + 0.01 * i, right=True) for i in range(40)]
    pictures += [judged(0.4, right=False) for _ in range(10)] + [judged(0.1, right=False)] * 30
    strict, lax = choose(pictures, 0, most_false=0.05), choose(pictures, 0, most_false=0.5)
    assert strict.own >= 0.4 > lax.own
    assert strict.false_on_empty <= 0.05
    assert lax.false_on_empty == 0.25


def test_a_class_that_is_never_found_has_nothing_to_choose_by():
    assert choose([judged(0.9, right=False)], 0) is None


def test_a_card_that_calibrates_a_class_it_does_not_have_is_told(tmp_path):
    (tmp_path / "card.yaml").write_text(
        """
name: tiny
version: "1"
kind: litter
weights: raw.onnx
sha256: "{sha}"
architecture: none
input: {{width: 32, height: 32}}
output: raw
classes: [red]
threshold: 0.25
calibration: {{blue: {{slope: 1.0}}}}
cadence_s: 30
licence: AGPL-3.0
""".format(sha="0" * 64),
        encoding="utf-8",
    )
    with pytest.raises(CardInvalid, match="blue, which is none of `classes`"):
        load_card(tmp_path)
