"""Moves cases on: one transaction with the step, its history, its followers and its events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from api.life.actors import SYSTEM, Actor
from api.life.fields import Fields
from api.life.machine import BY_ACTION, Rule
from api.life.standing import Standing, has_lapsed, next_by_itself, refusal
from api.schema import Case
from api.schema.life import Action
from api.store.alert_tables import HeldVerdictRow
from api.store.beside import WAITING
from api.store.effects import EFFECTS
from api.store.engine import Store, retry_on_clash, take_number, take_numbers
from api.store.errors import BeingSettled, NotAllowed, Outdated, UnknownCase, UnknownPictures
from api.store.followers import FOLLOWERS
from api.store.inserting import New, insert_rows
from api.store.life_tables import CaseFileRow, CaseHistoryRow
from api.store.models import CaseRow, EventRow
from api.store.seals import STEPS as SEALED_STEPS
from api.store.seals import seal_new
from api.store.standings import standing_of
from api.store.transition import Transition, is_asked, taken_later
from api.store.views import case_view

EVENT_COUNTER = "events"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case after a request, its version, and whether the request was new or a repeat."""

    case: Case
    version: int
    new: bool


@retry_on_clash
def act(
    store: Store,
    case_id: int,
    action: Action,
    actor: Actor,
    fields: Fields,
    versions: Collection[int] | None,
    now: datetime,
) -> Outcome:
    """Do something to a case.

    Args:
        fields: an instance of what the action's rule takes.
        versions: the versions of the case that the actor may have seen, or None for any.

    Raises:
        UnknownCase: there is no such case.
        Outdated: the case is at none of `versions`.
        NotAllowed: the table does not let this actor do it now.
        UnknownStandard: the filing condition that it names is not in the newest catalogue.
        UnknownPictures: a picture that it names was not sent for this case.
        BeingSettled: a person's verdict of it takes effect in some seconds.
    """
    with store.writing() as session:
        row = case_of(session, CaseRow.id == case_id, lock=True)
        if row.status in WAITING and actor.kind == "person":
            held = session.get(HeldVerdictRow, case_id)
            if held is not None:
                raise BeingSettled(held.by or held.caller)
        if versions is not None and row.version not in versions:
            raise Outdated(f"case {row.number} is now at version {row.version}; look again")
        _check_pictures(session, row, fields)
        return announce(session, row, step(session, row, action, actor, fields, now))


def bear(
    session: Session, row: CaseRow, actor: Actor, now: datetime
) -> tuple[Transition, list[New]]:
    """Make the first step of a case, whose row has its `id` and is in no session.

    Returns:
        The step, and the rows that go with it. They are to be written with the case, its event
        after them; then `go_on`.

    Raises:
        NotAllowed: the table does not let this actor file a case.
    """
    rule = BY_ACTION[Action.FILE]
    made = _transition(row, rule, Standing(None), actor, Fields(), now)
    row.version = 1
    rows = [_history_row(made)]
    for follower in FOLLOWERS:
        rows += follower(session, row, made)
    return made, rows


def goes_on(session: Session, made: Transition) -> bool:
    """Whether anything follows by itself from a case's birth, so that its row must be read."""
    return next_by_itself(Standing(made.after)) is not None or is_asked(session, made.case_id)


def step(
    session: Session,
    row: CaseRow,
    action: Action,
    actor: Actor,
    fields: Fields,
    now: datetime,
) -> list[Transition]:
    """Make a step, and those that follow by themselves, in a transaction that holds the row.

    Events are not written yet: `announce` does, as the last thing in the transaction.

    Raises:
        NotAllowed: the table does not let this actor do it now; nothing was changed.
    """
    made = _one(session, row, BY_ACTION[action], actor, fields, now)
    return [made, *go_on(session, row, now)]


def go_on(session: Session, row: CaseRow, now: datetime) -> list[Transition]:
    """Make the steps that follow by themselves, or that a follower asked for."""
    made = []
    while (move := _next(session, row)) is not None:
        rule, what = move
        made.append(_one(session, row, rule, SYSTEM, what, now))
    return made


def announce(session: Session, row: CaseRow, made: Sequence[Transition]) -> Outcome:
    """Write the events of steps; end the transaction soon after."""
    for transition in made:
        note_event(session, row, transition.event, transition.at, transition.number)
    if made and any(one.action in SEALED_STEPS for one in made):
        seal_new(session, row.id, made[-1].at)
    return outcome_of(session, row)


def note_event(
    session: Session, row: CaseRow, kind: str, now: datetime, number: int | None = None
) -> None:
    """Write an event that tells of a case; `number` is the step of its history, if it is one."""
    session.flush()
    # Last in every transaction, since its row stays locked until the commit.
    taken = take_number(session, EVENT_COUNTER)
    session.add(EventRow(id=taken, type=kind, case_id=row.id, step=number, at=now))


def birth_events(session: Session, made: Sequence[Transition]) -> list[New]:
    """The events of first steps, numbered but not written; the last thing before they are."""
    taken = take_numbers(session, EVENT_COUNTER, len(made))
    return [
        New(
            EventRow,
            {
                "id": number,
                "type": one.event,
                "case_id": one.case_id,
                "step": one.number,
                "at": one.at,
            },
        )
        for number, one in zip(taken, made, strict=True)
    ]


def outcome_of(session: Session, row: CaseRow) -> Outcome:
    """The case as it stands in this transaction, just changed."""
    session.flush()
    session.expire(row)
    return Outcome(case_view(row), row.version, new=True)


def case_of(session: Session, which: ColumnElement[bool], *, lock: bool = False) -> CaseRow:
    """The row of a case, locked until the end of the transaction where asked.

    Raises:
        UnknownCase: there is none.
    """
    query = select(CaseRow).where(which)
    if lock:
        query = query.with_for_update(of=CaseRow)  # SQLite, with one writer, needs and has none
    row = session.scalar(query)
    if row is None:
        raise UnknownCase("no report of it has come")
    return row


def _check_pictures(session: Session, row: CaseRow, fields: Fields) -> None:
    wanted = set(getattr(fields, "pictures", ()))
    if not wanted:
        return
    sent = select(CaseFileRow.sha256).where(CaseFileRow.case_id == row.id)
    known = {item.sha256 for item in row.evidence} | set(session.scalars(sent))
    if wanted - known:
        raise UnknownPictures(f"was not sent for this case: {', '.join(sorted(wanted - known))}")


def _next(session: Session, row: CaseRow) -> tuple[Rule, Fields] | None:
    lapse = BY_ACTION[Action.LAPSE]
    standing = standing_of(session, row, lapse)
    if has_lapsed(standing):
        return lapse, Fields()
    rule = next_by_itself(standing)
    if rule is not None:
        return rule, Fields()
    move = taken_later(session, row.id)
    return None if move is None else (BY_ACTION[move[0]], move[1])


def _one(
    session: Session, row: CaseRow, rule: Rule, actor: Actor, fields: Fields, now: datetime
) -> Transition:
    number = _steps_so_far(session, row) + 1
    made = _transition(row, rule, standing_of(session, row, rule), actor, fields, now, number)
    flag_modified(row, "updated_at")  # each step is a new version, even in the same instant
    session.flush()
    effect = EFFECTS.get(rule.action)
    if effect is not None:
        effect(session, row, made)
    insert_rows(session, [_history_row(made)])
    for follower in FOLLOWERS:
        insert_rows(session, follower(session, row, made))
    return made


def _transition(
    row: CaseRow,
    rule: Rule,
    standing: Standing,
    actor: Actor,
    fields: Fields,
    now: datetime,
    number: int = 1,
) -> Transition:
    """Put a case into the state that a rule leads to, if the table lets this actor do so."""
    why_not = refusal(rule, standing, actor)
    if why_not is not None:
        raise NotAllowed(why_not)
    before = standing.state
    after = rule.after if before is None else rule.leads_to(before)
    assert after is not None  # noqa: S101 (only the rule of birth has no state before)
    row.status = after.value
    row.updated_at = now
    return Transition(
        case_id=row.id,
        number=number,
        action=rule.action,
        before=before,
        after=after,
        actor=actor,
        at=now,
        fields=fields.model_dump(mode="json", exclude_defaults=True, exclude={"by"}),
        event=rule.event,
    )


def _steps_so_far(session: Session, row: CaseRow) -> int:
    newest = select(func.max(CaseHistoryRow.number)).where(CaseHistoryRow.case_id == row.id)
    return session.scalar(newest) or 0


def _history_row(made: Transition) -> New:
    values = {
        "case_id": made.case_id,
        "number": made.number,
        "action": made.action.value,
        "before": None if made.before is None else made.before.value,
        "after": made.after.value,
        "by": made.actor.name,
        "by_kind": made.actor.kind,
        "at": made.at,
        "fields": dict(made.fields),
    }
    return New(CaseHistoryRow, values)
