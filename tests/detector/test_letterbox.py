import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.letterbox import GREY, Fit, letterbox, to_floats

sides = st.integers(16, 400)


@given(sides, sides, st.integers(1, 8), st.integers(1, 8))
def test_a_box_comes_back_where_it_was(width, height, across, down):
    image = np.zeros((height, width, 3), dtype=np.uint8)
    _, fit = letterbox(image, 32 * across, 32 * down)
    box = np.array([[0, 0, width, height], [1, 2, width / 2, height / 2]], dtype=np.float32)
    scale = np.array([fit.scale_x, fit.scale_y] * 2)
    inside = box * scale + np.array([fit.pad_x, fit.pad_y] * 2)
    assert np.allclose(fit.to_picture(inside.astype(np.float32)), box, atol=0.01)


@given(sides, sides)
def test_the_picture_lies_centred_and_whole(width, height):
    batch, fit = letterbox(np.full((height, width, 3), 255, dtype=np.uint8), 64, 64)
    assert batch.shape == (64, 64, 3)
    assert batch.dtype == np.uint8
    white = np.argwhere(batch[:, :, 0] == 255)
    top, left = white.min(axis=0)
    bottom, right = white.max(axis=0) + 1
    assert (left, top) == (fit.pad_x, fit.pad_y)
    assert abs(left - (64 - right)) <= 1
    assert abs(top - (64 - bottom)) <= 1
    assert max(right - left, bottom - top) == 64


def test_what_is_not_picture_is_grey():
    batch, fit = letterbox(np.zeros((32, 64, 3), dtype=np.uint8), 64, 64)
    assert fit == Fit(1.0, 1.0, 0, 16, 64, 32)
    assert np.all(batch[:16] == GREY)
    assert np.all(batch[16:48] == 0)


def test_blue_green_red_becomes_red_green_blue_in_shares():
    image = np.zeros((32, 32, 3), dtype=np.uint8)
    image[:] = (51, 102, 255)
    fitted, _ = letterbox(image, 32, 32)
    batch = to_floats(fitted[None])
    assert batch.shape == (1, 3, 32, 32)
    assert batch[0, :, 5, 5] == pytest.approx([1.0, 0.4, 0.2])


def test_boxes_are_clipped_to_the_picture():
    fit = Fit(0.5, 0.5, 0, 10, 100, 80)
    boxes = np.array([[-5, 0, 200, 200]], dtype=np.float32)
    assert fit.to_picture(boxes).tolist() == [[0, 0, 100, 80]]


def test_a_picture_thinner_than_a_pixel_of_input_still_lies_in_it():
    batch, fit = letterbox(np.full((3000, 1, 3), 255, dtype=np.uint8), 32, 32)
    assert batch.max() == 255
    assert fit.to_picture(np.array([[0, 0, 32, 32]], np.float32)).tolist() == [[0, 0, 1, 3000]]
