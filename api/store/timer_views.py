"""Timers as readers see them, the event that one is late, and a new calendar's deadlines."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.clocks import Clocks, Limit, Unit
from api.schema.timers import LimitView, TimerList, TimerView
from api.store.acting import case_of, note_event
from api.store.engine import Store
from api.store.models import CaseRow
from api.store.rules import clocks_in
from api.store.timer_tables import TimerRow
from api.store.timers import keep, timer_of

OVERDUE = "case.overdue"


def timers_of(store: Store, case_id: int, now: datetime) -> TimerList | None:
    """All timers of a case at a moment, in the order in which they began; None without a case."""
    with store.reading() as session:
        if session.get(CaseRow, case_id) is None:
            return None
        clocks = clocks_in(session)
        query = select(TimerRow).where(TimerRow.case_id == case_id).order_by(TimerRow.id)
        views = [_view(row, clocks, now) for row in session.scalars(query)]
        return TimerList(now=now, items=tuple(views))


def _view(row: TimerRow, clocks: Clocks, now: datetime) -> TimerView:
    timer = timer_of(row, clocks.calendar)
    stage = clocks.stages.get(row.stage)
    end = timer.deadline
    return TimerView.model_validate(
        {
            "stage": row.stage,
            "name_zh": row.stage if stage is None else stage.name_zh,
            "name_en": row.stage if stage is None else stage.name_en,
            "number": row.number,
            "state": timer.state(now).value,
            "limit": limit_view(timer.limit, row.source),
            "started_at": row.started_at,
            "deadline": end,
            "deadline_may_move": end is not None
            and timer.limit.unit.works
            and not clocks.calendar.is_published(clocks.calendar.local_day(end)),
            "spent_s": timer.spent(now).total_seconds(),
            "left_s": timer.left(now).total_seconds(),
            "extended_s": timer.extra.total_seconds(),
            "ended_at": row.ended_at,
            "ended_by": row.ended_by,
        }
    )


def limit_view(limit: Limit, source: str) -> LimitView:
    """A limit as readers see it."""
    return LimitView(
        amount=float(limit.amount),
        unit=limit.unit.value,
        label_zh=limit.label_zh,
        label_en=limit.label_en,
        source=source,
    )


def announce_overdue(store: Store, now: datetime, most: int = 100) -> int:
    """Write the event of each timer that has run out and is not told of; how many.

    Each is a transaction of its own, in which the event and the mark that it was written are one.
    """
    due = select(TimerRow.id, TimerRow.case_id).where(
        TimerRow.announced_at.is_(None), TimerRow.deadline < now
    )
    with store.reading() as session:
        found = session.execute(due.order_by(TimerRow.deadline).limit(most)).all()
    return sum(_announce(store, timer, case, now) for timer, case in found)


def _announce(store: Store, timer_id: int, case_id: int, now: datetime) -> bool:
    with store.writing() as session:
        case = case_of(session, CaseRow.id == case_id, lock=True)
        row = session.get(TimerRow, timer_id, populate_existing=True)
        gone = row is None or row.deadline is None or row.deadline >= now
        if row is None or gone or row.announced_at is not None:
            return False
        row.announced_at = now
        note_event(session, case, OVERDUE, now)
        return True


def reckon_again(session: Session) -> int:
    """Give running timers the deadlines of the calendar that holds now; how many have moved.

    For the start of the app: a year's notice may have come, or the district's days changed.
    """
    calendar = clocks_in(session).calendar
    moved = 0
    working = [unit.value for unit in Unit if unit.works]
    query = select(TimerRow).where(TimerRow.running_since.is_not(None), TimerRow.unit.in_(working))
    for row in session.scalars(query.execution_options(yield_per=1000)):
        before = row.deadline
        keep(row, timer_of(row, calendar))
        moved += before != row.deadline
    return moved
