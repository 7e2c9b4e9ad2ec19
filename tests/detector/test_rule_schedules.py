"""Hours, weekdays, working days and days off, in local time."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from detector.schedule import Schedule, holds_any

JINAN = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JINAN)


def schedule(**given) -> Schedule:
    return Schedule.model_validate(given)


@pytest.mark.parametrize(
    ("hours", "moment", "holds"),
    [
        ("6-9", "2026-06-01T06:00", True),
        ("6-9", "2026-06-01T08:59:59", True),
        ("6-9", "2026-06-01T09:00", False),
        ("17:30-20", "2026-06-01T17:29", False),
        ("17:30-20", "2026-06-01T17:30", True),
        ("22-6", "2026-06-01T23:00", True),
        ("22-6", "2026-06-01T05:59", True),
        ("22-6", "2026-06-01T06:00", False),
        ("8-24", "2026-06-01T23:59", True),
        ("8-24", "2026-06-01T00:00", False),
    ],
)
def test_hours_begin_at_the_first_and_end_before_the_second(hours, moment, holds):
    assert schedule(hours=[hours]).holds(at(moment), JINAN) is holds


def test_hours_are_meant_in_local_time_whatever_the_moments_zone():
    utc = at("2026-06-01T07:00").astimezone(ZoneInfo("UTC"))
    assert schedule(hours=["6-9"]).holds(utc, JINAN)
    assert not schedule(hours=["6-9"]).holds(utc, ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-11-30", True),  # a Monday
        ("2026-11-29", False),  # a Sunday
        ("2026-10-01", False),  # the national day, a Thursday
        ("2026-10-10", True),  # a Saturday that is worked instead
    ],
)
def test_working_days_know_holidays_and_the_weekends_that_are_worked_instead(day, works):
    moment = at(f"{day}T10:00")
    assert schedule(days="working").holds(moment, JINAN) is works
    assert schedule(days="off").holds(moment, JINAN) is not works


def test_all_that_a_schedule_says_must_be_true_and_one_of_several_schedules():
    saturday_market = schedule(hours=["6-12"], weekdays=["sat"])
    assert saturday_market.holds(at("2026-06-06T07:00"), JINAN)
    assert not saturday_market.holds(at("2026-06-05T07:00"), JINAN)
    assert not saturday_market.holds(at("2026-06-06T13:00"), JINAN)
    evening = schedule(hours=["18-22"])
    assert holds_any([saturday_market, evening], at("2026-06-05T19:00"), JINAN)
    assert not holds_any([], at("2026-06-05T19:00"), JINAN)


@given(st.integers(0, 23), st.integers(0, 23), st.integers(0, 24 * 60 - 1))
def test_a_span_and_the_one_that_goes_the_other_way_round_fill_the_day(first, last, minute):
    if first == last:
        return
    moment = at(f"2026-06-01T{minute // 60:02}:{minute % 60:02}")
    one, other = schedule(hours=[f"{first}-{last}"]), schedule(hours=[f"{last}-{first}"])
    assert one.holds(moment, JINAN) is not other.holds(moment, JINAN)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "names `hours`, `weekdays` or `days`"),
        ({"hours": ["6"]}, "two different times from 0 to 24"),
        ({"hours": ["6-6"]}, "two different times"),
        ({"hours": ["6-25"]}, "two different times"),
        ({"hours": ["6:60-8"]}, "two different times"),
        ({"weekdays": ["monday"]}, "'mon', 'tue'"),
        ({"days": "working", "country": "XX"}, "two letters such as CN"),
    ],
)
def test_a_schedule_that_says_nothing_or_nonsense_is_told(given, said):
    with pytest.raises(ValidationError, match=said):
        schedule(**given)
