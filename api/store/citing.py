"""Which files of evidence anything in the store speaks of."""

from collections.abc import Iterable

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from api.store.camera_alert_tables import CameraAlertRow
from api.store.life_tables import ApprovalRow, CaseFileRow, CaseHistoryRow, LookAgainRow
from api.store.line_tables import ProbeRow, SnapshotRow
from api.store.models import EvidenceRow


def cited_files(session: Session) -> dict[str, int | None]:
    """SHA-256 of each file that must be there, to its size in bytes where a row says it."""
    cited: dict[str, int | None] = {}
    for table in (EvidenceRow, CaseFileRow):
        query = select(table.sha256, func.min(table.size)).group_by(table.sha256)
        cited |= dict(iter(session.execute(query)))
    for column in (SnapshotRow.sha256, ProbeRow.sha256, CameraAlertRow.sha256):
        for taken in session.scalars(select(column)):
            if taken is not None:
                cited.setdefault(taken, None)
    for pictures in session.scalars(select(LookAgainRow.pictures)):
        for sha256 in pictures:
            cited.setdefault(sha256, None)
    return cited


def uncited(session: Session, candidates: Iterable[str]) -> list[str]:
    """Which of these files nothing speaks of, in whatever way."""
    return [sha256 for sha256 in candidates if not _is_cited(session, sha256)]


def _is_cited(session: Session, sha256: str) -> bool:
    queries = (
        select(EvidenceRow.id).where(EvidenceRow.sha256 == sha256),
        select(CaseFileRow.id).where(CaseFileRow.sha256 == sha256),
        select(SnapshotRow.id).where(SnapshotRow.sha256 == sha256),
        select(ProbeRow.id).where(ProbeRow.sha256 == sha256),
        select(CameraAlertRow.number).where(CameraAlertRow.sha256 == sha256),
        select(LookAgainRow.id).where(cast(LookAgainRow.pictures, String).contains(sha256)),
        # Steps of a case name files in fields of their own.
        select(CaseHistoryRow.id).where(cast(CaseHistoryRow.fields, String).contains(sha256)),
        select(ApprovalRow.id).where(cast(ApprovalRow.fields, String).contains(sha256)),
    )
    return any(session.scalar(query.limit(1)) is not None for query in queries)
