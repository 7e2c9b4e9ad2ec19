"""What came by another door than the workers': filed once, its callers asked, its share counted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from api.doors.sources import CallbackLevel, SourceKind, Sources
from api.schema.intake import (
    Callback,
    CallbackAnswer,
    CallbackRequest,
    KnownBefore,
    TicketView,
)
from api.schema.intake import Outcome as Became
from api.schema.rectify import Rectification
from api.store.acting import Outcome, case_of, note_event
from api.store.cases import known_by_id
from api.store.engine import Store, retry_on_clash
from api.store.errors import CaseError
from api.store.filing import Terms, Told, file
from api.store.merge_tables import CallbackRow, TicketRow, WitnessRow
from api.store.models import CaseRow
from api.store.rectify import hold
from api.store.rectifying import held, view

CALLED_BACK = "case.called_back"


class NotDue(CaseError):
    """The caller may not be asked now, or not on this level."""


class UnknownTicket(CaseError):
    """No such ticket belongs to the case."""


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
        return tuple(_view(session, row) for row in _rows_of(session, case_id))


def _rows_of(session: Session, case_id: int) -> list[TicketRow]:
    query = (
        select(TicketRow)
        .join(WitnessRow, WitnessRow.violation_id == TicketRow.violation_id)
        .where(WitnessRow.case_id == case_id)
        .order_by(WitnessRow.position)
    )
    return list(session.scalars(query))


def _view(session: Session, row: TicketRow) -> TicketView:
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


@retry_on_clash
def call_back(
    store: Store,
    case_id: int,
    request: CallbackRequest,
    levels: tuple[CallbackLevel, ...],
    by: str,
    now: datetime,
) -> TicketView:
    """Record what a caller answered.

    Raises:
        UnknownCase: there is no such case.
        UnknownTicket: it has no such ticket.
        NotDue: the case's state, or the level before, does not allow it yet; or the caller has
            answered on this level.
    """
    with store.writing() as session:
        case = case_of(session, CaseRow.id == case_id, lock=True)
        found = (
            row
            for row in _rows_of(session, case_id)
            if (row.source, row.source_ref) == (request.source, request.source_ref)
        )
        row = next(found, None)
        if row is None:
            raise UnknownTicket(
                f"case {case.number} has no ticket {request.source_ref} of {request.source}"
            )
        _check_due(session, case, row, request.level, levels)
        session.add(
            CallbackRow(
                violation_id=row.violation_id,
                level=request.level,
                answer=request.answer.value,
                note=request.note.strip(),
                asked_by=by,
                asked_at=now,
            )
        )
        case.updated_at = now
        note_event(session, case, CALLED_BACK, now)
        session.flush()
        return _view(session, row)


def _check_due(
    session: Session,
    case: CaseRow,
    row: TicketRow,
    level: int,
    levels: tuple[CallbackLevel, ...],
) -> None:
    rule = next((one for one in levels if one.level == level), None)
    if rule is None:
        known = ", ".join(f"{one.level} {one.name_zh}" for one in levels)
        raise NotDue(f"there is no level {level}; known are: {known}")
    if case.status not in rule.states:
        raise NotDue(
            f"level {level} ({rule.name_zh}) is not due while case {case.number} is {case.status}; "
            f"it is in: {', '.join(sorted(rule.states))}"
        )
    query = select(CallbackRow.level).where(
        CallbackRow.violation_id == row.violation_id,
        CallbackRow.answer != CallbackAnswer.UNREACHED.value,
    )
    answered = set(session.scalars(query))
    if level in answered:
        raise NotDue(f"the caller has answered on level {level}")
    before = max((one.level for one in levels if one.level < level), default=None)
    if before is not None and before not in answered:
        raise NotDue(f"level {before} comes first: the caller has not answered there")


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
