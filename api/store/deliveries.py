"""Events on their way out: planned from the log of events, taken in order, settled by each try.

The log of events is the outbox: its numbers have no gaps and follow the order of commits, so a
receiver's cursor misses nothing. A delivery is due when no earlier one of its case waits. What
became of them is `api.store.delivery_log`'s.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from api.outward.limits import WebhookLimits
from api.outward.outcome import Outcome, Result
from api.schema.subscriptions import DeliveryState, SubscriptionState
from api.store import handovers
from api.store.engine import Store
from api.store.models import EventRow
from api.store.outward_tables import DeliveryRow, DeliveryTryRow, SubscriptionRow

_WAITING = DeliveryState.WAITING.value
_SETTLES = {
    Result.DELIVERED: DeliveryState.DELIVERED,
    Result.REFUSED: DeliveryState.REFUSED,
    Result.NOT_WANTED: DeliveryState.NOT_WANTED,
}


@dataclass(frozen=True, slots=True)
class Planned:
    """What is written for an event: its message's id and body."""

    message_id: str
    body: str


@dataclass(frozen=True, slots=True)
class Due:
    """A message to be sent now; `tries` is how often it was before."""

    id: int
    subscription_id: UUID
    event: int
    case_id: int
    type: str
    message_id: str
    body: bytes
    tries: int


Writer = Callable[[Session, EventRow], Planned]


def plan(store: Store, which: UUID, write: Writer, now: datetime, most: int = 200) -> int:
    """Give the next events of the log their deliveries to a receiver; returns how many events.

    Args:
        write: makes an event's message; called in the transaction.
        most: so many events at once.
    """
    # Looked at first, so that a quiet second writes nothing.
    with store.reading() as session:
        cursor = session.scalar(select(SubscriptionRow.planned).where(SubscriptionRow.id == which))
        newest = session.scalar(select(func.max(EventRow.id))) or 0
    if cursor is None or cursor >= newest:
        return 0

    def work(session: Session) -> int:
        row = session.scalar(
            select(SubscriptionRow).where(SubscriptionRow.id == which).with_for_update()
        )
        if row is None:
            return 0
        events = session.scalars(
            select(EventRow).where(EventRow.id > row.planned).order_by(EventRow.id).limit(most)
        ).all()
        known = set(
            session.scalars(
                select(DeliveryRow.event_id).where(
                    DeliveryRow.subscription_id == which, DeliveryRow.event_id > row.planned
                )
            )
        )
        for event in events:
            if event.id not in known and (not row.types or event.type in row.types):
                session.add(_planned(which, event, write(session, event), now))
        if events:
            row.planned = events[-1].id
        return len(events)

    return store.write(work)


def _planned(which: UUID, event: EventRow, message: Planned, now: datetime) -> DeliveryRow:
    return DeliveryRow(
        subscription_id=which,
        event_id=event.id,
        case_id=event.case_id,
        type=event.type,
        message_id=message.message_id,
        body=message.body,
        state=_WAITING,
        tries=0,
        next_at=now,
        made_at=now,
    )


def next_due(store: Store, which: UUID, now: datetime, without: Collection[int]) -> Due | None:
    """The next message for a receiver, the oldest event first.

    Args:
        without: cases that are just being told of.
    """
    earlier = aliased(DeliveryRow)
    query = (
        select(DeliveryRow)
        .where(
            DeliveryRow.subscription_id == which,
            DeliveryRow.state == _WAITING,
            DeliveryRow.next_at <= now,
            DeliveryRow.case_id.not_in(list(without)),
            ~select(earlier.id)
            .where(
                earlier.subscription_id == which,
                earlier.case_id == DeliveryRow.case_id,
                earlier.state == _WAITING,
                earlier.event_id < DeliveryRow.event_id,
            )
            .exists(),
        )
        .order_by(DeliveryRow.event_id)
        .limit(1)
    )
    with store.reading() as session:
        receiver = session.get(SubscriptionRow, which)
        if receiver is None or receiver.state != SubscriptionState.ACTIVE.value:
            return None
        if receiver.left_alone_until is not None and receiver.left_alone_until > now:
            return None
        row = session.scalar(query)
        if row is None:
            return None
        return Due(
            row.id,
            row.subscription_id,
            row.event_id,
            row.case_id,
            row.type,
            row.message_id,
            row.body.encode(),
            row.tries,
        )


def settle(
    store: Store, due: Due, outcome: Outcome, began: datetime, now: datetime, limits: WebhookLimits
) -> None:
    """Write down a try and what follows from it, in one transaction."""

    def work(session: Session) -> None:
        row = session.get(DeliveryRow, due.id, with_for_update=True)
        receiver = session.get(SubscriptionRow, due.subscription_id, with_for_update=True)
        if row is None or receiver is None:
            return  # it was removed meanwhile
        session.add(
            DeliveryTryRow(
                delivery_id=row.id,
                at=began,
                took_ms=round((now - began).total_seconds() * 1000),
                result=outcome.result.value,
                status=outcome.status,
                detail=outcome.detail[:500],
            )
        )
        row.tries += 1
        settled = _SETTLES.get(outcome.result)
        if settled is not None:
            row.state, row.settled_at, row.next_at = settled.value, now, None
            row.reference = outcome.reference
            if outcome.hands_over:
                handovers.keep(session, receiver, row.case_id, outcome.reference, now)
        elif outcome.result is Result.GONE:
            # Not a try that was used up: should it be switched on again, this one goes first.
            row.tries = due.tries
            receiver.state = SubscriptionState.DISABLED.value
            receiver.reason = outcome.detail[:300]
        else:
            _again(row, receiver, outcome, now, limits)

    store.write(work)


def _again(
    row: DeliveryRow,
    receiver: SubscriptionRow,
    outcome: Outcome,
    now: datetime,
    limits: WebhookLimits,
) -> None:
    if outcome.result is Result.THROTTLED:
        wait = limits.throttle_s if outcome.wait_s is None else outcome.wait_s
        pause = now + timedelta(seconds=min(max(0.0, wait), limits.longest_throttle_s))
        receiver.left_alone_until = max(pause, receiver.left_alone_until or pause)
    if row.tries >= len(limits.retry_after_s):
        row.state, row.settled_at, row.next_at = DeliveryState.FAILED.value, now, None
        return
    row.next_at = now + timedelta(seconds=limits.retry_after_s[row.tries])
    if outcome.result is Result.THROTTLED and receiver.left_alone_until is not None:
        row.next_at = max(row.next_at, receiver.left_alone_until)
