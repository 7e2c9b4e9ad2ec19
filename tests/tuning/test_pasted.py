"""Real things laid into other streets: where, how large, with which box."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuning.pasted import LARGEST, by_size, cuttings_of, decoy, lay
from tuning.tiles import Picture

NONE = np.zeros((0, 4))
BOX = np.array([[600.0, 500.0, 660.0, 540.0]])


def street(boxes=NONE, ignore=NONE, shade=120):
    """A plain grey street whose things are red."""
    image = np.full((720, 1280, 3), shade, dtype=np.uint8)
    for x0, y0, x1, y1 in boxes.astype(int):
        image[y0:y1, x0:x1] = (0, 0, 250)
    return Picture("sm_a", image, boxes, ignore)


def thing(seed=0):
    (cutting,) = cuttings_of(street(BOX), np.random.default_rng(seed), in_street=True)
    return cutting


def red(image, box):
    x0, y0, x1, y1 = (int(v) for v in np.round(box))
    part = image[y0:y1, x0:x1].astype(int)
    return (part[..., 2] - part[..., 0] > 60).mean()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_the_box_lies_where_the_thing_was_laid(seed):
    rng = np.random.default_rng(seed)
    ground = street()
    laid = lay(ground, thing(seed % 2), rng)
    assert (ground.image == 120).all()
    if laid is ground:
        return
    (box,) = laid.boxes
    assert red(laid.image, box) > 0.8
    outside = laid.image.copy()
    x0, y0 = np.floor(box[:2]).astype(int)
    x1, y1 = np.ceil(box[2:]).astype(int)
    outside[y0:y1, x0:x1] = 120
    assert red(outside, (0, 0, 1280, 720)) < 0.001


def test_things_further_down_are_larger_and_none_is_a_blur():
    laid = [lay(street(), thing(), np.random.default_rng(seed)).boxes for seed in range(80)]
    boxes = np.vstack(laid)
    whole = boxes[(boxes[:, 0] > 0) & (boxes[:, 2] < 1280) & (boxes[:, 3] < 720)]
    heights, feet = whole[:, 3] - whole[:, 1], whole[:, 3]
    assert heights.max() <= 40 * LARGEST + 2
    assert np.corrcoef(heights, feet)[0, 1] > 0.7


def test_nothing_is_laid_on_what_is_marked_or_doubtful():
    everywhere = np.array([[0.0, 0.0, 1280.0, 720.0]])
    busy = street(ignore=everywhere)
    assert lay(busy, thing(), np.random.default_rng(0)) is busy
    assert decoy(busy, thing(), np.random.default_rng(0)) is None


def test_a_decoy_gets_no_box():
    rng = np.random.default_rng(3)
    patch = decoy(street(shade=60), thing(), rng)
    laid = lay(street(), patch, rng, marked=False)
    assert len(laid.boxes) == 0
    assert (laid.image != 120).any()


def test_what_lies_under_another_mark_or_is_tiny_is_not_cut_out():
    crossed = street(np.vstack([BOX, BOX + 10]))
    assert cuttings_of(crossed, np.random.default_rng(0), in_street=True) == []
    tiny = street(np.array([[600.0, 500.0, 606.0, 506.0]]))
    assert cuttings_of(tiny, np.random.default_rng(0), in_street=True) == []


def test_what_is_no_street_is_cut_out_with_a_matte_or_not_at_all():
    flat = Picture(
        "wb_a", np.full((640, 640, 3), 90, np.uint8), np.array([[100.0, 100, 300, 300]]), NONE
    )
    assert cuttings_of(flat, np.random.default_rng(0), in_street=False) == []


def test_things_are_sorted_by_size_without_empty_sorts():
    large = street(np.array([[600.0, 400.0, 700.0, 500.0]]))
    (heap,) = cuttings_of(large, np.random.default_rng(0), in_street=True)
    sorts = by_size([thing(), heap])
    assert [len(sort) for sort in sorts] == [2]
    assert heap.short == pytest.approx(100)
