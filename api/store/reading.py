"""What readers ask of the store: cases, evidence, events, workers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from api.schema import Case, Heartbeat
from api.store.camera_alert_tables import CameraAlertRow
from api.store.camera_alerts import newest_alert
from api.store.engine import Store, retry_on_clash
from api.store.life_tables import CaseFileRow
from api.store.models import CaseRow, EventRow, EvidenceRow, WorkerRow
from api.store.views import case_view


@dataclass(frozen=True, slots=True)
class Alert:
    """An event as it is streamed, with the case as it stands now."""

    number: int
    type: str
    case: Case


def get_case(store: Store, case_id: int) -> tuple[Case, int] | None:
    """A case and its version, or None."""
    with store.reading() as session:
        row = session.get(CaseRow, case_id)
        return None if row is None else (case_view(row), row.version)


def evidence_media_type(store: Store, sha256: str) -> str | None:
    """The media type of a file that some case, or an alert of a camera, cites; or None."""
    with store.reading() as session:
        for table in (EvidenceRow, CaseFileRow, CameraAlertRow):
            query = select(table.media_type).where(table.sha256 == sha256).limit(1)
            if (found := session.scalar(query)) is not None:
                return found
        return None


def newest_event(store: Store) -> int:
    """The number of the newest event, 0 when there is none."""
    with store.reading() as session:
        return session.scalar(select(func.max(EventRow.id))) or 0


@dataclass(frozen=True, slots=True)
class Heard:
    """How far readers of the live stream have heard: events, and alerts of cameras."""

    events: int
    alerts: int

    @property
    def mark(self) -> int:
        """Grows with either, so that one number wakes whoever waits."""
        return self.events + self.alerts


def newest_heard(store: Store) -> Heard:
    """How far there is something to hear."""
    with store.reading() as session:
        events = session.scalar(select(func.max(EventRow.id))) or 0
        return Heard(events, newest_alert(session))


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
