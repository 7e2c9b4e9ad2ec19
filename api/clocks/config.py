"""Reads the clocks of a district from YAML: working hours, own days, the timers of stages."""

import re
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import holidays
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from api.clocks.calendar import Day, Window, WorkCalendar
from api.clocks.reckon import length
from api.clocks.units import Limit, Unit
from api.config_file import config_file
from api.errors import ClocksInvalid
from api.schema.life import Action, CaseStatus
from yamlfile import at, load_yaml

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def _a_window(text: str) -> str:
    match = _HOURS.fullmatch(text)
    if match is None:
        raise ValueError(f'{text!r} is no span of hours; write "08:00-12:00"')
    if match.group(1, 2) >= match.group(3, 4):
        raise ValueError(f"{text!r} ends before it begins; give the earlier time first")
    return text


def _a_date(value: object) -> object:
    # YAML reads an unquoted date by itself; both ways of writing one are fine.
    return value.isoformat() if isinstance(value, date) else value


def _a_country(code: str) -> str:
    if code not in holidays.list_supported_countries():
        raise ValueError(f"{code!r} has no calendar; give an ISO 3166 code such as CN")
    return code


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Day(_Strict):
    date: Annotated[date, BeforeValidator(_a_date)]
    works: bool
    name: Annotated[str, Field(max_length=64)] = ""


class _Calendar(_Strict):
    country: Annotated[str, AfterValidator(_a_country)] = "CN"
    days: tuple[_Day, ...] = ()
    complete_years: tuple[Annotated[int, Field(ge=2000, le=2100)], ...] = ()


class LimitModel(_Strict):
    """A limit as YAML and JSON have it: `{amount: 2, unit: urgent_hour}`."""

    amount: Annotated[Decimal, Field(gt=0, le=10_000, decimal_places=4)]
    unit: Unit

    def limit(self) -> Limit:
        """As the clocks take it."""
        return Limit(self.amount, self.unit)


class _Stage(_Strict):
    name_zh: Annotated[str, Field(min_length=1, max_length=64)]
    name_en: Annotated[str, Field(min_length=1, max_length=64)]
    runs_in: Annotated[tuple[CaseStatus, ...], Field(min_length=1)]
    resumes_on: tuple[Action, ...] = ()
    postponable: bool = False
    limit: LimitModel | None = None


class _File(_Strict):
    version: Annotated[str, Field(min_length=1, max_length=32)]
    source: Annotated[str, Field(min_length=1, max_length=200)]
    working_hours: Annotated[
        tuple[Annotated[str, AfterValidator(_a_window)], ...], Field(min_length=1)
    ]
    day_hours: Annotated[int, Field(ge=1, le=24)] = 8
    calendar: _Calendar = _Calendar()
    stages: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")], _Stage]


@dataclass(frozen=True, slots=True)
class Stage:
    """A timer of a case's life.

    Attributes:
        name: its key, such as `handle`.
        name_zh: as operators read it.
        name_en: the same in English.
        runs_in: the case's states during which it runs.
        resumes_on: the actions that take up the last timer instead of starting one.
        postponable: whether a granted 延期 extends it.
        limit: what holds where the case's filing condition sets none; None: no timer then.
    """

    name: str
    name_zh: str
    name_en: str
    runs_in: frozenset[str]
    resumes_on: frozenset[str]
    postponable: bool
    limit: Limit | None


@dataclass(frozen=True, slots=True)
class Clocks:
    """A district's clocks: its calendar, and the timers of stages in their order.

    `body` is all of it as JSON, from which `clocks_of` makes the same again.
    """

    version: str
    source: str
    calendar: WorkCalendar
    stages: dict[str, Stage]
    body: dict[str, Any]


def read_clocks(path: Path | None, zone: ZoneInfo) -> Clocks:
    """Read and check a clocks file, the shipped one by default.

    Args:
        path: a clocks.yaml.
        zone: the district's.

    Raises:
        ClocksInvalid: the file is missing, is no YAML, or breaks the schema.
    """
    with config_file(path, "clocks.yaml", ClocksInvalid) as file:
        return _checked(file, zone)


def clocks_of(body: dict[str, Any]) -> Clocks:
    """Clocks as they were kept."""
    zone = ZoneInfo(body["zone"])
    return _clocks(_File.model_validate({k: v for k, v in body.items() if k != "zone"}), zone)


def _checked(path: Path, zone: ZoneInfo) -> Clocks:
    parsed = load_yaml(path, _File)
    windows = [_window(text) for text in parsed.working_hours]
    for index, (before, after) in enumerate(pairwise(windows), start=1):
        if after[0] < before[1]:
            raise ClocksInvalid(
                f"{at(path, 'working_hours', index)}: begins before the span above ends; give "
                "spans in order, apart"
            )
    days = [day.date for day in parsed.calendar.days]
    for index, day in enumerate(days):
        if day in days[:index]:
            raise ClocksInvalid(
                f"{at(path, 'calendar', 'days', index)}: {day} stands twice; keep one"
            )
    clocks = _clocks(parsed, zone)
    for name, stage in clocks.stages.items():
        try:
            if stage.limit is not None:
                length(stage.limit, clocks.calendar)
        except ValueError as error:
            raise ClocksInvalid(f"{at(path, 'stages', name, 'limit')}: {error}") from None
    return clocks


def _clocks(parsed: _File, zone: ZoneInfo) -> Clocks:
    calendar = WorkCalendar(
        zone,
        tuple(_window(text) for text in parsed.working_hours),
        parsed.day_hours,
        parsed.calendar.country,
        {day.date: Day(day.works, day.name) for day in parsed.calendar.days},
        frozenset(parsed.calendar.complete_years),
    )
    stages = {
        name: Stage(
            name,
            stage.name_zh,
            stage.name_en,
            frozenset(state.value for state in stage.runs_in),
            frozenset(action.value for action in stage.resumes_on),
            stage.postponable,
            None if stage.limit is None else stage.limit.limit(),
        )
        for name, stage in parsed.stages.items()
    }
    body = parsed.model_dump(mode="json") | {"zone": zone.key}
    return Clocks(parsed.version, parsed.source, calendar, stages, body)


def _window(text: str) -> Window:
    begin, end = text.split("-")
    return time.fromisoformat(begin), time.fromisoformat(end)
