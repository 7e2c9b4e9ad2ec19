"""What readers ask of the store: cases, evidence, events, workers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from api.schema import Case, CasePage, CaseStatus, Heartbeat
from api.store.engine import Store, retry_on_clash
from api.store.models import CaseRow, EventRow, EvidenceRow, WorkerRow
from api.store.views import case_view


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases to list; None asks nothing. `since` is a time of receipt."""

    status: CaseStatus | None = None
    kind: str | None = None
    camera_id: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """An event as it is streamed, with the case as it stands now."""

    number: int
    type: str
    case: Case


def list_cases(store: Store, wanted: CaseFilter, before: int | None, limit: int) -> CasePage:
    """A page of cases, newest first, from below the cursor `before`."""
    query = select(CaseRow).order_by(CaseRow.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(CaseRow.id < before)
    if wanted.status is not None:
        query = query.where(CaseRow.status == wanted.status.value)
    if wanted.kind is not None:
        query = query.where(CaseRow.kind == wanted.kind)
    if wanted.camera_id is not None:
        query = query.where(CaseRow.camera_id == wanted.camera_id)
    if wanted.since is not None:
        query = query.where(CaseRow.received_at >= wanted.since)
    with store.reading() as session:
        rows = session.scalars(query).all()
        items = tuple(case_view(row) for row in rows[:limit])
    return CasePage(items=items, next=items[-1].id if len(rows) > limit else None)


def get_case(store: Store, case_id: int) -> tuple[Case, int] | None:
    """A case and its version, or None."""
    with store.reading() as session:
        row = session.get(CaseRow, case_id)
        return None if row is None else (case_view(row), row.version)


def evidence_media_type(store: Store, sha256: str) -> str | None:
    """The media type of a file that some case cites, or None."""
    with store.reading() as session:
        return session.scalar(
            select(EvidenceRow.media_type).where(EvidenceRow.sha256 == sha256).limit(1)
        )


def newest_event(store: Store) -> int:
    """The number of the newest event, 0 when there is none."""
    with store.reading() as session:
        return session.scalar(select(func.max(EventRow.id))) or 0


def events_after(store: Store, number: int, limit: int = 50) -> list[Alert]:
    """The events that follow `number`, in order."""
    query = select(EventRow).where(EventRow.id > number).order_by(EventRow.id).limit(limit)
    with store.reading() as session:
        return [Alert(row.id, row.type, case_view(row.case)) for row in session.scalars(query)]


@retry_on_clash
def keep_heartbeat(store: Store, beat: Heartbeat, now: datetime) -> None:
    """Remember the last that a worker said."""
    body = beat.model_dump(mode="json")
    with store.writing() as session:
        session.merge(WorkerRow(worker=beat.worker, heard_at=now, body=body))


def heartbeats(store: Store) -> list[tuple[Heartbeat, datetime]]:
    """The last that each worker said, and when it was heard; by worker's name."""
    with store.reading() as session:
        rows = session.scalars(select(WorkerRow).order_by(WorkerRow.worker)).all()
        return [(Heartbeat.model_validate(row.body), row.heard_at) for row in rows]
