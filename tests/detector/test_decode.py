import numpy as np
import pytest

from detector.card import ModelCard
from detector.decode import MOST_DETECTIONS, decode
from detector.letterbox import Fit

WHOLE = Fit(1.0, 1.0, 0, 0, 100, 100)
HALF = Fit(0.5, 0.5, 0, 10, 200, 160)


def card(output: str, **changes: object) -> ModelCard:
    values = {
        "name": "made",
        "version": "1",
        "kind": "litter",
        "weights": "none.onnx",
        "sha256": "0" * 64,
        "architecture": "by hand",
        "input": {"width": 96, "height": 96},
        "output": output,
        "classes": ["bag", "heap"],
        "threshold": 0.5,
        "nms_iou": 0.5,
        "cadence_s": 30,
        "licence": "none",
    }
    return ModelCard.model_validate(values | changes)


def raw(*anchors: tuple[float, ...]) -> np.ndarray:
    """Anchors (cx, cy, w, h, bag, heap) as a model lays them out."""
    return np.array(anchors, dtype=np.float32).T.reshape(6, -1)


def test_raw_boxes_are_centres_and_sizes():
    found = decode(raw((20, 30, 10, 20, 0.9, 0.1)), card("raw"), WHOLE, 0.5)
    assert found.xyxy.tolist() == [[15, 20, 25, 40]]
    assert found.confidence == pytest.approx([0.9])
    assert found.data["class_name"].tolist() == ["bag"]


def test_the_better_of_two_overlapping_boxes_of_one_class_stays():
    found = decode(
        raw((20, 20, 10, 10, 0.6, 0), (21, 20, 10, 10, 0.9, 0), (60, 60, 10, 10, 0.7, 0)),
        card("raw"),
        WHOLE,
        0.5,
    )
    assert found.confidence == pytest.approx([0.9, 0.7])


def test_overlapping_boxes_of_two_classes_both_stay():
    output = raw((20, 20, 10, 10, 0.9, 0), (20, 20, 10, 10, 0, 0.8))
    found = decode(output, card("raw"), WHOLE, 0.5)
    assert found.data["class_name"].tolist() == ["bag", "heap"]


def test_how_much_may_overlap_is_the_cards():
    output = raw((20, 20, 10, 10, 0.9, 0), (22, 20, 10, 10, 0.8, 0))  # they share two thirds
    assert len(decode(output, card("raw", nms_iou=0.6), WHOLE, 0.5)) == 1
    assert len(decode(output, card("raw", nms_iou=0.7), WHOLE, 0.5)) == 2


WHOLE_HEAP, PIECE, BESIDE = (30, 30, 40, 40), (40, 40, 14, 14), (70, 30, 20, 20)


@pytest.mark.parametrize("scores", [(0.9, 0.7), (0.7, 0.9)])
def test_a_heap_is_found_once_whole_or_in_part_where_the_card_says_so(scores):
    output = raw((*WHOLE_HEAP, scores[0], 0), (*PIECE, scores[1], 0), (*BESIDE, 0.6, 0))
    assert len(decode(output, card("raw"), WHOLE, 0.5)) == 3
    found = decode(output, card("raw", nms_inside=0.7), WHOLE, 0.5)
    assert found.confidence == pytest.approx([0.9, 0.6])


def test_a_piece_of_another_class_stays_in_a_heap_and_so_does_one_that_reaches_out():
    nested = card("raw", nms_inside=0.7)
    assert len(decode(raw((*WHOLE_HEAP, 0.9, 0), (*PIECE, 0, 0.8)), nested, WHOLE, 0.5)) == 2
    half_out = (50, 30, 14, 14)
    assert len(decode(raw((*WHOLE_HEAP, 0.9, 0), (*half_out, 0.8, 0)), nested, WHOLE, 0.5)) == 2


def test_end_to_end_boxes_are_corners_and_none_is_suppressed():
    output = np.array(
        [[10, 10, 20, 20, 0.7, 1], [10, 10, 20, 21, 0.9, 1], [0, 0, 0, 0, 0, 0]], dtype=np.float32
    )
    found = decode(output, card("end2end"), WHOLE, 0.5)
    assert found.xyxy.tolist() == [[10, 10, 20, 21], [10, 10, 20, 20]]
    assert found.data["class_name"].tolist() == ["heap", "heap"]


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        (raw((20, 30, 10, 20, 0.9, 0.1)), "raw"),
        (np.array([[15, 20, 25, 40, 0.9, 0]], dtype=np.float32), "end2end"),
    ],
)
def test_boxes_are_in_pixels_of_the_full_picture(output, kind):
    assert decode(output, card(kind), HALF, 0.5).xyxy.tolist() == [[30, 20, 50, 60]]


@pytest.mark.parametrize("kind", ["raw", "end2end"])
def test_nothing_above_the_threshold_is_no_detection(kind):
    output = np.zeros((6, 8) if kind == "raw" else (8, 6), dtype=np.float32)
    found = decode(output, card(kind), WHOLE, 0.5)
    assert len(found) == 0
    assert found.xyxy.shape == (0, 4)
    assert found.data["class_name"].tolist() == []


def test_a_flood_of_boxes_is_cut_to_the_best():
    rng = np.random.default_rng(7)
    output = np.zeros((6, 20_000), dtype=np.float32)
    output[:2] = rng.uniform(0, 100, (2, 20_000))
    output[2:4] = 0.5
    output[4] = rng.uniform(0.01, 1, 20_000)
    found = decode(output, card("raw"), WHOLE, 0.001)
    assert len(found) == MOST_DETECTIONS
    assert found.confidence[0] == output[4].max()
    assert np.all(np.diff(found.confidence) <= 0)
