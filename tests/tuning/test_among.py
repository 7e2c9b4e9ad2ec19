"""What lies beside covers in training pictures: no boxes of its own, and clear of theirs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuning.among import DARKEST, LIGHTS, Others, among, blackened, dimmed
from tuning.composites import Sprite, read_sprites
from tuning.entries import SHIPPED_SPRITES
from tuning.tiles import Tile

HOLE = np.array([[180.0, 300.0, 300.0, 380.0]])


@pytest.fixture(scope="module")
def bags() -> list[Sprite]:
    return read_sprites(SHIPPED_SPRITES, (1008, 1010, 1013))


def street(shade: int = 150) -> Tile:
    image = np.full((480, 480, 3), shade, np.uint8)
    return Tile("street", image, HOLE, np.array([2]))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_rubbish_lies_beside_a_hole_and_has_no_box(bags, seed):
    ground = street()
    made = among(ground, Others(bags, bags[:1]), np.random.default_rng(seed))
    np.testing.assert_array_equal(made.boxes, HOLE)
    np.testing.assert_array_equal(made.classes, [2])
    assert (ground.image == 150).all()
    x0, y0, x1, y1 = HOLE[0].astype(int)
    # A shadow may fall into the hole's box, a bag may not: the ground keeps its colour.
    inside = made.image[y0:y1, x0:x1].astype(int)
    assert np.ptp(inside, axis=2).max() <= 2


def test_it_is_not_left_bare(bags):
    changed = [
        (among(street(), Others(bags, []), np.random.default_rng(n)).image != 150).any()
        for n in range(12)
    ]
    assert sum(changed) > 6


def test_a_bag_of_any_colour_is_made_a_black_one_with_its_shine(bags):
    for bag in bags:
        black = blackened(bag)
        solid = bag.image[..., 3] > 200
        np.testing.assert_array_equal(black.image[..., 3], bag.image[..., 3])
        assert np.ptp(black.image[solid][:, :3], axis=1).max() == 0
        assert np.median(black.image[solid][:, 0]) < 40
        assert black.image[solid][:, 0].max() > np.median(black.image[solid][:, 0])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(120, 220), st.sampled_from(["dusk", "night"]))
def test_less_light_is_less_light_and_something_can_still_be_seen(seed, shade, light):
    image = street(shade).image
    image[:, 240:] //= 2
    dim = LIGHTS[light](image, np.random.default_rng(seed))
    assert dim.shape == image.shape
    assert 0.8 * DARKEST < dim.mean() < image.mean()
    assert dim[:, :200].mean() > dim[:, 280:].mean() + 3


def test_a_picture_may_be_dimmed_in_each_way():
    made = [dimmed(street().image, np.random.default_rng(seed)) for seed in range(12)]
    assert len({image.tobytes() for image in made}) == 12
    assert (street().image == 150).all()


def test_infrared_has_no_colour():
    image = street().image
    image[..., 0] = 60
    lit = LIGHTS["infrared"](image, np.random.default_rng(0))
    assert np.ptp(lit.astype(int), axis=2).max() == 0
