"""The sheets that show what each class looks like."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tuning.class_pictures import ACROSS, CAPTION, TILE, broken_manhole, manhole, on_ground, sheet

MODELS = Path(__file__).parents[2] / "models"


@pytest.mark.parametrize(("model", "rows"), [("litter", 2), ("vending", 3), ("manhole", 3)])
def test_each_model_shows_its_classes_in_a_small_picture(model, rows):
    path = MODELS / model / "classes.webp"
    assert path.stat().st_size < 150_000
    assert cv2.imread(str(path)).shape == (rows * (TILE + CAPTION), ACROSS * TILE, 3)


def test_a_sheet_has_a_row_a_class():
    dark = np.zeros((TILE, TILE, 3), dtype=np.uint8)
    made = sheet([("one", [dark]), ("two", [dark, dark])])
    black = (made == 0).all(axis=2)[:, TILE + TILE // 2]
    assert not black[: TILE + CAPTION].any()
    assert black[TILE + 2 * CAPTION :].all()


def test_a_cut_out_stands_on_the_ground_whole():
    tall = np.full((400, 100, 4), 255, dtype=np.uint8)
    tile = on_ground(tall)
    white = (tile == 255).all(axis=2)
    assert white.any(axis=1).sum() == TILE - 12
    assert not white[-6:].any()


def test_a_broken_cover_differs_from_the_sound_one_where_it_lies():
    sound = manhole(5)
    changed = np.nonzero((broken_manhole(sound, 2).image != sound.image).any(axis=2))
    x0, y0, x1, y1 = sound.boxes[0]
    assert len(changed[0]) > 200
    assert y0 - 20 <= changed[0].min()
    assert changed[0].max() <= y1 + 20
    assert x0 - 30 <= changed[1].min()
    assert changed[1].max() <= x1 + 30
