"""What a case's life asks of its camera: to look again, and to forget what was none.

In the transaction of the step, so that no order is lost and none is sent for what did not happen.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.doors.sources import CAMERA
from api.schema.life import Action, CaseStatus
from api.schema.line import Dismiss, LookAgain
from api.store.life_tables import LookAgainRow
from api.store.line_tables import CameraRow
from api.store.merge_tables import WitnessRow
from api.store.models import CaseRow, EvidenceRow, ReportRow
from api.store.orders import put_order
from api.store.transition import Transition

LOOK_WITHIN = timedelta(minutes=30)
"""A camera that has not answered by then cannot tell; people look instead."""


def follow(session: Session, row: CaseRow, made: Transition) -> tuple[()]:
    """Follower: order the look that was put into the queue; tell the camera of a dismissal."""
    if made.action is Action.ASK_CHECK:
        _order_look(session, row, made)
    elif made.after is CaseStatus.VOIDED and made.before is not made.after:
        _dismiss(session, row, made)
    return ()


def _order_look(session: Session, row: CaseRow, made: Transition) -> None:
    """None where the camera has no worker yet: `order_waiting_looks` does once it has one."""
    newest = (
        select(LookAgainRow)
        .where(LookAgainRow.case_id == row.id, LookAgainRow.status == "waiting")
        .order_by(LookAgainRow.id.desc())
        .limit(1)
    )
    look = session.scalar(newest)
    worker = None if look is None else _worker_of(session, look.camera_id)
    if look is not None and worker is not None:
        _put_look(session, worker, look, made.at)


def order_waiting_looks(session: Session, worker: str, camera_id: str, now: datetime) -> None:
    """Order the looks that a camera owes, for a worker that has just come to have it.

    It had none when they were asked for, or another one.
    """
    waiting = (
        select(LookAgainRow)
        .where(LookAgainRow.camera_id == camera_id, LookAgainRow.status == "waiting")
        .where(LookAgainRow.asked_at > now - LOOK_WITHIN)
        .order_by(LookAgainRow.id)
    )
    for look in session.scalars(waiting).all():
        _put_look(session, worker, look, now)


def _put_look(session: Session, worker: str, look: LookAgainRow, now: datetime) -> None:
    body = session.get_one(ReportRow, look.violation_id).body
    order = LookAgain.model_validate(
        {
            "request": look.id,
            "camera_id": look.camera_id,
            "violation_id": look.violation_id,
            **{key: body[key] for key in ("rule", "kind", "label", "box")},
            "frame_width": body["frame_width"],
            "frame_height": body["frame_height"],
            "before": before_of(session, look.violation_id),
            "expires_at": look.asked_at + LOOK_WITHIN,
        }
    )
    put_order(session, worker, order, now)


def _dismiss(session: Session, row: CaseRow, made: Transition) -> None:
    """Tell each of our cameras that saw it."""
    seen = (
        select(WitnessRow.camera_id, ReportRow.violation_id, ReportRow.body)
        .join(ReportRow, ReportRow.violation_id == WitnessRow.violation_id)
        .where(WitnessRow.case_id == row.id, WitnessRow.source == CAMERA)
        .order_by(WitnessRow.position)
    )
    for camera_id, violation_id, body in session.execute(seen).all():
        worker = _worker_of(session, camera_id)
        if worker is None:
            continue
        dismissal = Dismiss.model_validate(
            {
                "camera_id": camera_id,
                "violation_id": violation_id,
                "rule": body["rule"],
                "box": body["box"],
                "at": made.at,
            }
        )
        put_order(session, worker, dismissal, made.at)


def _worker_of(session: Session, camera_id: str) -> str | None:
    """Whose camera it is; None where its worker has never opened a line."""
    camera = session.get(CameraRow, camera_id)
    return None if camera is None else camera.worker


def before_of(session: Session, violation_id: UUID) -> str | None:
    """SHA-256 of the whole picture that a violation was reported with, or None."""
    return session.scalar(
        select(EvidenceRow.sha256)
        .where(EvidenceRow.violation_id == violation_id, EvidenceRow.role == "snapshot")
        .where(EvidenceRow.sighting.is_(None))
        .order_by(EvidenceRow.id)
        .limit(1)
    )
