"""Times of the week: hours, weekdays, working days and days off, in a camera's local time."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, tzinfo
from functools import lru_cache
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))?-(\d{1,2})(?::(\d{2}))?")
_DAY_MINUTES = 24 * 60
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _is_span(text: str) -> str:
    _minutes(text)
    return text


def _minutes(text: str) -> tuple[int, int]:
    """A span's two times, in minutes of the day."""
    found = _SPAN.fullmatch(text)
    parts = [int(part or 0) for part in found.groups()] if found else [99] * 4
    begin, end = parts[0] * 60 + parts[1], parts[2] * 60 + parts[3]
    if max(parts[1], parts[3]) > 59 or max(begin, end) > _DAY_MINUTES or begin == end:
        raise ValueError(
            "a span of hours is two different times from 0 to 24, such as 22-6 or 17:30-20"
        )
    return begin, end


def _is_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("not the name of a time zone; write one such as Asia/Shanghai") from None
    return text


TimeZone = Annotated[str, AfterValidator(_is_zone)]
"""The name of a time zone, such as `Asia/Shanghai`."""
Span = Annotated[str, AfterValidator(_is_span)]
"""From the first time of day up to the second, over midnight where the second is earlier."""


class Schedule(BaseModel):
    """Times at which something holds: all that is given here must be true of a moment.

    Attributes:
        hours: spans of local time, such as `6-9` or `17:30-20`; none: the whole day.
        weekdays: `mon` to `sun`; none: all. The day is that of the moment, after midnight too.
        days: `working` days or days `off`, by the country's holidays and the weekend days that
            are worked instead (调休); none: both.
        country: whose holidays count, ISO 3166 alpha-2.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    hours: tuple[Span, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    days: Literal["working", "off"] | None = None
    country: str = "CN"

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.hours and not self.weekdays and self.days is None:
            raise ValueError("a schedule names `hours`, `weekdays` or `days`; leave it out else")
        known = holidays.list_supported_countries()
        if self.country not in known:
            raise ValueError("country is two letters such as CN, whose holidays are known")
        return self

    def holds(self, at: datetime, local: tzinfo) -> bool:
        """Whether it holds at a moment.

        Args:
            at: the moment, timezone-aware.
            local: the time zone that hours and days are meant in.
        """
        here = at.astimezone(local)
        if self.weekdays and _WEEKDAYS[here.weekday()] not in self.weekdays:
            return False
        works = self.days is None or _is_working(self.country, here.date())
        if works is (self.days == "off"):
            return False
        return not self.hours or any(_within(span, here.time()) for span in self.hours)


def holds_any(schedules: Iterable[Schedule], at: datetime, local: tzinfo) -> bool:
    """Whether one of several schedules holds at a moment."""
    return any(schedule.holds(at, local) for schedule in schedules)


def _within(span: str, here: time) -> bool:
    begin, end = _minutes(span)
    now = here.hour * 60 + here.minute
    return begin <= now < end if begin < end else now >= begin or now < end


@lru_cache(maxsize=4096)
def _is_working(country: str, day: date) -> bool:
    return bool(_calendar(country).is_working_day(day))


@lru_cache(maxsize=16)
def _calendar(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)
