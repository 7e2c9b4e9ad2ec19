"""What a camera remembers of its place: what was always there, and what has come."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.errors import StateInvalid
from detector.scenery.descriptor import crop, describe, resemblance
from detector.scenery.likeness import likeness, shrink
from detector.scenery.reference import ADOPT, SETTLED, Reference
from detector.scenery.scenery import EVERY, MOST, Scenery
from detector.violation import Box, Light
from streams.frame import ClockSource, Frame
from tests.scenery.conftest import Relight, dim, infrared, shade

AT = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
LIMIT = 0.85
"""The rules' own: what looks as much as this like its past is confirmed no more."""
BAGS = (229.0, 315.0, 445.0, 416.0)
STALL = (763.0, 106.0, 939.0, 343.0)
HOLE = (592.0, 485.0, 676.0, 539.0)
RELIGHT = [lambda image: image, dim, infrared, shade]


def grey(image):
    return Frame("cam", AT, ClockSource.CLIP, 0.0, image).grey()


@pytest.mark.parametrize("relight", RELIGHT)
@pytest.mark.parametrize("box", [BAGS, STALL, HOLE])
def test_what_stands_there_still_resembles_itself_in_any_light_and_the_empty_place_does_not(
    street, box: Box, relight: Relight
):
    small = shrink(box, 1280, grey(street[60]))
    now = grey(relight(street[60]))
    assert resemblance(now, grey(street[60]), small) >= LIMIT
    assert resemblance(now, grey(street[2]), small) < LIMIT


@pytest.mark.parametrize("relight", RELIGHT)
def test_only_the_place_itself_has_changed_when_a_thing_comes(street, relight: Relight):
    small = shrink(BAGS, 1280, grey(street[60]))
    place, surroundings = likeness(grey(relight(street[40])), grey(street[2]), small)
    assert place < 0.65 < surroundings


def learnt(
    scenery: Scenery, image, minutes: int, taken=(), start=AT, light: Light = "day", pinned=()
):
    for minute in range(0, minutes, 5):
        scenery.learn(grey(image), start + timedelta(minutes=minute), light, taken, pinned)
    return start + timedelta(minutes=minutes)


def test_a_place_has_no_past_until_it_has_been_watched(street):
    scenery, small = Scenery(UTC), shrink(BAGS, 1280, grey(street[2]))
    now = learnt(scenery, street[2], SETTLED - 5)
    assert scenery.past(grey(street[2]), small, "day", now) is None
    now = learnt(scenery, street[2], 10, start=now)
    past = scenery.past(grey(street[40]), small, "day", now)
    assert past is not None
    assert resemblance(grey(street[2]), past, small) >= LIMIT
    assert resemblance(grey(street[40]), past, small) < LIMIT


def test_what_is_detected_from_the_first_look_on_never_becomes_part_of_the_place(street):
    scenery, small = Scenery(UTC), shrink(BAGS, 1280, grey(street[40]))
    now = learnt(scenery, street[40], 600, taken=[small])
    assert scenery.past(grey(street[40]), small, "day", now) is None


def test_what_nobody_detects_becomes_part_of_it_in_two_hours_and_no_sooner(street):
    scenery, small = Scenery(UTC), shrink(BAGS, 1280, grey(street[40]))
    now = learnt(scenery, street[2], 90)
    now = learnt(scenery, street[40], ADOPT - 10, start=now)
    past = scenery.past(grey(street[40]), small, "day", now)
    assert past is not None
    assert resemblance(grey(street[40]), past, small) < LIMIT
    now = learnt(scenery, street[40], 60, start=now)
    past = scenery.past(grey(street[40]), small, "day", now)
    assert past is not None
    assert resemblance(grey(street[40]), past, small) >= LIMIT


def test_a_light_that_is_new_is_answered_from_the_nearest_that_is_known(street):
    scenery, small = Scenery(UTC), shrink(STALL, 1280, grey(street[60]))
    now = learnt(scenery, street[60], 90)
    past = scenery.past(grey(infrared(street[60])), small, "infrared", now + timedelta(hours=9))
    assert past is not None
    assert resemblance(grey(infrared(street[60])), past, small) >= LIMIT


def test_a_gap_in_the_stream_counts_for_little(street):
    scenery, small = Scenery(UTC), shrink(BAGS, 1280, grey(street[2]))
    scenery.learn(grey(street[2]), AT, "day", [])
    scenery.learn(grey(street[2]), AT + timedelta(hours=3), "day", [])
    assert scenery.past(grey(street[2]), small, "day", AT + timedelta(hours=3)) is None


def test_it_is_the_same_after_a_restart(street):
    scenery, small = Scenery(UTC), shrink(BAGS, 1280, grey(street[2]))
    now = learnt(scenery, street[2], 90)
    now = learnt(scenery, infrared(street[2]), 90, start=now, light="infrared")
    again = Scenery.from_bytes(scenery.to_bytes(), UTC)
    assert again.to_bytes() == scenery.to_bytes()
    assert again.learnt_at == scenery.learnt_at
    past = again.past(grey(street[2]), small, "day", AT)
    assert past is not None
    assert np.array_equal(past, scenery.past(grey(street[2]), small, "day", AT))


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x05\x06" + b"\0" * 17])
def test_damage_is_said(data: bytes):
    with pytest.raises(StateInvalid, match="learnt anew"):
        Scenery.from_bytes(data, UTC)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["day", "night", "infrared"]), st.integers(0, 3000), st.booleans()
        ),
        max_size=40,
    )
)
def test_it_stays_small_whatever_comes(looks):
    scenery, at = Scenery(UTC), AT
    picture = np.random.default_rng(0).integers(0, 255, (270, 480)).astype(np.uint8)
    for light, later, taken in looks:
        at += timedelta(minutes=later)
        before = scenery.learnt_at
        box = [(0.0, 0.0, 480.0, 270.0)] if taken else []
        learned = scenery.learn(picture, at, light, box)
        assert learned == (before is None or at - before >= EVERY)
        assert scenery.nbytes <= MOST * 4 * picture.nbytes
    assert len(scenery.to_bytes()) < 2 * MOST * 2 * picture.nbytes


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(1, 10), st.integers(0, 2)), max_size=60))
def test_a_pixel_is_never_older_than_it_was_watched(looks):
    seen = [np.random.default_rng(n).integers(0, 255, (40, 60)).astype(np.uint8) for n in range(3)]
    reference, minutes = Reference(seen[0]), 0
    free = np.ones((40, 60), bool)
    free[:10] = False
    for step, which in looks:
        minutes += step
        reference.learn(seen[which], step, free)
        assert reference.age.max() <= min(minutes, 255)
        assert not reference.age[:10].any()


def test_a_descriptor_is_of_length_one_and_the_flat_have_none():
    noisy = np.random.default_rng(3).integers(0, 255, (200, 200, 3)).astype(np.uint8)
    assert np.linalg.norm(describe(crop(noisy, (20, 20, 90, 120)))) == pytest.approx(1, abs=1e-5)
    flat = np.full((200, 200), 90, np.uint8)
    assert resemblance(flat, flat, (20, 20, 90, 120)) <= 1


def test_what_changes_in_a_marked_component_is_never_taken_for_the_place(street):
    scenery, small = Scenery(UTC), shrink(BAGS, 1280, grey(street[2]))
    now = learnt(scenery, street[2], 90, pinned=[small])
    now = learnt(scenery, street[40], 5 * ADOPT, start=now, pinned=[small])
    past = scenery.past(grey(street[40]), small, "day", now)
    assert past is not None
    assert resemblance(grey(street[40]), past, small) < LIMIT
