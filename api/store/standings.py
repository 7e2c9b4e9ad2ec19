"""What the table's conditions need to know of a case, from its rows."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.life.compliance import Record, lacking
from api.life.standing import OpenApproval, Standing
from api.schema.life import Action, CaseStatus
from api.store.life_tables import ApprovalRow, CameraComplianceRow, CaseHistoryRow
from api.store.models import CaseRow


def standing_of(
    session: Session, row: CaseRow, action: Action | None = None, *, born: bool = False
) -> Standing:
    """How a case stands.

    Args:
        action: what it is wanted for; what a penalty file lacks is looked up for that alone.
        born: whether the row is about to be filed.
    """
    if born:
        return Standing(None)
    open_one = open_approval(session, row.id)
    return Standing(
        state=CaseStatus(row.status),
        worked_by=_worked_by(session, row.id),
        approval=None if open_one is None else OpenApproval(open_one.kind, open_one.asked_by),
        shelved=row.shelved_at is not None,
        closes_on_check=row.condition is None or row.condition.closes_on_check,
        lacks=_lacks(session, row) if action is Action.TO_PENALTY else (),
    )


def open_approval(session: Session, case_id: int) -> ApprovalRow | None:
    """What is asked for the case and not decided; there is one at most."""
    query = select(ApprovalRow).where(ApprovalRow.case_id == case_id, ApprovalRow.status == "open")
    return session.scalar(query)


def _worked_by(session: Session, case_id: int) -> frozenset[str]:
    work = (Action.ASSIGN.value, Action.FINISH.value)
    query = select(CaseHistoryRow).where(
        CaseHistoryRow.case_id == case_id, CaseHistoryRow.action.in_(work)
    )
    names = set()
    for step in session.scalars(query):
        names.add(step.by if step.action == Action.FINISH else step.fields["handler"])
    return frozenset(names - {""})


def _lacks(session: Session, row: CaseRow) -> tuple[tuple[str, str], ...]:
    on_record = session.get(CameraComplianceRow, row.camera_id)
    record = Record() if on_record is None else record_of(on_record)
    return lacking(record, row.reviewed_by)


def record_of(row: CameraComplianceRow) -> Record:
    """A camera's record as the rules read it."""
    return Record(
        legal_review_id=row.legal_review_id,
        tech_review_id=row.tech_review_id,
        published_location_url=row.published_location_url,
        sign_posted_on=row.sign_posted_on,
    )
