"""Picture points to metres and degrees, and sizes in metres."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from detector.ground import DEGREE_M, Ground
from detector.size import Size, SizeLimits

WIDTH, HEIGHT = 1280, 720
FOCAL, CAMERA_M, HORIZON = 900.0, 6.0, 200.0
"""A camera six metres up that looks level, its horizon at row 200: what projection gives."""


def seen(east: float, north: float) -> list[float]:
    """Where a point of the ground is in that camera's picture, as shares."""
    x = WIDTH / 2 + FOCAL * east / north
    y = HORIZON + FOCAL * CAMERA_M / north
    return [x / WIDTH, y / HEIGHT]


CORNERS = [(-4.0, 12.0), (4.0, 12.0), (8.0, 40.0), (-8.0, 40.0)]


def ground(points=None) -> Ground:
    marked = CORNERS if points is None else points
    return Ground.model_validate(
        {"points": [{"picture": seen(*point), "metres": point} for point in marked]}
    )


@given(st.floats(-10, 10), st.floats(12, 60))
def test_a_point_of_the_ground_is_found_where_it_is(east, north):
    found = ground().plane.metres(*seen(east, north))
    assert found == pytest.approx((east, north), abs=1e-3)


def test_above_the_horizon_there_is_no_ground():
    assert ground().plane.metres(0.5, 0.5 * HORIZON / HEIGHT) is None
    assert ground().plane.metres(0.5, HORIZON / HEIGHT) is None


def test_degrees_come_back_as_degrees():
    corner = (117.534, 36.712)
    scale = DEGREE_M * np.cos(np.radians(corner[1]))
    points = [
        {
            "picture": seen(east, north),
            "lonlat": [corner[0] + east / scale, corner[1] + north / DEGREE_M],
        }
        for east, north in CORNERS
    ]
    calibrated = Ground.model_validate({"points": points})
    longitude, latitude = calibrated.lonlat(*seen(2.0, 20.0))
    assert longitude == pytest.approx(corner[0] + 2.0 / scale, abs=1e-7)
    assert latitude == pytest.approx(corner[1] + 20.0 / DEGREE_M, abs=1e-7)
    assert ground().lonlat(0.5, 0.9) is None  # metres alone say nothing of where on earth


@pytest.mark.parametrize("north", [15.0, 30.0, 55.0])
def test_a_thing_is_as_large_near_as_far(north):
    left, foot = seen(-0.35, north)[0] * WIDTH, seen(0.35, north)[1] * HEIGHT
    right = seen(0.35, north)[0] * WIDTH
    tall = FOCAL * 1.5 / north  # a metre and a half, upright
    size = ground().size((left, foot - tall, right, foot), WIDTH, HEIGHT)
    assert size == pytest.approx((0.7, 1.5), rel=1e-3)


def test_limits_in_metres_hold_where_the_ground_is_known_and_others_where_not():
    limits = SizeLimits.model_validate({"width_m": [0.5, 4], "width_px": [100, None]})
    far = (640.0, 300.0, 664.0, 340.0)
    near = (600.0, 600.0, 720.0, 700.0)
    known = Size.of(far, WIDTH, HEIGHT, ground())
    assert known.m is not None
    assert 0.5 <= known.m[0] <= 4
    assert limits.admit(known)
    assert not limits.admit(Size.of(far, WIDTH, HEIGHT, None))
    assert limits.admit(Size.of(near, WIDTH, HEIGHT, None))
    assert SizeLimits().admit(known)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p[:3], "at least 4"),
        (lambda p: [*p[:3], {**p[3], "picture": p[0]["picture"]}], "on one line"),
        (lambda p: [*p[:2], p[0] | {"metres": (0.0, 12.0)}, p[3]], "on one line"),
        (lambda p: [*p[:3], {"picture": [0.1, 0.5]}], "one of the two"),
        (lambda p: [*p[:3], {"picture": [0.1, 0.5], "lonlat": [117.5, 36.7]}], "all in `metres`"),
        (lambda p: [p[0], p[2], p[1], p[3]], None),
        (
            lambda p: [*p, {"picture": seen(0.0, 20.0), "metres": (9.0, 20.0)}],
            "off the plane of the others by",
        ),
    ],
)
def test_points_that_make_no_plane_are_told(change, said):
    points = [{"picture": seen(*corner), "metres": corner} for corner in CORNERS]
    if said is None:  # another order of the points is the same plane
        assert Ground.model_validate({"points": change(points)}).plane is not None
        return
    with pytest.raises(ValidationError, match=said):
        Ground.model_validate({"points": change(points)})


def test_points_that_are_given_crosswise_lie_on_both_sides_of_their_horizon():
    crossed = [*CORNERS[:2], CORNERS[3], CORNERS[2]]
    points = [
        {"picture": seen(*there), "metres": other}
        for there, other in zip(CORNERS, crossed, strict=True)
    ]
    with pytest.raises(ValidationError, match="both sides of the horizon"):
        Ground.model_validate({"points": points})


@pytest.mark.parametrize("limits", [[None, None], [4, 1], [1, 1], [-1, 2]])
def test_limits_are_least_and_most(limits):
    with pytest.raises(ValidationError, match=r"least|greater than or equal to 0"):
        SizeLimits.model_validate({"width_m": limits})
