"""Puts looks into the queue when a check is wanted, and takes them out when it is over.

Both happen in the transaction of the step; `api.store.look_again` is the workers' side.
"""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.doors.sources import CAMERA
from api.life.machine import TO_CHECK
from api.schema.life import Action
from api.store.inserting import New
from api.store.life_tables import LookAgainRow
from api.store.merge_tables import WitnessRow
from api.store.models import CaseRow
from api.store.transition import Transition


def follow(session: Session, row: CaseRow, made: Transition) -> Sequence[New]:
    """Follower: ask the camera when a check is wanted; drop the look when the check is over."""
    if made.action is Action.ASK_CHECK:
        return _wanted(session, row, made)
    if made.before in TO_CHECK and made.after not in TO_CHECK:
        session.execute(
            update(LookAgainRow)
            .where(LookAgainRow.case_id == row.id, LookAgainRow.status.in_(("waiting", "taken")))
            .values(status="dropped")
        )
    return ()


def _wanted(session: Session, row: CaseRow, made: Transition) -> Sequence[New]:
    """Ask the first of our cameras that saw it to look again; where none did, people check it."""
    query = (
        select(WitnessRow)
        .where(WitnessRow.case_id == row.id, WitnessRow.source == CAMERA)
        .order_by(WitnessRow.position)
        .limit(1)
    )
    witness = session.scalar(query)
    if witness is None:
        return ()
    values = {
        "case_id": row.id,
        "violation_id": witness.violation_id,
        "camera_id": witness.camera_id,
        "status": "waiting",
        "asked_at": made.at,
        "pictures": [],
    }
    return (New(LookAgainRow, values),)
