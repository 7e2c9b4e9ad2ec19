"""What the table's conditions need to know of a case, from its rows."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.doors.sources import SourceKind
from api.life.compliance import Lack, Record, lacking
from api.life.machine import UNREGISTERED, Rule
from api.life.standing import OpenApproval, Standing
from api.schema.life import Action, CaseStatus
from api.store.life_tables import ApprovalRow, CameraComplianceRow, CaseHistoryRow, TransferRow
from api.store.merge_tables import WitnessRow
from api.store.models import CaseRow

_PEOPLE_THEN = frozenset(
    {"12345", "12345-quick", "hotline", "wechat", "mayor-mail", "open311", "collector"}
)
"""Of the sources of `sources.yaml` 2026.11.1, those through which people tell."""


def standing_of(session: Session, row: CaseRow, rule: Rule | None = None) -> Standing:
    """How a case stands.

    Args:
        rule: the line of the table that it is wanted for, so that nothing is looked up that
            the line does not ask about; None wants everything.
    """
    state = CaseStatus(row.status)
    # Nothing can be asked for a case before it is registered.
    asked = None if state in UNREGISTERED else open_approval(session, row.id)
    to_penalty = rule is None or rule.action is Action.TO_PENALTY
    of_penalty = to_penalty or rule is None or rule.action is Action.NUMBER_PENALTY
    penalty = penalty_of(session, row.id) if of_penalty else None
    return Standing(
        state=state,
        worked_by=_worked_by(session, row.id) if rule is None or rule.independent else frozenset(),
        approval=None if asked is None else OpenApproval(asked.kind, asked.asked_by),
        shelved=row.shelved_at is not None,
        closes_on_check=row.condition is None or row.condition.closes_on_check,
        lacks=_lacks(session, row) if to_penalty else (),
        in_penalty=penalty is not None,
        penalty_numbered=penalty is not None and penalty.document is not None,
        handed_in=(rule is None or rule.action is Action.TAKE_IN)
        and any(_kind_of(one) is SourceKind.AUTHORITY for one in row.witnesses),
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


def penalty_of(session: Session, case_id: int) -> TransferRow | None:
    """How the case was passed on to a penalty file, if it was: that is done once."""
    query = select(TransferRow).where(
        TransferRow.case_id == case_id, TransferRow.direction == "penalty"
    )
    return session.scalar(query)


def _lacks(session: Session, row: CaseRow) -> tuple[Lack, ...]:
    cameras = list(dict.fromkeys(one.camera_id for one in row.witnesses if _by_camera(one)))
    query = select(CameraComplianceRow).where(CameraComplianceRow.camera_id.in_(cameras))
    on_record = {one.camera_id: record_of(one) for one in session.scalars(query)}
    return lacking({name: on_record.get(name, Record()) for name in cameras}, row.reviewed_by)


def _by_camera(witness: WitnessRow) -> bool:
    """Whether a camera saw it: it is named, or what told of it is one."""
    return bool(witness.camera_id) or _kind_of(witness) is SourceKind.VIDEO


def _kind_of(witness: WitnessRow) -> SourceKind:
    """Through whose eyes it was seen.

    Tickets from before this was kept are told by the names that sources had then; a name that is
    none of those counts as a camera's, of which the law asks more.
    """
    body = witness.report.body
    if "source_kind" not in body and witness.source in _PEOPLE_THEN:
        return SourceKind.PUBLIC
    return SourceKind(body.get("source_kind", SourceKind.VIDEO))


def record_of(row: CameraComplianceRow) -> Record:
    """A camera's record as the rules read it."""
    return Record(
        legal_review_id=row.legal_review_id,
        tech_review_id=row.tech_review_id,
        published_location_url=row.published_location_url,
        sign_posted_on=row.sign_posted_on,
    )
