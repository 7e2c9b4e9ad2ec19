"""未诉先办: how much was known before a citizen told of it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from api.doors.sources import Sources
from api.schema.intake import KnownBefore
from api.store.engine import Store
from api.store.merge_tables import TicketRow, WitnessRow
from api.store.models import CaseRow
from api.store.tickets import public_sources


def known_before(store: Store, sources: Sources, since: datetime, until: datetime) -> KnownBefore:
    """How much was known before a citizen told of it (未诉先办), among what came in a time."""
    public = public_sources(sources)
    with store.reading() as session:
        came = select(func.count()).where(
            _told_by(public),
            TicketRow.received_at >= since,
            TicketRow.received_at < until,
        )
        tickets = session.scalar(came) or 0
        known = session.scalar(came.where(TicketRow.known_before)) or 0
        cases = select(func.count()).where(
            CaseRow.received_at >= since, CaseRow.received_at < until
        )
        ours = cases.where(CaseRow.source.not_in(public))
        found_first = session.scalar(ours) or 0
        return KnownBefore(
            since=since,
            until=until,
            tickets=tickets,
            tickets_known_before=known,
            share_of_tickets=known / tickets if tickets else None,
            cases=session.scalar(cases) or 0,
            cases_found_first=found_first,
            cases_without_complaint=found_first - _complained_of(session, public, since, until),
        )


def _told_by(public: Collection[str]) -> ColumnElement[bool]:
    # Tickets of a time are few: they are found by that, so no index is looked for by source.
    return func.coalesce(TicketRow.source, TicketRow.source).in_(public)


def _complained_of(
    session: Session, public: Collection[str], since: datetime, until: datetime
) -> int:
    """How many of the cases that came in a time were told of by others first, citizens later."""
    # From the tickets: they came after the case.
    received_at = func.coalesce(CaseRow.received_at, CaseRow.received_at)
    query = (
        select(func.count(CaseRow.id.distinct()))
        .join(WitnessRow, WitnessRow.case_id == CaseRow.id)
        .join(TicketRow, TicketRow.violation_id == WitnessRow.violation_id)
        .where(
            TicketRow.received_at >= since,
            _told_by(public),
            CaseRow.source.not_in(public),
            received_at >= since,
            received_at < until,
        )
    )
    return session.scalar(query) or 0
