"""What came by another door than the workers': filed once, and shown with its callers' answers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.doors.sources import SourceKind, Sources
from api.schema.intake import (
    Callback,
    CallbackAnswer,
    TicketView,
)
from api.schema.intake import Outcome as Became
from api.schema.rectify import Rectification
from api.store.acting import Outcome
from api.store.cases import known_by_id
from api.store.engine import Store, retry_on_clash
from api.store.filing import Terms, Told, file
from api.store.merge_tables import CallbackRow, TicketRow, WitnessRow
from api.store.models import CaseRow
from api.store.rectify import hold
from api.store.rectifying import held, view


@dataclass(frozen=True, slots=True)
class Ticket:
    """Whose it is, and who told of it.

    Attributes:
        source: one of `sources.yaml`.
        ref: the source's own id.
        public: a citizen told of it.
        caller_name: kept for asking again.
        caller_phone: likewise.
    """

    source: str
    ref: str
    public: bool
    caller_name: str | None
    caller_phone: str | None


def known_ticket(
    store: Store, violation_id: UUID, digest: str | None
) -> Outcome | Rectification | None:
    """The case of something that came before, or where it waits; None as digest takes any content.

    Raises:
        Conflict: it came before with other content.
    """
    with store.reading() as session:
        return known_by_id(session, violation_id, digest) or held(session, violation_id, digest)


@retry_on_clash
def file_ticket(
    store: Store,
    told: Told,
    ticket: Ticket,
    strict: bool,
    terms: Terms,
    sources: Sources,
    now: datetime,
) -> tuple[Outcome | Rectification, Became]:
    """File something that came by another door, once; a camera's alarm may wait for a shop.

    Raises:
        Conflict: it came before with other content, and `strict`.
    """
    with store.writing() as session:
        known = known_by_id(session, told.violation_id, told.digest if strict else None)
        if known is not None:
            return known, Became.REPEATED
        waited = held(session, told.violation_id, told.digest if strict else None)
        if waited is not None:
            return waited, Became.REPEATED
        waits = _wait(session, told, ticket, sources, terms, now)
        if waits is not None:
            return waits, Became.HELD
        outcome, attached = file(session, told, terms, now)
        known_before = (
            attached and ticket.public and _found_by_ourselves(session, outcome.case.id, sources)
        )
        session.add(_row_of(told, ticket, now, known_before=known_before))
        session.flush()
        return outcome, Became.ATTACHED if attached else Became.FILED


def _wait(
    session: Session, told: Told, ticket: Ticket, sources: Sources, terms: Terms, now: datetime
) -> Rectification | None:
    """Let a maker's alarm wait for a shop, as our own cameras' reports do; None files it at once.

    Who writes or calls wants an answer, so people's tickets do not wait.
    """
    if sources.sources[ticket.source].kind is not SourceKind.VIDEO or told.verify:
        return None
    row = hold(session, told, terms, now)
    if row is None:
        return None
    session.add(_row_of(told, ticket, now, known_before=False))
    session.flush()
    return view(session, row)


def _row_of(told: Told, ticket: Ticket, now: datetime, *, known_before: bool) -> TicketRow:
    return TicketRow(
        violation_id=told.violation_id,
        source=ticket.source,
        source_ref=ticket.ref,
        caller_name=ticket.caller_name,
        caller_phone=ticket.caller_phone,
        received_at=now,
        known_before=known_before,
    )


def _found_by_ourselves(session: Session, case_id: int, sources: Sources) -> bool:
    """Whether it was no citizen who told of the case first."""
    first = select(WitnessRow.source).where(WitnessRow.case_id == case_id, WitnessRow.position == 1)
    return session.scalar(first) not in public_sources(sources)


def public_sources(sources: Sources) -> list[str]:
    """The sources through which citizens speak."""
    return [name for name, one in sources.sources.items() if one.kind is SourceKind.PUBLIC]


def tickets_of(store: Store, case_id: int) -> tuple[TicketView, ...] | None:
    """The tickets of a case with what their callers answered; None when there is no such case."""
    with store.reading() as session:
        if session.get(CaseRow, case_id) is None:
            return None
        return tuple(ticket_view(session, row) for row in rows_of(session, case_id))


def rows_of(session: Session, case_id: int) -> list[TicketRow]:
    """The tickets of a case, in the order of coming."""
    query = (
        select(TicketRow)
        .join(WitnessRow, WitnessRow.violation_id == TicketRow.violation_id)
        .where(WitnessRow.case_id == case_id)
        .order_by(WitnessRow.position)
    )
    return list(session.scalars(query))


def ticket_view(session: Session, row: TicketRow) -> TicketView:
    """A ticket as readers see it, with what its caller answered."""
    asked = session.scalars(
        select(CallbackRow)
        .where(CallbackRow.violation_id == row.violation_id)
        .order_by(CallbackRow.id)
    )
    return TicketView(
        source=row.source,
        source_ref=row.source_ref,
        received_at=row.received_at,
        known_before=row.known_before,
        caller_name=row.caller_name,
        caller_phone=row.caller_phone,
        callbacks=tuple(
            Callback(
                level=one.level,
                answer=CallbackAnswer(one.answer),
                note=one.note,
                asked_by=one.asked_by,
                asked_at=one.asked_at,
            )
            for one in asked
        ),
    )
