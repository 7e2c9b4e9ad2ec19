"""Figures of a time. Each query walks an index over that time, so a million cases cost nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.schema import CaseStatus
from api.schema.figures import Count, Figures, Rate
from api.store.component_tables import ComponentClassRow
from api.store.dispatch_tables import ChiefAssignmentRow
from api.store.engine import Store
from api.store.life_tables import CaseStandardRow
from api.store.models import CaseRow, CategoryRow
from api.store.notice_tables import NoticeRow
from api.store.timer_tables import HANDLE, TimerRow

_MOST = 50
"""Of streets, chiefs and cameras: so many are listed."""
_OVER = (CaseStatus.CLOSED.value, CaseStatus.VOIDED.value)
_BEFORE = tuple(
    state.value
    for state in (CaseStatus.REPORTED, CaseStatus.PENDING_VERIFY, CaseStatus.PENDING_REGISTER)
)
Names = Mapping[str, tuple[str, str]]


def figures(
    store: Store, since: datetime, until: datetime, zone: ZoneInfo, now: datetime
) -> Figures:
    """Count what came in a time."""
    came = CaseRow.received_at >= since, CaseRow.received_at < until
    with store.reading() as session:
        status = _counted(session, CaseRow.status, came)
        hours = _by_hour(session, came, zone)
        days = Counter[str]()
        of_day = Counter[int]()
        for moment, count in hours.items():
            days[moment.date().isoformat()] += count
            of_day[moment.hour] += count
        total = status.total()
        waits = sum(status[state] for state in _BEFORE)
        return Figures(
            since=since,
            until=until,
            timezone=str(zone),
            received=total,
            registered=total - waits - status[CaseStatus.VOIDED.value],
            closed=status[CaseStatus.CLOSED.value],
            voided=status[CaseStatus.VOIDED.value],
            open=_open(session),
            overdue=session.scalar(select(func.count()).where(CaseRow.due_at < now)) or 0,
            rates=_rates(session, since, until),
            by_class=_named(_counted(session, CaseRow.service_code, came), class_names(session)),
            by_street=_named(_counted(session, CaseRow.street, came)),
            by_chief=_by_chief(session, came),
            by_camera=_named(_counted(session, CaseRow.camera_id, came)),
            by_hour=tuple(_count(f"{hour:02d}", of_day[hour]) for hour in range(24)),
            by_day=tuple(_count(day, days[day]) for day in _days(since, until, zone)),
        )


def _counted(
    session: Session, what: InstrumentedAttribute[Any], came: tuple[ColumnElement[bool], ...]
) -> Counter[str]:
    query = select(what, func.count()).where(*came).group_by(what)
    return Counter({key: count for key, count in session.execute(query) if key})


def _open(session: Session) -> int:
    states = [state.value for state in CaseStatus if state.value not in _OVER]
    return session.scalar(select(func.count()).where(CaseRow.status.in_(states))) or 0


def _by_hour(
    session: Session, came: tuple[ColumnElement[bool], ...], zone: ZoneInfo
) -> Counter[datetime]:
    """Cases by the hour in which they came, in local time; whole hours of UTC are counted."""
    if session.get_bind().dialect.name == "sqlite":
        hour = func.substr(type_coerce(CaseRow.received_at, String), 1, 13)
    else:
        hour = func.to_char(func.timezone("UTC", CaseRow.received_at), "YYYY-MM-DD HH24")
    found = Counter[datetime]()
    for text, count in session.execute(select(hour, func.count()).where(*came).group_by(hour)):
        at = datetime.strptime(text, "%Y-%m-%d %H").replace(tzinfo=UTC)
        found[at.astimezone(zone)] += count
    return found


def _days(since: datetime, until: datetime, zone: ZoneInfo) -> list[str]:
    day, last = since.astimezone(zone).date(), (until - timedelta(microseconds=1)).astimezone(zone)
    found = []
    while day <= last.date():
        found.append(day.isoformat())
        day += timedelta(days=1)
    return found


def _by_chief(session: Session, came: tuple[ColumnElement[bool], ...]) -> tuple[Count, ...]:
    """By chiefs who were told of them: a case of which several were counts for each."""
    # Wrapped, so that no engine walks all notices in the order of chiefs.
    chief = func.coalesce(NoticeRow.assignment, NoticeRow.assignment)
    query = (
        select(chief, func.count(NoticeRow.case_id.distinct()))
        .where(NoticeRow.case_id.in_(select(CaseRow.id).where(*came)))
        .where(NoticeRow.audience == "chief")
        .group_by(chief)
    )
    counts = Counter(dict(iter(session.execute(query))))
    people = select(ChiefAssignmentRow.code, ChiefAssignmentRow.place, ChiefAssignmentRow.chief)
    names = {code: (name, name) for code, name in _people(session.execute(people))}
    return _named(counts, names)


def _people(rows: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for code, place, chief in rows:
        yield code, f"{place} {chief.get('name', '')}".strip()


def _rates(session: Session, since: datetime, until: datetime) -> tuple[Rate, ...]:
    """By DOMAIN's terms: what had to be done is what fell due in the time."""
    fell_due = (
        TimerRow.stage == HANDLE,
        TimerRow.last_deadline >= since,
        TimerRow.last_deadline < until,
    )

    def count(*more: ColumnElement[bool]) -> int:
        query = (
            select(func.count(TimerRow.case_id.distinct()))
            .join(CaseRow, CaseRow.id == TimerRow.case_id)
            .where(*fell_due, CaseRow.status != CaseStatus.VOIDED.value, *more)
        )
        return session.scalar(query) or 0

    need = count()
    done = count(TimerRow.ended_at.is_not(None))
    in_time = count(TimerRow.ended_at <= TimerRow.last_deadline)
    closed = count(CaseRow.closed_at.is_not(None))
    return (
        _rate("处置率", "handled", done, need, "处置数 / 应处置数", "handled / due to be handled"),
        _rate(
            "按期处置率", "handled in time", in_time, need, "按期处置数 / 应处置数",
            "handled in time / due to be handled",
        ),
        _rate("处结率", "closed", closed, need, "结案数 / 应处置数", "closed / due to be handled"),
    )  # fmt: skip


def _rate(zh: str, en: str, part: int, whole: int, formula_zh: str, formula_en: str) -> Rate:
    due_zh = "；应处置数：处置时限在此期间到期、未作废的案卷"
    due_en = "; due: cases whose limit of handling ran out in this time, voided ones excepted"
    return Rate(
        name_zh=zh,
        name_en=en,
        part=part,
        whole=whole,
        share=part / whole if whole else None,
        formula_zh=formula_zh + due_zh,
        formula_en=formula_en + due_en,
    )


def class_names(session: Session) -> Names:
    """The names of every class that there ever was, by service code."""
    found: dict[str, tuple[str, str]] = {}
    for table in (CategoryRow, CaseStandardRow, ComponentClassRow):
        query = select(table.service_code, table.name_zh, table.name_en)
        found |= {code: (zh, en) for code, zh, en in session.execute(query)}
    return found


def _named(counts: Counter[str], names: Names | None = None) -> tuple[Count, ...]:
    return tuple(
        _count(key, count, *(names or {}).get(key, (key, key)))
        for key, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_MOST]
    )


def _count(key: str, cases: int, zh: str | None = None, en: str | None = None) -> Count:
    return Count(key=key, name_zh=zh or key, name_en=en or key, cases=cases)
