"""Places that are snoozed: what is filed there is listed so, and rings nobody until a moment.

Obeyed where alerts are read, not by the worker nor where reports come in: nothing is lost while a
place is snoozed, it holds at once and for a worker that is away, and it is revoked as quickly.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from api.schema.settling import Snooze, SnoozeWrite
from api.store.acting import case_of, note_event
from api.store.alert_tables import SnoozeRow
from api.store.audit import Actor, note
from api.store.beside import place_of, snooze_view
from api.store.engine import Store, retry_on_clash
from api.store.models import CaseRow

SNOOZED, WOKEN = "case.snoozed", "case.woken"


class CannotSnooze(Exception):
    """What must not wait, or has no place in a camera's picture."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh


class UnknownSnooze(Exception):
    """There is none, or it is over."""


@retry_on_clash
def snooze(
    store: Store, case_id: int, wanted: SnoozeWrite, by: str, doer: Actor, now: datetime
) -> Snooze:
    """Let a case's place in its camera's picture wait.

    Raises:
        UnknownCase: there is no such case.
        CannotSnooze: it is urgent, or no camera saw it.
    """
    with store.writing() as session:
        row = case_of(session, CaseRow.id == case_id, lock=True)
        place = place_of(row.report.body)
        if row.urgent:
            raise CannotSnooze("紧急案卷不能稍后提醒", "what is urgent cannot wait")
        if place is None:
            raise CannotSnooze("没有摄像头看到，无处可稍后提醒", "no camera saw it")
        made = SnoozeRow(
            case_id=row.id,
            camera_id=row.camera_id,
            kind=row.kind,
            place=list(place),
            note=wanted.note,
            by=by,
            at=now,
            until=now + timedelta(minutes=wanted.minutes),
        )
        session.add(made)
        session.flush()
        detail = {"camera": row.camera_id, "kind": row.kind, "minutes": wanted.minutes}
        note(session, now, doer, "snooze", str(made.id), detail)
        flag_modified(row, "updated_at")
        note_event(session, row, SNOOZED, now)
        return snooze_view(made)


@retry_on_clash
def wake(store: Store, snooze_id: int, by: str, doer: Actor, now: datetime) -> Snooze:
    """End a snooze before its time.

    Raises:
        UnknownSnooze: there is none, or it is over.
    """
    with store.writing() as session:
        row = session.get(SnoozeRow, snooze_id)
        if row is None or row.ended_at is not None or row.until <= now:
            raise UnknownSnooze(f"no snooze {snooze_id} holds now")
        row.ended_by, row.ended_at = by, now
        note(session, now, doer, "snooze.end", str(row.id), {"camera": row.camera_id})
        case = case_of(session, CaseRow.id == row.case_id, lock=True)
        flag_modified(case, "updated_at")
        note_event(session, case, WOKEN, now)
        return snooze_view(row)


def list_snoozes(store: Store, now: datetime, *, active: bool, limit: int = 500) -> list[Snooze]:
    """Snoozes, the newest first; those alone that hold now, where asked."""
    query = select(SnoozeRow).order_by(SnoozeRow.id.desc()).limit(limit)
    if active:
        query = query.where(SnoozeRow.until > now, SnoozeRow.ended_at.is_(None))
    with store.reading() as session:
        return [snooze_view(row) for row in session.scalars(query)]
