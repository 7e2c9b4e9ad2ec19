"""Takes shelved cases (挂账) up again when the day that was granted comes."""

from datetime import date, datetime

from sqlalchemy import select

from api.life.actors import SYSTEM
from api.life.fields import Fields
from api.schema.life import Action
from api.store.acting import act
from api.store.engine import Store
from api.store.errors import NotAllowed
from api.store.models import CaseRow


def resume_due(store: Store, today: date, now: datetime) -> int:
    """Resume what was shelved until today or earlier; how many cases that were.

    Each case is a transaction of its own: what was done stays done when the rest fails.

    Args:
        today: the district's day.
        now: the moment that the history gets.
    """
    query = select(CaseRow.id).where(
        CaseRow.shelved_at.is_not(None), CaseRow.shelved_until <= today
    )
    with store.reading() as session:
        due = session.scalars(query.order_by(CaseRow.id)).all()
    resumed = 0
    for case_id in due:
        try:
            act(store, case_id, Action.RESUME, SYSTEM, Fields(), None, now)
        except NotAllowed:  # somebody was faster
            continue
        resumed += 1
    return resumed
