"""When each case is due next, as a column of its own, so that lists sort and filter by it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api.store.models import CaseRow
from api.store.timer_tables import TimerRow
from api.store.transition import Transition


def follow(session: Session, row: CaseRow, made: Transition) -> tuple[()]:
    """Follower, after the timers: the earliest deadline that runs; None while none does."""
    if made.before is not None:  # at its birth, the timers that began were all that there are
        reckon(session, row)
    return ()


def first_of(deadlines: Iterable[datetime | None]) -> datetime | None:
    """The earliest of the deadlines of all timers of a case."""
    return min((one for one in deadlines if one is not None), default=None)


def reckon(session: Session, row: CaseRow) -> None:
    """Set it anew for a case, one of whose timers has changed."""
    session.flush()
    earliest = select(func.min(TimerRow.deadline)).where(TimerRow.case_id == row.id)
    due_at = session.scalar(earliest)
    if row.due_at != due_at:
        row.due_at = due_at


def reckon_all(session: Session) -> None:
    """Set it anew for every case that has timers that run, after their deadlines were reckoned."""
    session.flush()
    running = select(TimerRow.case_id).where(TimerRow.deadline.is_not(None))
    earliest = (
        select(func.min(TimerRow.deadline)).where(TimerRow.case_id == CaseRow.id).scalar_subquery()
    )
    session.execute(
        update(CaseRow)
        .where(CaseRow.id.in_(running))
        .values(due_at=earliest)
        .execution_options(synchronize_session=False)
    )
