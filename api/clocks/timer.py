"""A timer of a stage: how much of a limit is spent, and when it runs out."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from api.clocks.calendar import WorkCalendar
from api.clocks.reckon import after, elapsed, length
from api.clocks.units import Limit


class TimerState(StrEnum):
    """How a timer stands at a moment."""

    RUNNING = "running"
    """计时中: the limit is being spent."""
    PAUSED = "paused"
    """已暂停: a 挂账 was approved; nothing is spent."""
    FINISHED = "finished"
    """已完成: its stage is over, and was in time."""
    TIMEOUT = "timeout"
    """已超时: more than the limit is spent, whether its stage is over or not."""


class TimerError(ValueError):
    """What was asked of a timer does not go with how it stands."""


@dataclass(frozen=True, slots=True)
class Timer:
    """The limit as it was when the timer started, and what became of it since.

    Attributes:
        limit: copied at the start; a later change of the standard does not reach it.
        calendar: the district's.
        running_since: when it last began to run; None while it stands still.
        banked: what was spent until then, on the limit's clock.
        extra: what 延期 added, on the limit's clock.
        ended_at: when its stage ended; None before, and again after rework took the stage up.
        lapsed: whether its deadline had passed when it last stood still. Spent time alone does
            not tell: with a working clock, nothing is spent between 18:00 and the next morning.
    """

    limit: Limit
    calendar: WorkCalendar
    running_since: datetime | None
    banked: timedelta = timedelta()
    extra: timedelta = timedelta()
    ended_at: datetime | None = None
    lapsed: bool = False

    @classmethod
    def start(cls, limit: Limit, calendar: WorkCalendar, at: datetime) -> "Timer":
        """A timer that runs from `at`."""
        return cls(limit, calendar, at.astimezone(UTC))

    @property
    def allowed(self) -> timedelta:
        """What may be spent, extensions included, on the limit's clock."""
        return length(self.limit, self.calendar) + self.extra

    def spent(self, now: datetime) -> timedelta:
        """What is spent at `now`, on the limit's clock."""
        if self.running_since is None:
            return self.banked
        return self.banked + elapsed(self.running_since, now, self.limit.unit, self.calendar)

    def left(self, now: datetime) -> timedelta:
        """What may still be spent; below zero once it is late, by as much."""
        return self.allowed - self.spent(now)

    @property
    def deadline(self) -> datetime | None:
        """When the limit runs out if nothing pauses it; None while it stands still."""
        if self.running_since is None:
            return None
        left = self.allowed - self.banked
        return after(self.running_since, left, self.limit.unit, self.calendar)

    def state(self, now: datetime) -> TimerState:
        """How it stands; a limit that is used up to the last moment was kept."""
        if self._is_late(now):
            return TimerState.TIMEOUT
        if self.ended_at is not None:
            return TimerState.FINISHED
        return TimerState.PAUSED if self.running_since is None else TimerState.RUNNING

    def pause(self, at: datetime) -> "Timer":
        """Stand still from `at`.

        Raises:
            TimerError: it does not run.
        """
        if self.running_since is None:
            raise TimerError("the timer does not run, so it cannot be paused")
        return replace(self, banked=self.spent(at), running_since=None, lapsed=self._is_late(at))

    def resume(self, at: datetime) -> "Timer":
        """Run on from `at`, after a pause or, for rework, after its end.

        Raises:
            TimerError: it runs.
        """
        if self.running_since is not None:
            raise TimerError("the timer runs already")
        return replace(self, running_since=at.astimezone(UTC), ended_at=None)

    def extend(self, by: Limit, at: datetime) -> "Timer":
        """Allow more.

        Time on the same kind of clock is added to the limit. Time on the other kind moves the
        deadline (of a timer that stands still: the one it would have if it ran from `at`) on that
        clock, and what this timer would spend until then is added.

        Raises:
            TimerError: the timer has ended.
        """
        if self.ended_at is not None:
            raise TimerError("the timer has ended, so it cannot be extended")
        more = length(by, self.calendar)
        if by.unit.works != self.limit.unit.works:
            old = self.deadline or replace(self, running_since=at.astimezone(UTC)).deadline or at
            new = after(old, more, by.unit, self.calendar)
            more = elapsed(old, new, self.limit.unit, self.calendar)
        longer = replace(self, extra=self.extra + more)
        return replace(longer, lapsed=self.lapsed and longer.banked >= longer.allowed)

    def finish(self, at: datetime) -> "Timer":
        """End with its stage, running or paused.

        Raises:
            TimerError: it has ended.
        """
        if self.ended_at is not None:
            raise TimerError("the timer has ended already")
        ended = at.astimezone(UTC)
        return replace(
            self,
            banked=self.spent(at),
            running_since=None,
            ended_at=ended,
            lapsed=self._is_late(at),
        )

    def _is_late(self, now: datetime) -> bool:
        end = self.deadline
        return self.lapsed or (end is not None and now > end)
