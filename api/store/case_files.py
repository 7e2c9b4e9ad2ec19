"""Pictures that come while a case is dealt with: of the work done, and of the check."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from api.life.actors import Actor
from api.schema import EvidenceFile
from api.store.acting import Outcome, case_of, note_event, outcome_of
from api.store.engine import Store, retry_on_clash
from api.store.errors import Outdated
from api.store.life_tables import CaseFileRow
from api.store.models import CaseRow
from api.store.seals import seal_new
from api.store.views import case_view

ADDED = "case.file_added"
Usage = Literal["handled", "checked"]


@retry_on_clash
def add_file(
    store: Store,
    case_id: int,
    file: EvidenceFile,
    usage: Usage,
    actor: Actor,
    versions: Collection[int] | None,
    now: datetime,
) -> Outcome:
    """Add a picture to a case, once; its file is in the evidence folder already.

    Args:
        versions: the versions of the case that the actor may have seen, or None for any.

    Raises:
        UnknownCase: there is no such case.
        Outdated: the case is at none of `versions`.
    """
    with store.writing() as session:
        row = case_of(session, CaseRow.id == case_id, lock=True)
        if versions is not None and row.version not in versions:
            raise Outdated(f"case {row.number} is now at version {row.version}; look again")
        if not cite_files(session, row, [file], usage, actor, now):
            return Outcome(case_view(row), row.version, new=False)
        row.updated_at = now
        flag_modified(row, "updated_at")
        note_event(session, row, ADDED, now)
        seal_new(session, row.id, now)
        return outcome_of(session, row)


def cite_files(
    session: Session,
    row: CaseRow,
    files: Iterable[EvidenceFile],
    usage: Usage,
    actor: Actor,
    now: datetime,
) -> bool:
    """Say which pictures belong to a case, in a transaction that holds its row.

    Returns:
        whether any of them is new to it.
    """
    query = select(CaseFileRow.sha256).where(CaseFileRow.case_id == row.id)
    known = set(session.scalars(query))
    new = [file for file in files if file.sha256 not in known]
    session.add_all(
        CaseFileRow(
            case_id=row.id,
            sha256=file.sha256,
            usage=usage,
            media_type=file.media_type,
            size=file.size,
            captured_at=file.captured_at,
            sent_by=actor.name,
            sent_at=now,
        )
        for file in new
    )
    return bool(new)
