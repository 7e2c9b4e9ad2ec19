"""What a case's life asks of its camera: to look again, and to forget what was none.

In the transaction of the step, so that no order is lost and none is sent for what did not happen.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.schema.life import Action, CaseStatus
from api.schema.line import Dismiss, LookAgain
from api.store.life_tables import LookAgainRow
from api.store.line_tables import CameraRow
from api.store.models import CaseRow, EvidenceRow
from api.store.orders import put_order
from api.store.transition import Transition

LOOK_WITHIN = timedelta(minutes=30)
"""A camera that has not answered by then cannot tell; people look instead."""


def follow(session: Session, row: CaseRow, made: Transition) -> None:
    """Follower: order the look that was put into the queue; tell the camera of a dismissal."""
    asked = made.action is Action.ASK_CHECK
    dismissed = made.after is CaseStatus.VOIDED and made.before is not made.after
    if not (asked or dismissed):
        return
    camera = session.get(CameraRow, row.camera_id)
    if camera is None:  # its worker has never opened a line
        return
    if asked:
        order = _look(session, row, made)
        if order is not None:
            put_order(session, camera.worker, order, made.at)
    else:
        body = row.report.body
        dismissal = Dismiss.model_validate(
            {
                "camera_id": row.camera_id,
                "violation_id": row.violation_id,
                "rule": body["rule"],
                "box": body["box"],
                "at": made.at,
            }
        )
        put_order(session, camera.worker, dismissal, made.at)


def _look(session: Session, row: CaseRow, made: Transition) -> LookAgain | None:
    newest = (
        select(LookAgainRow)
        .where(LookAgainRow.case_id == row.id, LookAgainRow.status == "waiting")
        .order_by(LookAgainRow.id.desc())
        .limit(1)
    )
    look = session.scalar(newest)
    if look is None:
        return None
    body = row.report.body
    return LookAgain.model_validate(
        {
            "request": look.id,
            "camera_id": look.camera_id,
            "violation_id": look.violation_id,
            **{key: body[key] for key in ("rule", "kind", "label", "box")},
            "frame_width": body["frame_width"],
            "frame_height": body["frame_height"],
            "before": before_of(session, look.violation_id),
            "expires_at": made.at + LOOK_WITHIN,
        }
    )


def before_of(session: Session, violation_id: UUID) -> str | None:
    """SHA-256 of the whole picture that a violation was reported with, or None."""
    return session.scalar(
        select(EvidenceRow.sha256)
        .where(EvidenceRow.violation_id == violation_id, EvidenceRow.role == "snapshot")
        .where(EvidenceRow.sighting.is_(None))
        .order_by(EvidenceRow.id)
        .limit(1)
    )
