"""What the line's side of the API does in the background."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from api.services import Services
from api.store import look_again
from api.store.camera_orders import LOOK_WITHIN, before_of
from api.store.engine import Store
from api.store.life_tables import LookAgainRow
from api.store.line_tables import CameraRow, LineRow, OrderRow

log = logging.getLogger(__name__)

_KEPT = timedelta(days=30)


def give_up_looks(services: Services, now: datetime) -> None:
    """Job: a camera that has not answered in time cannot tell; the check is left to people."""
    store = services.store
    query = select(LookAgainRow).where(
        LookAgainRow.status.in_(("waiting", "taken")), LookAgainRow.asked_at < now - LOOK_WITHIN
    )
    with store.reading() as session:
        late = session.scalars(query).all()
        told = [(look, before_of(session, look.violation_id)) for look in late]
    for look, before in told:
        why = why_no_answer(store, look.camera_id)
        pictures = [] if before is None else [before]
        look_again.answer(store, look.id, look_again.Seen.CANNOT_TELL, pictures, now, why)
        services.feed.nudge()


def why_no_answer(store: Store, camera_id: str) -> str:
    """What is known of why a camera's worker does not answer."""
    query = (
        select(CameraRow.worker, LineRow.connection)
        .outerjoin(LineRow, LineRow.worker == CameraRow.worker)
        .where(CameraRow.camera_id == camera_id)
    )
    with store.reading() as session:
        found = session.execute(query).one_or_none()
    if found is None:
        return f"no worker has ever opened a line for camera {camera_id}"
    worker, connection = found
    minutes = int(LOOK_WITHIN.total_seconds() // 60)
    state = "is up, but it did not answer" if connection else "is down"
    return f"the line to worker {worker} {state} within {minutes} minutes"


def forget_orders(services: Services, now: datetime) -> None:
    """Job: orders that were acknowledged or made void long ago; each line keeps its newest."""
    newest = select(LineRow.newest).where(LineRow.worker == OrderRow.worker).scalar_subquery()
    query = (
        delete(OrderRow)
        .where(OrderRow.created_at < now - _KEPT, OrderRow.number < newest)
        .where(OrderRow.acked_at.is_not(None) | OrderRow.folded)
        .execution_options(synchronize_session=False)
    )
    with services.store.writing() as session:
        session.execute(query)
