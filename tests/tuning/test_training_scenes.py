"""Training pictures that are put together: covers laid into streets, stalls put onto them."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuning.cover_scenes import DAMAGED, GOOD, MISSING, Cover, broken, cover_scene, covers_of
from tuning.examples import DataInvalid
from tuning.pasting import filmed, paste, resized
from tuning.street_scenes import Actor, Staging, read_actors, street_scene
from tuning.tiles import Picture, Tile

NONE = np.zeros((0, 4))
CLASSES = ("stall", "vendor_vehicle")


def lid(kind=GOOD, shade=30):
    """A dark round cover of 100 pixels on light ground, with a margin."""
    image = np.full((124, 124, 3), 140, dtype=np.uint8)
    cv2.circle(image, (62, 62), 50, (shade,) * 3, -1)
    return Cover(kind, image, np.array([12.0, 12, 112, 112]))


def street(shade=120, side=480):
    return Tile("street", np.full((side, side, 3), shade, dtype=np.uint8), NONE)


def test_covers_are_cut_with_a_margin():
    image = np.zeros((400, 400, 3), dtype=np.uint8)
    picture = Picture("p", image, np.array([[100.0, 100, 200, 200], [0, 0, 30, 30]]), NONE,
                      np.array([MISSING, GOOD]))  # fmt: skip
    (cover,) = covers_of(picture)  # the other one is too small to be shrunk further
    assert cover.kind == MISSING
    assert cover.image.shape == (124, 124, 3)
    np.testing.assert_allclose(cover.box, [12, 12, 112, 112])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31))
def test_covers_lie_where_their_boxes_say_and_apart(seed):
    ground = street(200)
    pool = [lid(kind) for kind in (GOOD, DAMAGED, MISSING)]
    tile = cover_scene(ground, pool, "c", np.random.default_rng(seed), (22, 110))
    assert (ground.image == 200).all()
    assert len(tile.boxes) == len(tile.classes) <= 4
    for x0, y0, x1, y1 in tile.boxes.astype(int):
        assert 0 <= x0 < x1 <= 480
        assert 0 <= y0 < y1 <= 480
        assert tile.image[(y0 + y1) // 2, (x0 + x1) // 2].mean() < 120
    if not len(tile.boxes):
        assert (tile.image == 200).all()


@pytest.mark.parametrize("seed", range(12))
def test_a_broken_cover_is_damaged_and_keeps_its_frame(seed):
    whole = lid(shade=110)
    hurt = broken(whole, np.random.default_rng(seed))
    assert hurt.kind == DAMAGED
    np.testing.assert_array_equal(hurt.box, whole.box)
    assert whole.image[62, 62].mean() == 110
    changed = (hurt.image != whole.image).any(axis=2)
    assert 20 < changed.sum() < 0.9 * 124 * 124


def actor(label="stall", shade=(0, 0, 255)):
    """A red block of 1 x 1 m, 100 pixels, opaque."""
    image = np.zeros((100, 100, 4), dtype=np.uint8)
    image[..., :3], image[..., 3] = shade, 255
    return Actor(image, label, (0, 0, 100, 100), 20.0, 100.0, night=False)


def plate(shade=120):
    return Picture("p", np.full((720, 1280, 3), shade, dtype=np.uint8), NONE, NONE)


DAY = Staging(side=256, empty=0.0, night=0.0, close=0.0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31))
def test_boxes_are_inside_the_picture_and_of_a_class(seed):
    cast = [actor(), actor("vendor_vehicle", (0, 255, 0)), actor("", (255, 0, 0))]
    tile = street_scene(plate(), cast, CLASSES, "s", np.random.default_rng(seed), DAY)
    assert tile.image.shape == (256, 256, 3)
    assert len(tile.boxes) == len(tile.classes)
    assert set(tile.classes) <= {0, 1}
    assert ((tile.boxes >= 0) & (tile.boxes <= 256)).all()
    assert (tile.boxes[:, 2:] > tile.boxes[:, :2]).all()


def test_what_stands_there_by_right_gets_no_box():
    for seed in range(10):
        rng = np.random.default_rng(seed)
        assert len(street_scene(plate(), [actor("")], CLASSES, "s", rng, DAY).boxes) == 0


def test_a_share_of_the_pictures_holds_no_vending():
    staging = Staging(side=128, empty=1.0, night=0.0)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        assert len(street_scene(plate(), [actor()], CLASSES, "s", rng, staging).boxes) == 0


def test_a_thing_hidden_by_nearer_ones_loses_its_box():
    """Of many large things in a small picture only some can be in sight."""
    crowded = Staging(side=128, empty=0.0, night=0.0, close=1.0)
    counts = [len(street_scene(plate(), [actor()], CLASSES, "s", np.random.default_rng(seed),
                               crowded).boxes) for seed in range(40)]  # fmt: skip
    assert max(counts) <= 3


def test_a_market_has_several_low_stalls_among_people_and_nothing_else():
    cloth, folk = (replace(actor(label, shade), kind=kind) for label, shade, kind in
                   (("stall", (0, 0, 255), "cloth"), ("", (255, 0, 0), "people")))  # fmt: skip
    van = replace(actor("vendor_vehicle", (0, 255, 0)), kind="van")
    market = replace(DAY, market=1.0)
    tiles = [street_scene(plate(), [cloth, folk, van], CLASSES, "m", np.random.default_rng(seed),
                          market) for seed in range(20)]  # fmt: skip
    assert {kind for tile in tiles for kind in tile.classes} == {0}
    assert max(len(tile.boxes) for tile in tiles) > 2
    assert any((tile.image[..., 0] > tile.image[..., 2].astype(int) + 60).any() for tile in tiles)
    alone = [street_scene(plate(), [van], CLASSES, "m", np.random.default_rng(seed), market)
             for seed in range(5)]  # fmt: skip
    assert not any(len(tile.boxes) for tile in alone)


def test_a_plate_keeps_the_boxes_it_came_with():
    own = Picture("p", plate().image, np.array([[500.0, 200, 800, 500]]), NONE, np.array([1]))
    staging = Staging(side=256, crop=(1.0, 1.0), empty=1.0, night=0.0)
    seen = [street_scene(own, [actor()], CLASSES, "s", np.random.default_rng(s), staging)
            for s in range(12)]  # fmt: skip
    kept = [tile for tile in seen if len(tile.boxes)]
    assert kept
    assert all(set(tile.classes) == {1} for tile in kept)


def test_an_index_is_read_and_a_broken_one_told(tmp_path):
    with pytest.raises(DataInvalid, match=r"vending\.json: not there"):
        read_actors(tmp_path, CLASSES)
    row = {"file": "a.webp", "label": "stall", "box": [0, 0, 9, 9], "pitch": 10, "scale": 50}
    row["kind"] = "cloth"
    (tmp_path / "vending.json").write_text(json.dumps([{**row, "light": "night"}]))
    with pytest.raises(DataInvalid, match=r"a\.webp: not a picture with alpha"):
        read_actors(tmp_path, CLASSES)
    cv2.imwrite(str(tmp_path / "a.webp"), np.full((10, 10, 4), 200, dtype=np.uint8))
    (one,) = read_actors(tmp_path, CLASSES)
    assert one.night
    assert one.kind == "cloth"
    with pytest.raises(DataInvalid, match="class 'stall' is none of litter"):
        read_actors(tmp_path, ("litter",))


def test_an_edge_takes_no_colour_from_what_lies_behind_it():
    cutout = np.zeros((40, 40, 4), dtype=np.uint8)
    cutout[..., :3] = (255, 255, 255)  # white where nothing is seen
    cutout[10:30, 10:30] = (0, 0, 0, 255)
    small = resized(cutout, 20, 20)
    picture = np.full((20, 20, 3), 90, dtype=np.uint8)
    paste(picture, small, 0, 0)
    assert picture.max() == 90


def test_what_reaches_beyond_the_picture_is_left_out():
    picture = np.zeros((10, 10, 3), dtype=np.uint8)
    red = np.full((6, 6, 4), 255, dtype=np.uint8)
    for x, y in ((-3, -3), (7, 7), (40, 40), (-9, 2)):
        paste(picture, red, x, y)
    assert (picture[:3, :3] == 255).all()
    assert (picture[7:, 7:] == 255).all()
    assert (picture[4, 4] == 0).all()


def test_a_film_keeps_the_size_and_the_scene():
    image = np.full((60, 80, 3), 60, dtype=np.uint8)
    image[:, 40:] = 200
    out = filmed(image, np.random.default_rng(3))
    assert out.shape == image.shape
    assert out[:, :30].mean() + 50 < out[:, 50:].mean()
