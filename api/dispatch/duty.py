"""When a chief is on duty, and who stands in when not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from api.clocks import WorkCalendar

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS = (*WEEKDAYS, "workday", "day_off")
"""What a shift may name: days of the week, or what the calendar calls a day."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours of some days; an end that is not after the start lies on the next day.

    Attributes:
        days: of `DAYS`; the day on which the shift begins.
        start: local time; worked.
        end: local time; not worked. Equal to `start` means 24 hours.
    """

    days: frozenset[str]
    start: time
    end: time

    def holds(self, moment: datetime, calendar: WorkCalendar) -> bool:
        """Whether a moment lies in it."""
        local = moment.astimezone(calendar.zone)
        now, today = local.time(), local.date()
        if self.start < self.end:
            return self.start <= now < self.end and self._is_on(today, calendar)
        yesterday = date.fromordinal(today.toordinal() - 1)
        return (now >= self.start and self._is_on(today, calendar)) or (
            now < self.end and self._is_on(yesterday, calendar)
        )

    def _is_on(self, day: date, calendar: WorkCalendar) -> bool:
        kind = "workday" if calendar.works_on(day) else "day_off"
        return WEEKDAYS[day.weekday()] in self.days or kind in self.days


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty calendar: shifts (none means always), and days away, both ends included."""

    shifts: tuple[Shift, ...] = ()
    away: tuple[tuple[date, date], ...] = ()

    def is_on(self, moment: datetime, calendar: WorkCalendar) -> bool:
        """Whether somebody with this calendar is on duty."""
        day = calendar.local_day(moment)
        if any(first <= day <= last for first, last in self.away):
            return False
        return not self.shifts or any(shift.holds(moment, calendar) for shift in self.shifts)


ALWAYS = Duty()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be told."""

    name: str
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who is told, and why that one: `duty`, `deputy`, or `off_duty` when nobody else is there."""

    person: Person
    why: str


def on_duty(
    chief: Person,
    duty: Duty,
    deputies: Iterable[tuple[Person, Duty]],
    moment: datetime,
    calendar: WorkCalendar,
) -> OnDuty:
    """The chief if on duty, else the first deputy who is, else the chief all the same.

    A notice that reaches somebody off duty is late; one that goes to nobody is lost.
    """
    if duty.is_on(moment, calendar):
        return OnDuty(chief, "duty")
    for deputy, hours in deputies:
        if hours.is_on(moment, calendar):
            return OnDuty(deputy, "deputy")
    return OnDuty(chief, "off_duty")
