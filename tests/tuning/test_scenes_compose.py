"""Putting cut-outs onto a plate."""

import cv2
import numpy as np
import pytest

from tuning.scenes.camera import Camera
from tuning.scenes.compose import (
    Cutout,
    Sensor,
    anchors,
    carry,
    feathered,
    foot_to_head,
    overlay,
    premultiplied,
    shade,
)

CAMERA = Camera((0.0, -10.0, 6.0), 10.0, 30.0, 60.0, (640, 360))
STAY = np.array([[1.0, 0, 0], [0, 1.0, 0]])


def _frame(value: float = 0.5) -> np.ndarray:
    return np.full((90, 160, 3), value, dtype=np.float32)


def _red(height: int = 20, width: int = 10, alpha: int = 255) -> Cutout:
    image = np.zeros((height, width, 4), dtype=np.uint8)
    image[..., 2], image[..., 3] = 255, alpha
    return Cutout(premultiplied(image), 40, 30)


def test_a_cutout_lands_where_it_was_cut() -> None:
    frame = _frame()
    overlay(frame, _red(), STAY)
    assert frame[40, 45] == pytest.approx([0, 0, 1])
    assert frame[40, 60] == pytest.approx([0.5, 0.5, 0.5])


def test_half_an_alpha_is_half_a_cutout() -> None:
    frame = _frame()
    overlay(frame, _red(alpha=128), STAY)
    assert frame[40, 45] == pytest.approx([0.25, 0.25, 0.75], abs=0.01)


def test_a_cutout_of_fewer_pixels_takes_the_same_room() -> None:
    small = _red(10, 5)
    frame = _frame()
    overlay(frame, Cutout(small.image, 40, 30, 0.5), STAY)
    assert frame[47, 47] == pytest.approx([0, 0, 1], abs=0.01)
    assert frame[52, 45] == pytest.approx([0.5, 0.5, 0.5], abs=0.01)


def test_outside_the_picture_nothing_happens_and_at_its_edge_a_part_shows() -> None:
    frame = _frame()
    overlay(frame, _red(), STAY + np.array([[0, 0, 500], [0, 0, 0]]))
    assert np.all(frame == 0.5)
    overlay(frame, _red(), STAY + np.array([[0, 0, -45], [0, 0, 0]]))
    assert frame[40, 1] == pytest.approx([0, 0, 1])


def test_what_stands_before_a_figure_hides_it() -> None:
    frame = _frame()
    scene = np.full((90, 160), 20, dtype=np.float32)
    scene[:, 45:] = 5.0
    overlay(frame, _red(), STAY, (scene, np.full(90, 10, dtype=np.float32)))
    assert frame[40, 42] == pytest.approx([0, 0, 1])
    assert frame[40, 47] == pytest.approx([0.5, 0.5, 0.5])


def test_anchors_carry_a_figure_to_its_new_place() -> None:
    source = anchors(CAMERA, -2.0, 1.0, 0.0, 1.7)
    target = anchors(CAMERA, 2.0, 1.0, 0.0, 1.7)
    matrix = carry(source, target)
    assert source @ matrix[:, :2].T + matrix[:, 2] == pytest.approx(target, abs=1e-3)


def test_a_figures_depth_runs_from_foot_to_head() -> None:
    pixels = np.array([[100.0, 200.0], [102.0, 100.0]])
    rows = np.array([250.0, 200.0, 150.0, 100.0, 50.0])
    depth = foot_to_head(pixels, np.array([12.0, 11.0]), rows)
    assert depth == pytest.approx([12, 12, 11.5, 11, 11])


def test_a_shadow_is_darkest_in_its_middle_and_stays_near() -> None:
    frame = _frame()
    shade(frame, np.array([[60.0, 40], [90, 40], [90, 60], [60, 60]]), 0.6, 3.0)
    assert frame[50, 75].max() < 0.25
    assert frame[5, 5] == pytest.approx([0.5, 0.5, 0.5])


def test_a_patch_is_whole_inside_and_fades_at_its_border() -> None:
    plate, patch = _frame(0.0), np.ones((40, 40, 3), dtype=np.float32)
    out = feathered(plate, patch, 20, 10, edge=8)
    assert out[30, 40] == pytest.approx([1, 1, 1])
    assert 0 < out[10, 40, 0] < 0.3
    assert np.all(plate == 0)


def test_the_sensor_adds_noise_but_keeps_the_picture() -> None:
    frame = np.full((72, 128, 3), 0.5, dtype=np.float32)
    sensor = Sensor((128, 72), seed=1)
    first, second = sensor.expose(frame), sensor.expose(frame)
    assert first.dtype == np.uint8
    assert abs(float(first[30:40, 60:70].mean()) - 127.5) < 3
    assert 0.5 < first[30:40, 60:70].std() < 6
    assert not np.array_equal(first, second)
    again = Sensor((128, 72), seed=1).expose(frame)
    assert np.array_equal(first, again)


def test_white_noise_is_not_mistaken_for_a_colour_cast() -> None:
    grey = Sensor((128, 72), seed=2).expose(np.full((72, 128, 3), 0.5, dtype=np.float32))
    means = cv2.mean(grey)[:3]
    assert max(means) - min(means) < 1.5
