"""Cases as Open311 clients ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.finding import CaseFilter
from api.open311.requests import CLOSED, Wanted
from api.schema import Case, CaseStatus
from api.store.asking import conditions
from api.store.engine import Store
from api.store.models import CaseRow, CatalogueVersionRow
from api.store.timer_tables import TimerRow
from api.store.views import case_view

_CLOSED = tuple(status.value for status in CLOSED)
_OPEN = tuple(status.value for status in CaseStatus if status not in CLOSED)


@dataclass(frozen=True, slots=True)
class Asked:
    """A case, when it last changed, and by when it is to be done, if that is settled."""

    case: Case
    updated_at: datetime
    due_at: datetime | None = None


def find(store: Store, wanted: Wanted) -> list[Asked]:
    """The cases that are wanted, newest first."""
    query = select(CaseRow).order_by(CaseRow.id.desc())
    query = query.limit(wanted.page_size).offset((wanted.page - 1) * wanted.page_size)
    with store.reading() as session:
        if wanted.numbers is not None:
            query = query.where(CaseRow.number.in_(wanted.numbers))
        else:
            query = query.where(*conditions(session, _filter(wanted)))
        rows = session.scalars(query).all()
        due = _due(session, [row.id for row in rows])
        return [Asked(case_view(row), row.updated_at, due.get(row.id)) for row in rows]


def find_one(store: Store, number: str) -> Asked | None:
    """The case of this number, or None."""
    with store.reading() as session:
        row = session.scalar(select(CaseRow).where(CaseRow.number == number))
        if row is None:
            return None
        return Asked(case_view(row), row.updated_at, _due(session, [row.id]).get(row.id))


def _due(session: Session, cases: Sequence[int]) -> dict[int, datetime]:
    """By when each case's running stage is to be done; the earliest of several."""
    query = (
        select(TimerRow.case_id, func.min(TimerRow.deadline))
        .where(TimerRow.case_id.in_(cases), TimerRow.ended_at.is_(None))
        .group_by(TimerRow.case_id)
    )
    return {row[0]: row[1] for row in session.execute(query) if row[1] is not None}


def _filter(wanted: Wanted) -> CaseFilter:
    statuses = {None: (), True: _CLOSED, False: _OPEN}[wanted.closed]
    # Both ends of the dates are wanted.
    last = wanted.end.year == MAXYEAR
    until = wanted.end if last else wanted.end + timedelta(microseconds=1)
    codes = wanted.codes or ()
    return CaseFilter(statuses, service_codes=codes, since=wanted.start, until=until)


def changed_at(store: Store, version: str) -> datetime | None:
    """When this version of the catalogue came into force."""
    with store.reading() as session:
        return session.scalar(
            select(CatalogueVersionRow.seeded_at).where(CatalogueVersionRow.version == version)
        )
