"""From a start and a limit to a deadline, and from two moments to the time spent between them.

Working hours hold their first moment and not their last: a limit that is used up at 12:00 ends at
12:00, not at 14:00 when work goes on.
"""

from datetime import UTC, datetime, timedelta

from api.clocks.calendar import WorkCalendar
from api.clocks.units import Limit, Unit

_HOUR = timedelta(hours=1)
LONGEST = timedelta(days=3650)
"""A limit beyond ten years is a mistake in a table."""


def length(limit: Limit, calendar: WorkCalendar) -> timedelta:
    """A limit as time on its own clock: one 工作日 is eight hours of working time.

    Raises:
        ValueError: it is longer than `LONGEST`.
    """
    hours = {
        Unit.URGENT_HOUR: 1,
        Unit.WORK_HOUR: 1,
        Unit.WORK_DAY: calendar.day_hours,
        Unit.NATURAL_DAY: 24,
    }[limit.unit]
    # Whole microseconds: float hours would put 0.1 of an hour beside its place.
    microseconds = limit.amount * hours * 3_600_000_000
    if microseconds > LONGEST // timedelta(microseconds=1):
        raise ValueError(f"a limit of {limit.label_en} is longer than ten years")
    return timedelta(microseconds=int(microseconds))


def deadline(start: datetime, limit: Limit, calendar: WorkCalendar) -> datetime:
    """The moment when a limit that starts at `start` is used up, in UTC."""
    return after(start, length(limit, calendar), limit.unit, calendar)


def after(start: datetime, spent: timedelta, unit: Unit, calendar: WorkCalendar) -> datetime:
    """The first moment at which `spent` has gone by on the unit's clock since `start`, in UTC.

    Args:
        start: aware.
        spent: none or less gives `start` itself.
        unit: the clock.
        calendar: the district's.
    """
    moment = start.astimezone(UTC)
    if spent <= timedelta():
        return moment
    if not unit.works:
        return moment + spent
    day = calendar.local_day(moment)
    while True:
        for begin, end in calendar.windows_on(day):
            begin = max(begin, moment)
            if begin >= end:
                continue
            if spent <= end - begin:
                return begin + spent
            spent -= end - begin
        day += timedelta(days=1)


def elapsed(start: datetime, end: datetime, unit: Unit, calendar: WorkCalendar) -> timedelta:
    """The time that goes by on the unit's clock from `start` to `end`; none when it runs back."""
    begin, until = start.astimezone(UTC), end.astimezone(UTC)
    if until <= begin:
        return timedelta()
    if not unit.works:
        return until - begin
    first, last = calendar.local_day(begin), calendar.local_day(until)
    days = {first, last}
    parts = [
        max(min(stop, until) - max(go, begin), timedelta())
        for day in days
        for go, stop in calendar.windows_on(day)
    ]
    between = calendar.workdays_between(first + timedelta(days=1), last)
    return sum(parts, timedelta()) + between * calendar.worked_a_day
