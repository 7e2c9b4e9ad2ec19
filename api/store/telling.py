"""What an event tells of: the case, and the step of its life where the event is one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.schema import Case
from api.schema.subscriptions import DeliveryState
from api.store.engine import Store
from api.store.life_tables import CaseHistoryRow
from api.store.models import EventRow
from api.store.outward_tables import DeliveryRow
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


def handed_over(
    store: Store, subscription: UUID, case_id: int, types: Collection[str]
) -> str | None:
    """The receiver's own number of a case that one of these events handed over to it.

    None when it was not handed over; empty when it was and the receiver gave no number.
    """
    query = (
        select(DeliveryRow.reference)
        .where(
            DeliveryRow.subscription_id == subscription,
            DeliveryRow.case_id == case_id,
            DeliveryRow.type.in_(list(types)),
            DeliveryRow.state == DeliveryState.DELIVERED.value,
        )
        .order_by(DeliveryRow.event_id)
        .limit(1)
    )
    with store.reading() as session:
        found = session.execute(query).one_or_none()
        return None if found is None else (found[0] or "")
