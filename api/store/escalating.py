"""Tells the next chief in order of what nobody has taken on in time."""

from datetime import datetime

from sqlalchemy import select

from api.store.acting import case_of, note_event
from api.store.dispatching import spot_of, tell_chief
from api.store.engine import Store
from api.store.in_charge import chiefs_of
from api.store.models import CaseRow
from api.store.notice_tables import EscalationRow
from api.store.rules import dispatch_in

ESCALATED = "case.escalated"


def escalate(store: Store, now: datetime, most: int = 100) -> int:
    """Tell the next chief of each case that nobody has taken on in time; how many were told."""
    query = select(EscalationRow.case_id).where(EscalationRow.next_at <= now)
    with store.reading() as session:
        found = list(session.scalars(query.order_by(EscalationRow.next_at).limit(most)))
    return sum(_escalate(store, case_id, now) for case_id in found)


def _escalate(store: Store, case_id: int, now: datetime) -> bool:
    with store.writing() as session:
        row = case_of(session, CaseRow.id == case_id, lock=True)
        up = session.get(EscalationRow, case_id, populate_existing=True)
        if up is None or up.next_at is None or up.next_at > now:
            return False
        rules = dispatch_in(session)
        if row.status not in rules.escalate_in:
            session.delete(up)
            return False
        chiefs = chiefs_of(session, spot_of(session, row, now), now)
        above = next((told for told in chiefs if told.role.order > up.order), None)
        if above is None:
            up.next_at = None
            return False
        minutes = int((now - up.told_at).total_seconds() // 60)
        tell_chief(session, rules, row, up, above, now, waited=f"{minutes}分钟")
        note_event(session, row, ESCALATED, now)
        return True
