"""The four clocks against a plain oracle that looks at every minute of 2026, written apart."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.clocks import Day, Limit, Unit, WorkCalendar, deadline, elapsed
from api.clocks.reckon import after, length

SHANGHAI = ZoneInfo("Asia/Shanghai")
KOLKATA = ZoneInfo("Asia/Kolkata")  # half an hour off, and no summer time either
OFFSETS = {SHANGHAI: timedelta(hours=8), KOLKATA: timedelta(hours=5, minutes=30)}

# The arrangement of 2026 as the State Council published it (国办发明电, November 2025).
DAYS_OFF = {
    *(date(2026, 1, day) for day in (1, 2, 3)),
    *(date(2026, 2, day) for day in range(15, 24)),
    *(date(2026, 4, day) for day in (4, 5, 6)),
    *(date(2026, 5, day) for day in range(1, 6)),
    *(date(2026, 6, day) for day in (19, 20, 21)),
    *(date(2026, 9, day) for day in (25, 26, 27)),
    *(date(2026, 10, day) for day in range(1, 8)),
}
WORKED_WEEKENDS = {
    date(2026, 1, 4),
    date(2026, 2, 14),
    date(2026, 2, 28),
    date(2026, 5, 9),
    date(2026, 9, 20),
    date(2026, 10, 10),
}


def is_worked(day: date) -> bool:
    return day in WORKED_WEEKENDS or (day.weekday() < 5 and day not in DAYS_OFF)


def minutes_of_2026() -> bytearray:
    table = bytearray()
    day = date(2026, 1, 1)
    while day.year == 2026:
        for minute in range(1440):
            hour = minute // 60
            table.append(is_worked(day) and (8 <= hour < 12 or 14 <= hour < 18))
        day += timedelta(days=1)
    return table


WORKED = minutes_of_2026()
ALWAYS = bytearray(b"\x01" * len(WORKED))


class Oracle:
    """Walks minute by minute through the local year."""

    def __init__(self, unit: Unit, zone: ZoneInfo) -> None:
        self.table = WORKED if unit in (Unit.WORK_HOUR, Unit.WORK_DAY) else ALWAYS
        self.first = datetime(2026, 1, 1, tzinfo=timezone(OFFSETS[zone]))

    def at(self, minute: int) -> datetime:
        return self.first + timedelta(minutes=minute)

    def elapsed(self, start: int, end: int) -> timedelta:
        return timedelta(minutes=sum(self.table[start:end]))

    def deadline(self, start: int, minutes: int) -> datetime:
        minute = start
        while minutes > 0:
            minutes -= self.table[minute]
            minute += 1
        return self.at(minute)


units = st.sampled_from(Unit)
zones = st.sampled_from([SHANGHAI, KOLKATA])
# Up to November, so that no walk leaves the year.
minute = st.integers(0, 300 * 1440)
near_holidays = st.sampled_from(
    [(day - date(2026, 1, 1)).days * 1440 for day in (*DAYS_OFF, *WORKED_WEEKENDS)]
).flatmap(lambda first: st.integers(max(first - 1440, 0), first + 1439))
starts = minute | near_holidays


@given(starts, starts, units, zones)
def test_time_spent_is_what_counting_minutes_says(
    one: int, other: int, unit: Unit, zone: ZoneInfo
) -> None:
    oracle, calendar = Oracle(unit, zone), WorkCalendar(zone)
    start, end = sorted((one, other))
    assert elapsed(oracle.at(start), oracle.at(end), unit, calendar) == oracle.elapsed(start, end)
    assert elapsed(oracle.at(end), oracle.at(start), unit, calendar) == timedelta()


@given(starts, st.integers(1, 40 * 60), units, zones)
def test_a_deadline_is_where_counting_minutes_ends(
    start: int, minutes: int, unit: Unit, zone: ZoneInfo
) -> None:
    oracle, calendar = Oracle(unit, zone), WorkCalendar(zone)
    found = after(oracle.at(start), timedelta(minutes=minutes), unit, calendar)
    assert found == oracle.deadline(start, minutes)
    assert found.tzinfo is UTC


@given(
    st.integers(0, 300 * 86400 * 1_000_000),
    st.decimals("0.01", "100", places=2),
    units,
)
def test_exactly_the_limit_is_spent_at_the_deadline_and_less_before(
    microseconds: int, amount: Decimal, unit: Unit
) -> None:
    calendar = WorkCalendar(SHANGHAI)
    start = datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(microseconds=microseconds)
    limit = Limit(amount, unit)
    end = deadline(start, limit, calendar)
    tick = timedelta(microseconds=1)
    assert elapsed(start, end, unit, calendar) == length(limit, calendar)
    assert elapsed(start, end - tick, unit, calendar) == length(limit, calendar) - tick


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        ("2026-11-25 23:30", "2", Unit.URGENT_HOUR, "2026-11-26 01:30"),
        ("2026-11-25 23:45", "0.5", Unit.URGENT_HOUR, "2026-11-26 00:15"),
        ("2026-11-25 10:00", "4", Unit.WORK_HOUR, "2026-11-25 16:00"),
        ("2026-11-25 11:00", "1", Unit.WORK_HOUR, "2026-11-25 12:00"),  # not 14:00
        ("2026-11-25 13:00", "1", Unit.WORK_HOUR, "2026-11-25 15:00"),  # starts in the break
        ("2026-11-25 19:00", "1", Unit.WORK_HOUR, "2026-11-26 09:00"),  # after work
        ("2026-11-27 17:00", "2", Unit.WORK_HOUR, "2026-11-30 09:00"),  # over a weekend
        ("2026-02-13 17:00", "1", Unit.WORK_DAY, "2026-02-14 17:00"),  # a 调休 Saturday
        ("2026-02-14 17:00", "1", Unit.WORK_DAY, "2026-02-24 17:00"),  # the Spring Festival
        ("2026-09-30 09:00", "1", Unit.WORK_DAY, "2026-10-08 09:00"),  # National Day
        ("2026-09-30 17:00", "3", Unit.NATURAL_DAY, "2026-10-03 17:00"),  # holidays count
    ],
)
def test_deadlines_that_people_can_check(start: str, amount: str, unit: Unit, end: str) -> None:
    found = deadline(moment(start), Limit(Decimal(amount), unit), WorkCalendar(SHANGHAI))
    assert found == moment(end)


def test_a_districts_own_days_come_before_the_nations() -> None:
    calendar = WorkCalendar(
        SHANGHAI,
        days={date(2026, 11, 26): Day(works=False, name="停电"), date(2026, 11, 28): Day(True)},
    )
    hour = Limit(Decimal(1), Unit.WORK_HOUR)
    assert deadline(moment("2026-11-25 18:00"), hour, calendar) == moment("2026-11-27 09:00")
    assert deadline(moment("2026-11-27 18:00"), hour, calendar) == moment("2026-11-28 09:00")


def test_a_year_whose_notice_is_not_known_has_its_lawful_holidays_and_says_that_it_may_move() -> (
    None
):
    far = WorkCalendar(SHANGHAI)
    assert not far.is_published(date(2090, 3, 1))
    assert not far.works_on(date(2090, 10, 2))  # National Day, by law
    assert not far.works_on(date(2090, 3, 4))  # a Saturday
    assert far.works_on(date(2090, 3, 1))
    assert far.is_published(date(2026, 3, 1))
    own = WorkCalendar(
        SHANGHAI, days={date(2090, 3, 4): Day(works=True)}, complete_years=frozenset({2091})
    )
    assert own.is_published(date(2090, 3, 4))
    assert own.is_published(date(2091, 3, 4))


@pytest.mark.parametrize(
    "limit",
    [lambda: Limit(Decimal(0), Unit.WORK_DAY), lambda: Limit(Decimal("NaN"), Unit.WORK_DAY)],
)
def test_a_limit_is_a_number_above_zero(limit: Callable[[], Limit]) -> None:
    with pytest.raises(ValueError, match="greater than zero"):
        limit()


def test_a_limit_beyond_ten_years_is_refused() -> None:
    with pytest.raises(ValueError, match="ten years"):
        length(Limit(Decimal(4000), Unit.NATURAL_DAY), WorkCalendar(SHANGHAI))


@pytest.mark.parametrize(
    ("amount", "unit", "zh", "en"),
    [
        ("2", Unit.URGENT_HOUR, "2紧急工作时", "2 urgent hours"),
        ("0.5", Unit.URGENT_HOUR, "30分钟", "30 min"),
        ("1", Unit.WORK_DAY, "1工作日", "1 working day"),
        ("1.50", Unit.WORK_HOUR, "1.5工作时", "1.5 working hours"),
        ("10", Unit.NATURAL_DAY, "10自然日", "10 calendar days"),
    ],
)
def test_limits_are_written_as_the_field_writes_them(
    amount: str, unit: Unit, zh: str, en: str
) -> None:
    limit = Limit(Decimal(amount), unit)
    assert (limit.label_zh, limit.label_en) == (zh, en)
