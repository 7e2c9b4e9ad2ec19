"""What workers have told of their memory of dismissals, and what people ask of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from api.schema.line import Remember
from api.schema.memory import CameraMemory, MemoryList, RememberedView
from api.store.audit import Actor, note
from api.store.camera_orders import before_of
from api.store.engine import Store, retry_on_clash
from api.store.line_tables import CameraRow, RememberedRow
from api.store.merge_tables import WitnessRow
from api.store.models import CaseRow, ReportRow
from api.store.orders import put_order

_MOST = 1000


class UnknownMemory(Exception):
    """No camera remembers it, or its worker has no line."""


@retry_on_clash
def keep_memory(store: Store, told: CameraMemory, now: datetime) -> None:
    """Put what a camera remembers in place of what was told before."""
    of_camera = RememberedRow.camera_id == told.camera_id
    with store.writing() as session:
        before = {
            row.violation_id: row for row in session.scalars(select(RememberedRow).where(of_camera))
        }
        asked = {key: (row.wanted, row.wanted_by) for key, row in before.items()}
        session.execute(delete(RememberedRow).where(of_camera))
        session.expunge_all()
        for one in told.items:
            wanted, by = asked.get(one.violation_id, (None, None))
            done = wanted is None or wanted == one.counts
            session.add(
                RememberedRow(
                    violation_id=one.violation_id,
                    camera_id=told.camera_id,
                    worker=told.worker,
                    body=one.model_dump(mode="json"),
                    at=one.at,
                    until=one.until,
                    wanted=None if done else wanted,
                    wanted_by=None if done else by,
                    told_at=now,
                )
            )


def list_memory(store: Store, camera_id: str | None, now: datetime) -> MemoryList:
    """What is remembered and has not expired, the newest first."""
    query = (
        select(RememberedRow, ReportRow.body, CaseRow.id, CaseRow.number)
        .outerjoin(ReportRow, ReportRow.violation_id == RememberedRow.violation_id)
        .outerjoin(WitnessRow, WitnessRow.violation_id == RememberedRow.violation_id)
        .outerjoin(CaseRow, CaseRow.id == WitnessRow.case_id)
        .where(RememberedRow.until > now)
        .order_by(RememberedRow.at.desc())
        .limit(_MOST)
    )
    if camera_id is not None:
        query = query.where(RememberedRow.camera_id == camera_id)
    with store.reading() as session:
        return MemoryList(
            items=tuple(
                _view(row, body or {}, case_id, number, before_of(session, row.violation_id))
                for row, body, case_id, number in session.execute(query).all()
            )
        )


@retry_on_clash
def ask_memory(
    store: Store, violation_id: UUID, by: str, doer: Actor, now: datetime, *, counts: bool
) -> None:
    """Ask a camera's worker to forget a dismissal, or to remember it again.

    Raises:
        UnknownMemory: no camera remembers it, or its worker has no line.
    """
    with store.writing() as session:
        row = session.get(RememberedRow, violation_id)
        if row is None or row.until <= now:
            raise UnknownMemory(f"no camera remembers {violation_id}")
        camera = session.get(CameraRow, row.camera_id)
        if camera is None:
            raise UnknownMemory(f"the worker of camera {row.camera_id} has no line")
        row.wanted, row.wanted_by = counts, by
        order = Remember(camera_id=row.camera_id, violation_id=violation_id, counts=counts)
        put_order(session, camera.worker, order, now)
        act = "memory.take_back" if counts else "memory.forget"
        note(session, now, doer, act, str(violation_id), {"camera": row.camera_id})


def _view(
    row: RememberedRow,
    body: dict[str, object],
    case_id: int | None,
    number: str | None,
    picture: str | None,
) -> RememberedView:
    return RememberedView.model_validate(
        row.body
        | {
            "camera_id": row.camera_id,
            "worker": row.worker,
            "wanted": row.wanted,
            "wanted_by": row.wanted_by,
            "case_id": case_id,
            "case_number": number,
            "picture": None if picture is None else f"/v1/evidence/{picture}",
            "frame_width": body.get("frame_width"),
            "frame_height": body.get("frame_height"),
            "told_at": row.told_at,
        }
    )
