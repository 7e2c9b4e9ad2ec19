"""Puts looks into the queue when a check is wanted, and takes them out when it is over.

Both happen in the transaction of the step; `api.store.look_again` is the workers' side.
"""

from sqlalchemy import update
from sqlalchemy.orm import Session

from api.life.machine import TO_CHECK
from api.schema.life import Action
from api.store.life_tables import LookAgainRow
from api.store.models import CaseRow
from api.store.transition import Transition


def follow(session: Session, row: CaseRow, made: Transition) -> None:
    """Follower: ask the camera when a check is wanted; drop the look when the check is over."""
    if made.action is Action.ASK_CHECK:
        put(session, row, made)
    elif made.before in TO_CHECK and made.after not in TO_CHECK:
        session.execute(
            update(LookAgainRow)
            .where(LookAgainRow.case_id == row.id, LookAgainRow.status.in_(("waiting", "taken")))
            .values(status="dropped")
        )


def put(session: Session, row: CaseRow, made: Transition) -> None:
    """Ask the case's camera to look again."""
    session.add(
        LookAgainRow(
            case_id=row.id,
            violation_id=row.violation_id,
            camera_id=row.camera_id,
            status="waiting",
            asked_at=made.at,
            pictures=[],
        )
    )
