"""Callers are asked again (三级回访): level by level, and what they answered is kept."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.doors.sources import CallbackLevel
from api.schema.intake import CallbackAnswer, CallbackRequest, TicketView
from api.store.acting import case_of, note_event
from api.store.engine import Store, retry_on_clash
from api.store.errors import CaseError
from api.store.merge_tables import CallbackRow, TicketRow
from api.store.models import CaseRow
from api.store.tickets import rows_of, ticket_view

CALLED_BACK = "case.called_back"


class NotDue(CaseError):
    """The caller may not be asked now, or not on this level."""


class UnknownTicket(CaseError):
    """No such ticket belongs to the case."""


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
            for row in rows_of(session, case_id)
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
        return ticket_view(session, row)


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
