"""Alerts that are given to an operator to settle: a word among colleagues, which stops nobody."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from api.schema.people import Role
from api.schema.settling import Colleague
from api.store.acting import Outcome, case_of, note_event, outcome_of
from api.store.alert_tables import HeldVerdictRow
from api.store.audit import Actor, note
from api.store.beside import WAITING
from api.store.engine import Store, retry_on_clash
from api.store.errors import BeingSettled
from api.store.models import CaseRow
from api.store.people_tables import PersonRow
from api.store.views import case_view

GIVEN = "case.given"
DESK = frozenset({Role.OPERATOR.value, Role.CLERK.value, Role.ADMIN.value})


class AlreadySettled(Exception):
    """Nothing is left to settle."""


@retry_on_clash
def give(store: Store, case_id: int, to: str | None, doer: Actor, now: datetime) -> Outcome:
    """Give an alert to an operator, or to nobody in particular; the same again changes nothing.

    Raises:
        UnknownCase: there is no such case.
        AlreadySettled: it waits for no verdict.
        BeingSettled: a verdict of it takes effect in some seconds.
    """
    with store.writing() as session:
        row = case_of(session, CaseRow.id == case_id, lock=True)
        if row.status not in WAITING:
            raise AlreadySettled(f"case {row.number} waits for no verdict")
        held = session.get(HeldVerdictRow, case_id)
        if held is not None:
            raise BeingSettled(held.by or held.caller)
        if row.assigned_to == to:
            return Outcome(case_view(row), row.version, new=False)
        note(session, now, doer, "alert.give", row.number, {"from": row.assigned_to, "to": to})
        row.assigned_to = to
        flag_modified(row, "updated_at")
        note_event(session, row, GIVEN, now)
        return outcome_of(session, row)


def colleagues(store: Store) -> tuple[Colleague, ...]:
    """Everybody with an account that is not disabled who may settle alerts, by name."""
    query = select(PersonRow).where(PersonRow.disabled_at.is_(None)).order_by(PersonRow.name)
    with store.reading() as session:
        return tuple(
            Colleague(name=row.name, display=row.display)
            for row in session.scalars(query)
            if DESK & set(row.roles)
        )
