"""Where a camera's slots lie: they are moved to suit keyframes that are far apart."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.slots import CameraSlots


def begun(share: float = 0.3) -> CameraSlots:
    slots = CameraSlots(lambda _: {"often": 5.0, "seldom": 30.0})
    slots.begin(0.0, share)
    slots.connected(0.0)
    return slots


def place(slots: CameraSlots, at: float) -> float:
    """Where in its slot of five seconds a moment lies, 0 to 1."""
    return (at - slots.slots["often"].due) % 5.0 / 5.0


@given(share=st.floats(0.0, 1.0), gop=st.sampled_from([5.0, 10.0, 10.02, 20.0]))
@settings(max_examples=50, deadline=None)
def test_keyframes_that_are_far_apart_come_late_in_their_slot(share, gop):
    slots = begun(share)
    for index in range(12):
        at = index * gop
        slots.keyframe(at, gop if index else None)
        if index:
            assert 0.69 <= place(slots, at) <= 0.81
        both = slots.slots["often"].due - slots.slots["seldom"].due
        assert math.remainder(both, 5.0) == pytest.approx(0.0, abs=1e-6)  # they begin together
        assert all(slot.due <= at + slot.cadence for slot in slots.slots.values())


@given(share=st.floats(0.0, 1.0), gop=st.sampled_from([1.0, 2.0, 4.0, 7.0, 8.0, 10.3, 13.0]))
@settings(max_examples=50, deadline=None)
def test_slots_stay_where_keyframes_are_near_or_do_not_keep_step(share, gop):
    slots = begun(share)
    first = slots.slots["often"].due
    for index in range(30):
        slots.keyframe(index * gop, gop)
    assert math.remainder(slots.slots["often"].due - first, 5.0) == pytest.approx(0.0, abs=1e-6)


def test_slots_are_moved_once_a_connection_and_once_an_hour() -> None:
    slots, moves = begun(), []
    for index in range(1000):
        at, before = index * 10.01, slots.slots["often"].due  # a clock that is a thousandth slow
        slots.keyframe(at, 10.01)
        if abs(math.remainder(slots.slots["often"].due - before, 5.0)) > 1e-6:
            moves.append(at)
    assert len(moves) >= 3
    assert all(b - a >= 3600 for a, b in itertools.pairwise(moves))
    slots.connected(at)
    slots.keyframe(at + 2.0, 10.01)
    assert 0.69 <= place(slots, at + 2.0) <= 0.81


@given(share=st.floats(0.0, 1.0), at=st.floats(0.0, 60.0))
@settings(max_examples=50, deadline=None)
def test_a_keyframe_that_was_wanted_still_is_when_slots_are_moved_for_it(share, at):
    still, moved = begun(share), begun(share)
    still.keyframe(at, None)
    moved.keyframe(at, 10.0)
    before, after = (one.look("far", at, 30.0) for one in (still, moved))
    assert after is not None
    assert set(before.models) <= set(after.models)
    assert moved.tallies == still.tallies
