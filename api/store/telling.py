"""What an event tells of: the case, and the step of its life where the event is one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.schema import Case
from api.store.engine import Store
from api.store.life_tables import CaseHistoryRow
from api.store.models import EventRow
from api.store.views import case_view


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a case's life; `fields` is what came with it."""

    action: str
    before: str | None
    after: str
    by: str
    by_kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """An event with its case as it stands now."""

    type: str
    at: datetime
    case: Case
    step: Step | None


def tell(session: Session, event: EventRow) -> Told:
    """What an event tells of."""
    row = None
    if event.step is not None:
        row = session.scalar(
            select(CaseHistoryRow).where(
                CaseHistoryRow.case_id == event.case_id, CaseHistoryRow.number == event.step
            )
        )
    step = (
        None
        if row is None
        else Step(row.action, row.before, row.after, row.by, row.by_kind, dict(row.fields))
    )
    return Told(event.type, event.at, case_view(event.case), step)


def told(store: Store, event: int) -> Told:
    """What the event of this number tells of."""
    with store.reading() as session:
        return tell(session, session.get_one(EventRow, event))
