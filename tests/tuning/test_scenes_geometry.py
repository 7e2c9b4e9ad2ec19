"""The camera, the meshes and the walk that demo clips are made of."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuning.scenes import objects, rubbish
from tuning.scenes.assets import parse_catalogue
from tuning.scenes.camera import Camera
from tuning.scenes.mesh import Part, moved, points, turned
from tuning.scenes.scenario import scenario
from tuning.scenes.seeds import DEMO_SEEDS, TRAINING_SEEDS
from tuning.scenes.sprites import aimed, build, kind_of
from tuning.scenes.walking import PHASES, STRIDE, Mover, stations, stride

CAMERA = Camera((0.0, -10.0, 6.0), 0.0, 30.0, 60.0, (1280, 720))


def test_a_point_on_the_axis_lands_in_the_middle() -> None:
    forward = CAMERA.axes()[2]
    ahead = np.array(CAMERA.position) + 12 * forward
    assert CAMERA.project([ahead])[0] == pytest.approx([640, 360])
    assert CAMERA.depth([ahead])[0] == pytest.approx(12)


def test_right_is_right_up_is_up_and_near_is_low() -> None:
    middle, right, up, near = CAMERA.project([(0, 0, 0), (1, 0, 0), (0, 0, 1), (0, -2, 0)])
    assert right[0] > middle[0]
    assert up[1] < middle[1]
    assert near[1] > middle[1]


def test_the_angle_of_view_spans_the_width() -> None:
    level = Camera((0.0, 0.0, 0.0), 0.0, 0.0, 60.0, (1280, 720))
    edge = level.project([(np.tan(np.radians(30)), 1.0, 0.0)])[0]
    assert edge == pytest.approx([1280, 360])


def test_a_point_behind_the_camera_is_refused() -> None:
    with pytest.raises(ValueError, match="behind the camera"):
        CAMERA.project([(0, -30, 6)])


def test_a_box_is_cut_at_the_picture_and_must_be_in_it() -> None:
    x0, y0, x1, y1 = CAMERA.box([(-50, 0, 0), (0, 0, 0)])
    assert x0 == 0
    assert 0 < y0 < y1 <= 720
    assert x1 <= 641
    with pytest.raises(ValueError, match="nothing of it"):
        CAMERA.box([(100, 0, 0), (101, 0, 0)])


@given(st.floats(-3, 3), st.floats(-8, 8), st.floats(-8, 8))
def test_turning_and_moving_keeps_shapes(angle: float, x: float, y: float) -> None:
    before = objects.bollard()
    after = moved(turned(before, angle), x, y)
    assert np.ptp(points(after)[:, 2]) == pytest.approx(np.ptp(points(before)[:, 2]))
    assert points(turned(moved(after, -x, -y), -angle)) == pytest.approx(points(before), abs=1e-9)


def _sound(part: Part) -> bool:
    used = {i for face in part.faces for i in face}
    return used <= set(range(len(part.vertices))) and bool(np.isfinite(part.vertices).all())


@pytest.mark.parametrize("colour", rubbish.BAG_COLOURS)
def test_a_bag_stands_on_the_ground_and_has_its_height(colour: str) -> None:
    (bag,) = rubbish.bag(np.random.default_rng(3), colour, 0.6)
    assert _sound(bag)
    assert bag.vertices[:, 2].min() == pytest.approx(0, abs=0.02)
    assert 0.5 < bag.vertices[:, 2].max() < 0.75
    assert 0.4 < np.ptp(bag.vertices[:, 0]) < 1.0


def test_no_two_bags_are_alike_but_a_seed_repeats() -> None:
    one, same, other = (
        rubbish.bag(np.random.default_rng(s), "black", 0.6)[0].vertices for s in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert np.abs(one - other).max() > 0.03


def test_a_torn_bag_has_a_hole_and_a_spill() -> None:
    whole = rubbish.bag(np.random.default_rng(4), "red", 0.6)
    torn = rubbish.bag(np.random.default_rng(4), "red", 0.6, torn=True)
    assert len(torn[0].faces) < len(whole[0].faces)
    assert len(torn) > 5


@pytest.mark.parametrize("seed", DEMO_SEEDS)
def test_all_parts_of_a_street_are_sound(seed: int) -> None:
    scene = scenario(seed)
    parts = [*scene.still, *scene.cover, *(p for e in scene.events for p in e.parts)]
    assert all(_sound(part) for part in parts)


def test_only_demo_seeds_make_demo_clips() -> None:
    with pytest.raises(ValueError, match="no demo clip"):
        scenario(TRAINING_SEEDS[0])


def test_what_is_shown_was_never_trained_on() -> None:
    assert not set(DEMO_SEEDS) & set(TRAINING_SEEDS)
    with pytest.raises(ValueError, match="not for training"):
        kind_of(DEMO_SEEDS[0])


def test_training_cutouts_are_various_and_fill_their_picture() -> None:
    sprites = {seed: build(seed) for seed in TRAINING_SEEDS}
    assert {s.kind for _, s in sprites.values()} == {"bag", "heap", "torn", "carton"}
    assert all(25 <= s.pitch <= 60 for _, s in sprites.values())
    for parts, sprite in list(sprites.values())[:4]:
        pixels = aimed(parts, sprite.pitch).project(points(parts))
        assert pixels.min() > 0
        assert pixels.max() < 300
        assert np.ptp(pixels, axis=0).max() > 200


def _standing_figure() -> np.ndarray:
    rng = np.random.default_rng(0)
    body = rng.uniform((-0.25, -0.1, 0.9), (0.25, 0.1, 1.7), (300, 3))
    legs = [
        rng.uniform((s * 0.12 - 0.05, -0.06, 0), (s * 0.12 + 0.05, 0.06, 0.9), (200, 3))
        for s in (-1, 1)
    ]
    return np.concatenate([body, *legs])


@given(st.floats(0, 1))
def test_a_walking_figure_keeps_a_foot_down_and_its_head_up(phase: float) -> None:
    figure = _standing_figure()
    walking = stride(figure, phase)
    assert walking[:, 2].min() == pytest.approx(0)
    assert walking[:, 2].max() > 0.93 * figure[:, 2].max()
    assert np.allclose(walking[:, 0], figure[:, 0])


def test_legs_swing_apart_in_mid_step() -> None:
    figure = _standing_figure()
    walking = stride(figure, 0.25)
    low = figure[:, 2] < 0.3
    left, right = walking[low & (figure[:, 0] < 0)], walking[low & (figure[:, 0] > 0)]
    assert abs(left[:, 1].mean() - right[:, 1].mean()) > 0.4


def test_a_mover_is_where_it_should_be() -> None:
    walker = Mover("m", 2.0, 0.13, -1.25, (3.0, 10.0), 0.7, 1.65, 0.5, walks=True)
    assert walker.x(10.0) == 3.0
    assert walker.x(12.0) == pytest.approx(0.5)
    cycle = STRIDE / 1.25
    assert walker.phase(11.0) == walker.phase(11.0 + cycle)
    places = stations(walker, -5, 5)
    assert places[0] < -5
    assert places[-1] > 5


@pytest.mark.parametrize("speed", [1.25, -1.25])
def test_legs_run_forwards_whichever_way_one_walks(speed: float) -> None:
    walker = Mover("m", 2.0, 0.13, speed, (0.0, 5.0), 0.7, 1.65, 0.5, walks=True)
    phases = [walker.phase(t / 25) for t in range(250)]
    steps = {(b - a) % PHASES for a, b in pairwise(phases)}
    assert steps == {0, 1}


def test_a_catalogue_gives_models_with_sizes_in_metres() -> None:
    from pathlib import Path

    text = (
        "id=Shop#Models\nname#1=Van\nmodel#1=/scopia/van/van.obj\nwidth#1=240.5\ndepth#1=595.8\n"
        "height#1=256.5\ncreator#1=Scopia\nmodelRotation#1=1 0 0 0 1 0 0 0 1\n"
        "name#2=Lamp\nmodel#2=/scopia/lamp.dae\nwidth#2=1\ndepth#2=1\nheight#2=1\n"
    )
    models = parse_catalogue(text, Path("Scopia.sh3f"))
    assert list(models) == ["scopia/van"]
    van = models["scopia/van"]
    assert van.size == pytest.approx((2.405, 5.958, 2.565))
    assert van.creator == "Scopia"
    assert van.rotation == (1, 0, 0, 0, 1, 0, 0, 0, 1)
