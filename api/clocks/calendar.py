"""Which days and hours are worked.

National holidays and their 调休 (weekend days that are worked instead) come from the `holidays`
library, which has them by the State Council's yearly notice. For a year whose notice it does
not have yet, it still knows the holidays that the law fixes, but no 调休 and no bridged days:
such a year is not *published*, and a deadline that touches it may move once it is. A district
adds days of its own, or a whole year before the library has it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import holidays

Window = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Day:
    """A day that a district settles itself, whatever the national calendar says."""

    works: bool
    name: str = ""


@dataclass(frozen=True)
class WorkCalendar:
    """A district's working hours and days, in its zone.

    Attributes:
        zone: where its days begin at midnight.
        windows: working hours of a day, in order, apart, each from before to after; the end is
            not worked. They must not lie across a change to or from summer time.
        day_hours: 工作时 in a 工作日.
        country: whose national holidays count, ISO 3166 alpha-2.
        days: the district's own days.
        complete_years: years that `days` lists wholly, so that they count as published.
    """

    zone: ZoneInfo
    windows: tuple[Window, ...] = ((time(8), time(12)), (time(14), time(18)))
    day_hours: int = 8
    country: str = "CN"
    days: Mapping[date, Day] = field(default_factory=dict)
    complete_years: frozenset[int] = frozenset()

    def works_on(self, day: date) -> bool:
        """Whether a day is a working day."""
        own = self.days.get(day)
        return own.works if own is not None else day in self._national(day.year)

    def is_published(self, day: date) -> bool:
        """Whether a day's standing is final: its year's notice is known, or the district's own."""
        return (
            day in self.days
            or day.year in self.complete_years
            or _is_published(self.country, day.year)
        )

    def names_of(self, day: date) -> tuple[str, str]:
        """What a holiday is called, in Chinese and in English; empty where it has no name."""
        own = self.days.get(day)
        if own is not None:
            return own.name, own.name
        zh, en = (_names(self.country, day.year, tongue) for tongue in ("zh_CN", "en_US"))
        return zh.get(day, ""), en.get(day, "")

    def windows_on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The working hours of a day as moments in UTC; none on a day off."""
        if self.works_on(day):
            for start, end in self.windows:
                yield self._moment(day, start), self._moment(day, end)

    def workdays_between(self, first: date, end: date) -> int:
        """How many working days there are from `first` until before `end`."""
        if end <= first:
            return 0
        return sum(
            bisect_left(worked, end.toordinal()) - bisect_left(worked, first.toordinal())
            for worked in (self._workdays(year) for year in range(first.year, end.year + 1))
        )

    @cached_property
    def worked_a_day(self) -> timedelta:
        """How long a working day's hours are together."""
        spans = (
            datetime.combine(date.min, end) - datetime.combine(date.min, start)
            for start, end in self.windows
        )
        return sum(spans, timedelta())

    def local_day(self, moment: datetime) -> date:
        """The district's day of a moment."""
        return moment.astimezone(self.zone).date()

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    @cached_property
    def _by_year(self) -> dict[int, tuple[int, ...]]:
        return {}

    def _workdays(self, year: int) -> tuple[int, ...]:
        if year not in self._by_year:
            self._by_year[year] = tuple(
                day.toordinal() for day in _days_of(year) if self.works_on(day)
            )
        return self._by_year[year]

    def _national(self, year: int) -> frozenset[date]:
        return _national_workdays(self.country, year)


def _days_of(year: int) -> Iterator[date]:
    first = date(year, 1, 1)
    for offset in range((date(year, 12, 31) - first).days + 1):
        yield first + timedelta(days=offset)


@lru_cache(maxsize=256)
def _national_workdays(country: str, year: int) -> frozenset[date]:
    known = holidays.country_holidays(country, years=year)
    return frozenset(day for day in _days_of(year) if known.is_working_day(day))


@lru_cache(maxsize=64)
def _names(country: str, year: int, language: str) -> dict[date, str]:
    return dict(holidays.country_holidays(country, years=year, language=language))


@lru_cache(maxsize=256)
def _is_published(country: str, year: int) -> bool:
    # Countries without yearly notices have their holidays by law, known for every year.
    notices = getattr(holidays.country_holidays(country), "special_public_holidays", {})
    return country != "CN" or year in notices
