"""Whether a stall is attended is told by most of several looks, not by one moment."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from detector.look import Sighting
from detector.place import Place, RuleState
from detector.second_look.attendance import APART, LOOKS, NEEDED, attendance
from detector.second_look.part import Part, weigh
from detector.state import CameraState
from detector.violation import State, Violation

START = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
STALL = (300.0, 200.0, 500.0, 400.0)
SELLER = [Sighting("person", 0.8, (510, 220, 570, 400))]
FAR_OFF = [Sighting("person", 0.8, (900, 220, 960, 400))]
GOODS = [Sighting("umbrella", 0.6, (290, 140, 510, 240))]
NOBODY: list[Sighting] = []


def a_stall() -> Violation:
    return Violation(
        "v", "cam", "r", "vending", "stall", "vending@1", State.CANDIDATE, STALL,
        0.5, START, START, None, None, 4, 4,
    )  # fmt: skip


def told(
    looks: Iterable[list[Sighting]], every: timedelta = APART, *, stored: bool = False
) -> list[Part]:
    """What is said look by look, until it is decided; `stored` with a restart after each."""
    violation, parts = a_stall(), list[Part]()
    for number, near in enumerate(looks):
        violation = replace(violation, last_seen=START + number * every)
        part = attendance(violation, lambda near=near: near)  # type: ignore[misc]
        parts.append(part)
        if not part.waits:
            break
        violation = replace(violation, verdict=weigh([part], free=False))
        if stored:
            place = Place(violation, STALL, (0.5,))
            state = CameraState("cam", (RuleState("r", places=(place,)),))
            violation = CameraState.from_json(state.to_json()).open[0]
    return parts


def test_a_seller_who_is_there_twice_attends_it():
    first, second = told([SELLER, SELLER])
    assert first.waits
    assert (second.waits, second.veto) == (False, False)
    assert second.lean is not None
    assert second.lean > 0.5
    assert second.words_zh == "2次看，2次有人在摊旁"


def test_who_passes_by_at_one_look_is_no_seller():
    *_, last = told([SELLER, NOBODY, NOBODY])
    assert (last.veto, last.words_en) == (True, "nobody is at it and there are no goods")


def test_a_seller_who_steps_aside_for_one_look_is_still_there():
    *_, last = told([SELLER, NOBODY, SELLER])
    assert not last.veto
    assert last.words_en == "somebody was at it in 2 of 3 looks"


def test_goods_stand_for_a_seller_and_who_is_far_off_does_not():
    assert told([GOODS, GOODS])[-1].words_zh == "2次看，2次摊上有货"
    assert told([FAR_OFF, FAR_OFF])[-1].veto


def test_looks_at_once_are_one_look():
    parts = told([SELLER] * 9, every=timedelta(seconds=2))
    assert [part.waits for part in parts] == [True] * 9
    assert "near" in parts[0].evidence
    assert "near" not in parts[1].evidence  # it was not looked again


def test_a_verdict_that_was_final_is_not_taken_into_the_next_question():
    refused = weigh(told([NOBODY, NOBODY])[-1:], free=False)
    asked_again = replace(a_stall(), last_seen=START + timedelta(minutes=6), verdict=refused)
    assert attendance(asked_again, lambda: SELLER).waits


@hypothesis_settings(derandomize=True)
@given(st.lists(st.sampled_from([SELLER, GOODS, NOBODY, FAR_OFF]), min_size=LOOKS, max_size=6))
def test_it_is_decided_by_most_looks_as_soon_as_it_cannot_turn_out_otherwise(looks):
    parts = told(looks)
    attended = [near in (SELLER, GOODS) for near in looks[: len(parts)]]
    assert len(parts) <= LOOKS
    assert parts[-1].veto == (sum(attended) < NEEDED)
    assert all(part.waits for part in parts[:-1])
    assert sum(attended) == NEEDED or len(attended) - sum(attended) == LOOKS - NEEDED + 1
    assert told(looks, stored=True) == parts
