"""Verdicts that can be taken back for some seconds: until then nothing of them has happened.

A verdict tells workers, departments and other systems at once, and none of that can be untold. So
one that may be taken back is held: whoever looks sees that the alert is being settled and by whom,
nobody else can settle it meanwhile, and it takes effect when its time is over.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from api.doors.sources import CAMERA
from api.life.actors import Actor, Who
from api.life.fields import Fields, Register, Void
from api.life.machine import BY_ACTION
from api.life.standing import refusal
from api.schema import CaseStatus, Verdict
from api.schema.life import Action
from api.store.acting import Outcome, announce, case_of, note_event, outcome_of, step
from api.store.alert_tables import HeldVerdictRow
from api.store.audit import Actor as Doer
from api.store.audit import note
from api.store.engine import Store, retry_on_clash
from api.store.errors import BeingSettled, NotAllowed, Outdated
from api.store.models import CaseRow
from api.store.standings import standing_of
from api.store.views import case_view

log = logging.getLogger(__name__)

SETTLING, UNSETTLED = "case.settling", "case.unsettled"


class NothingHeld(Exception):
    """No verdict of the case can be taken back: there is none, or it has taken effect."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A verdict.

    Attributes:
        verdict: which.
        reason: of a dismissal, in words.
        kind: of a dismissal, by its code.
        actor: who gives it.
        caller: by which account or key.
    """

    verdict: Verdict
    reason: str
    kind: str | None
    actor: Actor
    caller: str


@retry_on_clash
def hold(
    store: Store,
    case_id: int,
    wanted: Wanted,
    versions: Collection[int] | None,
    now: datetime,
    due_at: datetime,
) -> Outcome:
    """Hold a verdict until `due_at`; the same one again changes nothing.

    Raises:
        UnknownCase, Outdated: as `api.store.acting.act`.
        BeingSettled: somebody else's verdict, or another one, is held.
        NotAllowed: the table does not let this actor give it now.
    """
    with store.writing() as session:
        row = case_of(session, CaseRow.id == case_id, lock=True)
        held = session.get(HeldVerdictRow, case_id)
        if held is not None:
            if (held.verdict, held.by, held.caller) != (
                wanted.verdict.value,
                wanted.actor.name,
                wanted.caller,
            ):
                raise BeingSettled(held.by or held.caller)
            return Outcome(case_view(row), row.version, new=False)
        if versions is not None and row.version not in versions:
            raise Outdated(f"case {row.number} is now at version {row.version}; look again")
        rule = BY_ACTION[_steps(row, wanted.verdict)[0]]
        why_not = refusal(rule, standing_of(session, row, rule), wanted.actor)
        if why_not is not None:
            raise NotAllowed(why_not)
        session.add(_row(case_id, wanted, now, due_at))
        return _announce(session, row, SETTLING, now)


@retry_on_clash
def take_back(store: Store, case_id: int, doer: Doer, now: datetime) -> Outcome:
    """Take a held verdict back; nothing of it has happened.

    Raises:
        UnknownCase: there is no such case.
        NothingHeld: none is held, or its time is over.
    """
    with store.writing() as session:
        row = case_of(session, CaseRow.id == case_id, lock=True)
        held = session.get(HeldVerdictRow, case_id, with_for_update=True)
        if held is None or held.due_at <= now:
            raise NothingHeld(f"no verdict of case {row.number} can be taken back any more")
        detail = {"verdict": held.verdict, "by": held.by}
        note(session, now, doer, "verdict.undo", row.number, detail)
        session.delete(held)
        return _announce(session, row, UNSETTLED, now)


def settle_due(store: Store, now: datetime) -> int:
    """Let the verdicts whose time is over take effect; returns how many did."""
    due = select(HeldVerdictRow.case_id).where(HeldVerdictRow.due_at <= now)
    with store.reading() as session:
        cases = session.scalars(due.order_by(HeldVerdictRow.due_at).limit(100)).all()
    return sum(_settle(store, case_id, now) for case_id in cases)


@retry_on_clash
def _settle(store: Store, case_id: int, now: datetime) -> bool:
    with store.writing() as session:
        row = case_of(session, CaseRow.id == case_id, lock=True)
        held = session.get(HeldVerdictRow, case_id, with_for_update=True)
        if held is None or held.due_at > now:
            return False
        session.delete(held)
        session.flush()
        actor = Actor(held.by, frozenset(Who(who) for who in held.who))
        made = []
        try:
            for action in _steps(row, Verdict(held.verdict)):
                made += step(session, row, action, actor, _fields(action, held), now)
        except NotAllowed as error:  # the case has gone another way meanwhile
            log.warning("case %s: a held verdict is dropped: %s", row.number, error)
            _announce(session, row, UNSETTLED, now)
        announce(session, row, made)
        return True


def _steps(row: CaseRow, verdict: Verdict) -> Sequence[Action]:
    if verdict is Verdict.DISMISSED:
        return (Action.VOID,)
    if waits_for_a_look(row.status, row.source):
        return (Action.VERIFY, Action.REGISTER)
    return (Action.REGISTER,)


def waits_for_a_look(status: str, source: str) -> bool:
    """Whether it is a camera's lead that a person must look at: the pictures are all there is."""
    return status == CaseStatus.PENDING_VERIFY and source == CAMERA


def _fields(action: Action, held: HeldVerdictRow) -> Fields:
    if action is Action.VOID:
        return Void(reason=held.reason, kind=held.reason_kind, by=held.by)
    return Register(by=held.by) if action is Action.REGISTER else Fields(by=held.by)


def _row(case_id: int, wanted: Wanted, now: datetime, due_at: datetime) -> HeldVerdictRow:
    return HeldVerdictRow(
        case_id=case_id,
        verdict=wanted.verdict.value,
        reason=wanted.reason,
        reason_kind=wanted.kind,
        by=wanted.actor.name,
        caller=wanted.caller,
        who=sorted(who.value for who in wanted.actor.who),
        at=now,
        due_at=due_at,
    )


def _announce(session: Session, row: CaseRow, event: str, now: datetime) -> Outcome:
    flag_modified(row, "updated_at")  # readers who ask whether it has changed must see that it has
    note_event(session, row, event, now)
    return outcome_of(session, row)
