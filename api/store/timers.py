"""Timers of cases: started, stopped, extended in the transaction of the step that does so.

That a case is late is never stored by a job: it is asked of `deadline` and `lapsed`. A job only
writes the event that tells of it, once a timer.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

from api.clocks import Clocks, Limit, Stage, Timer, Unit, WorkCalendar
from api.life.machine import TERMINAL
from api.schema.life import Action
from api.store import due
from api.store.indexes import pool_of
from api.store.inserting import New
from api.store.life_tables import ApprovalRow, CaseStandardRow, StageLimitRow
from api.store.models import CaseRow, CatalogueVersionRow
from api.store.rules import NoRules, clocks_in
from api.store.timer_tables import TimerRow
from api.store.transition import Transition

_US = timedelta(microseconds=1)


def follow(session: Session, row: CaseRow, made: Transition) -> Sequence[New]:
    """Follower: keep the timers of a case in step with its life; those that begin are new."""
    try:
        clocks = clocks_in(session)
    except NoRules:
        return ()  # tables that no app has opened: there is nothing to time by
    timers = _Timers(session, row, clocks, made)
    for stage in clocks.stages.values():
        before, after = made.before in stage.runs_in, made.after in stage.runs_in
        if before and not after:
            timers.end(stage.name, made.actor.name)
        elif after and (not before or made.action in (Action.DISPATCH, Action.HAND_OVER)):
            timers.begin(stage)
    if made.action is Action.GRANT_POSTPONE:
        timers.extend(_granted(session, row.id))
    elif made.action is Action.GRANT_SUSPEND:
        timers.pause()
    elif made.action is Action.RESUME:
        timers.resume()
    if made.after in TERMINAL:
        timers.end_all(made.actor.name)
    if made.before is None:
        row.due_at = due.first_of(new.values["deadline"] for new in timers.begun)
    return timers.begun


def finish_stage(session: Session, case_id: int, stage: str, by: str, now: datetime) -> bool:
    """End the running or paused timer of a stage before the stage ends, such as a guard that is
    set up; False when there is none."""
    calendar = clocks_in(session).calendar
    found = _open(session, case_id, stage)
    for row in found:
        keep(row, timer_of(row, calendar).finish(now))
        row.ended_by = by
    return bool(found)


class _Timers:
    """The timers of one case, at one moment."""

    def __init__(self, session: Session, case: CaseRow, clocks: Clocks, made: Transition) -> None:
        self._session = session
        self._case = case
        self._clocks = clocks
        self._now = made.at
        self._action = made.action
        self.begun: list[New] = []

    def begin(self, stage: Stage) -> None:
        last = self._last(stage.name)
        if last is not None and self._action in stage.resumes_on:
            self._keep(last, self._timer(last).resume(self._now))
            last.ended_by = None
            return
        found = self._limit(stage)
        if found is None:
            return
        limit, source = found
        timer = Timer.start(limit, self._clocks.calendar, self._now)
        values = {
            "case_id": self._case.id,
            "stage": stage.name,
            "number": 1 if last is None else last.number + 1,
            "amount": str(limit.amount),
            "unit": limit.unit.value,
            "source": source,
            "started_at": self._now,
            "ended_by": None,
            "announced_at": None,
        }
        self.begun.append(New(TimerRow, values | _kept(timer, None)))

    def end(self, stage: str, by: str) -> None:
        self._end(_open(self._session, self._case.id, stage), by)

    def end_all(self, by: str) -> None:
        self._end(_open(self._session, self._case.id), by)

    def _end(self, rows: Iterable[TimerRow], by: str) -> None:
        for row in rows:
            self._keep(row, self._timer(row).finish(self._now))
            row.ended_by = by

    def extend(self, by: Limit) -> None:
        for row in _open(self._session, self._case.id):
            if row.stage in self._clocks.stages and self._clocks.stages[row.stage].postponable:
                self._keep(row, self._timer(row).extend(by, self._now))
                row.announced_at = None  # a new deadline, so a new chance to pass it

    def pause(self) -> None:
        for row in _open(self._session, self._case.id):
            if row.running_since is not None:
                self._keep(row, self._timer(row).pause(self._now))

    def resume(self) -> None:
        for row in _open(self._session, self._case.id):
            if row.running_since is None:
                self._keep(row, self._timer(row).resume(self._now))

    def _timer(self, row: TimerRow) -> Timer:
        return timer_of(row, self._clocks.calendar)

    def _keep(self, row: TimerRow, timer: Timer) -> None:
        keep(row, timer)

    def _last(self, stage: str) -> TimerRow | None:
        if self._action is Action.FILE:
            return None
        return self._session.scalar(
            select(TimerRow)
            .where(TimerRow.case_id == self._case.id, TimerRow.stage == stage)
            .order_by(TimerRow.number.desc())
            .limit(1)
        )

    def _limit(self, stage: Stage) -> tuple[Limit, str] | None:
        """What holds today: the filing condition's limit as the newest catalogue has it, else the
        district's own."""
        case = self._case
        version = case.catalogue_version
        if self._action is not Action.FILE:
            version = _newest_with(self._session, case) or version
        found = _limits(self._session, version).get((case.kind, case.standard, stage.name))
        if found is not None:
            return found
        return None if stage.limit is None else (stage.limit, self._clocks.source)


def _newest_with(session: Session, case: CaseRow) -> str | None:
    """The newest version of the catalogue that has the case's filing condition."""
    return session.scalar(
        select(CaseStandardRow.version)
        .join(CatalogueVersionRow, CatalogueVersionRow.version == CaseStandardRow.version)
        .where(CaseStandardRow.kind == case.kind, CaseStandardRow.standard == case.standard)
        .order_by(CatalogueVersionRow.seeded_at.desc())
        .limit(1)
    )


_Limits = dict[tuple[str, str | None, str], tuple[Limit, str]]
_kept_limits: WeakKeyDictionary[Pool, dict[str, _Limits]] = WeakKeyDictionary()
"""By store and version of the catalogue, which never changes."""


def _limits(session: Session, version: str) -> _Limits:
    kept = _kept_limits.setdefault(pool_of(session), {})
    if version not in kept:
        rows = session.scalars(select(StageLimitRow).where(StageLimitRow.version == version))
        kept[version] = {
            (row.kind, row.standard, row.stage): (
                Limit(Decimal(str(row.amount)), Unit(row.unit)),
                row.source,
            )
            for row in rows
        }
    return kept[version]


def _open(session: Session, case_id: int, stage: str | None = None) -> list[TimerRow]:
    query = select(TimerRow).where(TimerRow.case_id == case_id, TimerRow.ended_at.is_(None))
    if stage is not None:
        query = query.where(TimerRow.stage == stage)
    return list(session.scalars(query))


def _granted(session: Session, case_id: int) -> Limit:
    fields = session.scalar(
        select(ApprovalRow.fields)
        .where(
            ApprovalRow.case_id == case_id,
            ApprovalRow.kind == "postpone",
            ApprovalRow.status == "granted",
        )
        .order_by(ApprovalRow.number.desc())
        .limit(1)
    )
    assert fields is not None  # noqa: S101 (it was granted in this very transaction)
    said = fields["limit"]
    return Limit(Decimal(str(said["amount"])), Unit(said["unit"]))


def timer_of(row: TimerRow, calendar: WorkCalendar) -> Timer:
    """A timer from its row."""
    return Timer(
        Limit(Decimal(row.amount), Unit(row.unit)),
        calendar,
        row.running_since,
        row.banked_us * _US,
        row.extra_us * _US,
        row.ended_at,
        row.lapsed,
    )


def keep(row: TimerRow, timer: Timer) -> None:
    """Write a timer into its row."""
    for name, value in _kept(timer, row.last_deadline).items():
        setattr(row, name, value)


def _kept(timer: Timer, last_deadline: datetime | None) -> dict[str, Any]:
    """A timer as its columns have it."""
    return {
        "running_since": timer.running_since,
        "banked_us": timer.banked // _US,
        "extra_us": timer.extra // _US,
        "deadline": timer.deadline,
        "last_deadline": timer.deadline or last_deadline,
        "ended_at": timer.ended_at,
        "lapsed": timer.lapsed,
    }


def is_late(now: datetime) -> ColumnElement[bool]:
    """SQL: whether a timer whose stage is not over is late."""
    return and_(
        TimerRow.ended_at.is_(None), or_(TimerRow.deadline < now, TimerRow.lapsed.is_(True))
    )


def overdue(now: datetime, stage: str | None = None) -> ColumnElement[bool]:
    """SQL, in a query of cases: whether a timer of the case is late and its stage not over.

    `stage` looks at that stage alone.
    """
    return _exists(is_late(now), stage)


def was_overdue(now: datetime, stage: str | None = None) -> ColumnElement[bool]:
    """SQL, in a query of cases: whether any timer of the case is or was late (is_overtime)."""
    return _exists(or_(TimerRow.deadline < now, TimerRow.lapsed.is_(True)), stage)


def _exists(late: ColumnElement[bool], stage: str | None) -> ColumnElement[bool]:
    found = exists().where(TimerRow.case_id == CaseRow.id, late)
    return found if stage is None else found.where(TimerRow.stage == stage)


def next_deadline() -> ColumnElement[datetime | None]:
    """SQL, in a query of cases: the next deadline of the case's running timers, or NULL."""
    return (
        select(func.min(TimerRow.deadline))
        .where(TimerRow.case_id == CaseRow.id, TimerRow.ended_at.is_(None))
        .scalar_subquery()
    )
