"""The district's clocks: working hours and days, and what a limit comes to."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.auth import READERS, requires
from api.clocks import Limit, Unit, WorkCalendar
from api.clocks.reckon import after, elapsed, length
from api.openapi import problems
from api.problems import invalid
from api.schema import Moment
from api.schema.timers import CalendarDay, ClocksView, Reckoned, StageView
from api.services import Parts
from api.store.rules import clocks_in
from api.store.timer_views import limit_view

router = APIRouter(prefix="/v1/clocks", tags=["life"], dependencies=[requires(*READERS)])
_FIRST, _LAST = 2005, 2100


@router.get("", summary="Read the clocks", responses=problems(401, 403, 422, 503))
def get_clocks(
    parts: Parts,
    year: Annotated[
        int | None, Query(ge=_FIRST, le=_LAST, description="Whose days; now's, if left out.")
    ] = None,
) -> ClocksView:
    """Working hours, the limits of stages, and the days of a year that are not as their weekday:
    days off from Monday to Friday, and weekend days that are worked (调休)."""
    with parts.store.reading() as session:
        clocks = clocks_in(session)
    calendar = clocks.calendar
    shown = year or datetime.now(calendar.zone).year
    first = date(shown, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(shown, 12, 31) - first).days + 1)]
    return ClocksView(
        version=clocks.version,
        source=clocks.source,
        zone=calendar.zone.key,
        working_hours=tuple(f"{start:%H:%M}-{end:%H:%M}" for start, end in calendar.windows),
        day_hours=calendar.day_hours,
        year=shown,
        published=calendar.is_published(first),
        special_days=tuple(
            _special(calendar, day) for day in days if calendar.works_on(day) != (day.weekday() < 5)
        ),
        stages=tuple(
            StageView(
                stage=stage.name,
                name_zh=stage.name_zh,
                name_en=stage.name_en,
                limit=None if stage.limit is None else limit_view(stage.limit, clocks.source),
            )
            for stage in clocks.stages.values()
        ),
    )


def _special(calendar: WorkCalendar, day: date) -> CalendarDay:
    name_zh, name_en = calendar.names_of(day)
    return CalendarDay(
        date=day,
        works=calendar.works_on(day),
        name_zh=name_zh,
        name_en=name_en,
        own=day in calendar.days,
    )


@router.get("/reckon", summary="Reckon a deadline", responses=problems(401, 403, 422, 503))
def get_reckoned(
    parts: Parts,
    start: Annotated[Moment, Query(description="When the limit begins.")],
    amount: Annotated[float, Query(gt=0, le=10_000, description="How many.")],
    unit: Annotated[
        Literal["urgent_hour", "work_hour", "work_day", "natural_day"],
        Query(description="紧急工作时, 工作时, 工作日, 自然日."),
    ],
    until: Annotated[
        Moment | None, Query(description="Also say how much of it is spent at this time.")
    ] = None,
) -> Reckoned:
    """When a limit is used up, and how much of it is spent and left at a time."""
    for name, moment in (("start", start), ("until", until or start)):
        if not _FIRST <= moment.year < _LAST:
            raise invalid("no calendar is known", (name, f"is outside {_FIRST} to {_LAST}"))
    with parts.store.reading() as session:
        calendar = clocks_in(session).calendar
    limit = Limit(Decimal(str(amount)), Unit(unit))
    try:
        allowed = length(limit, calendar)
    except ValueError as error:
        raise invalid("the limit is too long", ("amount", str(error))) from error
    end = after(start, allowed, limit.unit, calendar)
    spent = elapsed(start, until or start, limit.unit, calendar)
    return Reckoned(
        start=start.astimezone(UTC),
        limit=limit_view(limit, "asked"),
        deadline=end,
        deadline_may_move=limit.unit.works and not calendar.is_published(calendar.local_day(end)),
        spent_s=spent.total_seconds(),
        left_s=(allowed - spent).total_seconds(),
    )
