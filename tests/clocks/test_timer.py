"""Timers against an oracle that counts, minute by minute, those in which the timer ran."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.clocks import Limit, Timer, TimerError, TimerState, Unit, WorkCalendar
from tests.clocks.test_reckon import SHANGHAI, Oracle, moment, starts

CALENDAR = WorkCalendar(SHANGHAI)


@dataclass
class Story:
    """What happens to a timer: at which minute after its start, and what."""

    start: int
    unit: Unit
    minutes: int
    steps: list[tuple[int, str]] = field(default_factory=list)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    story = Story(draw(starts), draw(st.sampled_from(Unit)), 60 * draw(st.integers(1, 24)))
    at = story.start
    for _ in range(draw(st.integers(0, 6))):
        at += draw(st.integers(0, 2 * 1440))
        story.steps.append((at, draw(st.sampled_from(["switch", "extend", "finish"]))))
    return story


@given(stories(), st.integers(0, 3 * 1440))
def test_a_timer_spends_the_minutes_in_which_it_ran(story: Story, later: int) -> None:
    oracle = Oracle(story.unit, SHANGHAI)
    # Hours for every unit, so that days do not leave the oracle's year.
    per_hour = {Unit.WORK_DAY: Decimal(1) / 8, Unit.NATURAL_DAY: Decimal(1) / 24}
    hours = Decimal(story.minutes // 60)
    limit = Limit(hours * per_hour.get(story.unit, Decimal(1)), story.unit)
    timer = Timer.start(limit, CALENDAR, oracle.at(story.start))
    ran: list[int] = []  # the worked minutes in which it ran
    allowed, at, runs, ended = story.minutes, story.start, True, False

    def go_to(minute: int) -> None:
        nonlocal at
        if runs:
            ran.extend(m for m in range(at, minute) if oracle.table[m])
        at = minute

    for minute, what in story.steps:
        go_to(minute)
        now = oracle.at(minute)
        if what == "switch":
            timer = timer.pause(now) if runs else timer.resume(now)
            runs, ended = not runs, ended and runs
        elif what == "extend" and not ended:
            timer, allowed = (
                timer.extend(
                    Limit(Decimal(1), Unit.WORK_HOUR if story.unit.works else Unit.URGENT_HOUR),
                    now,
                ),
                allowed + 60,
            )
        elif what == "finish" and not ended:
            timer, runs, ended = timer.finish(now), False, True
    go_to(at + later)
    now = oracle.at(at)
    # Thirds of a day are no whole number of microseconds; a minute's thousandth is close enough.
    assert abs(timer.spent(now) - timedelta(minutes=len(ran))) < timedelta(milliseconds=1)
    assert abs(timer.left(now) - timedelta(minutes=allowed - len(ran))) < timedelta(milliseconds=1)
    if len(ran) > allowed:
        assert timer.state(now) is TimerState.TIMEOUT
    elif len(ran) < allowed:
        expected = (
            TimerState.FINISHED if ended else TimerState.RUNNING if runs else TimerState.PAUSED
        )
        assert timer.state(now) is expected
    if runs and len(ran) < allowed:
        assert timer.deadline is not None
        expected_end = oracle.deadline(at, allowed - len(ran))
        assert abs(timer.deadline - expected_end) < timedelta(milliseconds=1)


def hours(amount: str, unit: Unit = Unit.WORK_HOUR) -> Limit:
    return Limit(Decimal(amount), unit)


def started(limit: Limit, at: str) -> Timer:
    return Timer.start(limit, CALENDAR, moment(at))


def test_what_is_done_by_the_last_moment_is_in_time_and_after_it_late_though_nothing_is_spent() -> (
    None
):
    timer = started(hours("1"), "2026-11-25 17:00")
    assert timer.finish(moment("2026-11-25 18:00")).state(moment("2026-11-30 09:00")) == "finished"
    evening = moment("2026-11-25 20:00")
    assert timer.left(evening) == timedelta()
    assert timer.state(evening) == "timeout"
    assert timer.finish(evening).state(evening) == "timeout"


def test_a_pause_stands_still_and_the_deadline_moves_by_as_much_work() -> None:
    timer = started(hours("4"), "2026-11-25 08:00").pause(moment("2026-11-25 10:00"))
    assert timer.deadline is None
    assert timer.state(moment("2027-01-01 00:00")) == "paused"
    again = timer.resume(moment("2026-11-30 17:00"))
    assert again.deadline == moment("2026-12-01 09:00")
    assert again.spent(moment("2026-11-30 18:00")) == timedelta(hours=3)


def test_an_extension_makes_a_late_timer_run_in_time_again() -> None:
    timer = started(hours("1"), "2026-11-25 08:00")
    late = moment("2026-11-25 10:00")
    assert timer.state(late) == "timeout"
    assert timer.extend(hours("1", Unit.WORK_DAY), late).state(late) == "running"
    held = timer.pause(late)
    assert held.state(late) == "timeout"
    assert held.extend(hours("1", Unit.WORK_DAY), late).state(late) == "paused"


def test_rework_goes_on_from_what_was_spent() -> None:
    done = started(hours("4"), "2026-11-25 08:00").finish(moment("2026-11-25 11:00"))
    again = done.resume(moment("2026-11-26 08:00"))
    assert again.deadline == moment("2026-11-26 09:00")
    assert again.state(moment("2026-11-26 08:30")) == "running"


def test_what_does_not_go_with_how_the_timer_stands_is_refused() -> None:
    at = moment("2026-11-25 09:00")
    timer = started(hours("4"), "2026-11-25 08:00")
    with pytest.raises(TimerError, match="runs already"):
        timer.resume(at)
    with pytest.raises(TimerError, match="does not run"):
        timer.pause(at).pause(at)
    with pytest.raises(TimerError, match="ended already"):
        timer.finish(at).finish(at)
    with pytest.raises(TimerError, match="cannot be extended"):
        timer.finish(at).extend(hours("1"), at)


def test_an_extension_on_another_clock_moves_the_deadline_on_that_clock() -> None:
    at = moment("2026-11-27 09:00")  # a Friday
    urgent = started(hours("2", Unit.URGENT_HOUR), "2026-11-27 17:00")
    assert urgent.deadline == moment("2026-11-27 19:00")
    assert urgent.extend(hours("1", Unit.WORK_DAY), at).deadline == moment("2026-11-30 18:00")
    worked = started(hours("2"), "2026-11-27 15:00")
    longer = worked.extend(hours("3", Unit.NATURAL_DAY), at)
    assert longer.deadline == moment("2026-11-30 17:00")
    held = worked.pause(moment("2026-11-27 16:00")).extend(hours("1", Unit.NATURAL_DAY), at)
    assert held.left(at) > worked.pause(moment("2026-11-27 16:00")).left(at)


def test_two_timers_of_a_case_run_apart() -> None:
    seen = moment("2026-11-25 17:50")
    guard = Timer.start(hours("0.5", Unit.URGENT_HOUR), CALENDAR, seen)
    repair = Timer.start(hours("6", Unit.URGENT_HOUR), CALENDAR, seen)
    later: datetime = moment("2026-11-25 18:30")
    assert guard.finish(moment("2026-11-25 18:10")).state(later) == "finished"
    assert guard.state(later) == "timeout"
    assert repair.state(later) == "running"
    assert repair.left(later) == timedelta(hours=5, minutes=20)
