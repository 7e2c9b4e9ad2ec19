"""The record of deliveries: read, sent again from some point on, and forgotten in time."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from api.schema.subscriptions import (
    Delivery,
    DeliveryPage,
    DeliveryState,
    Replay,
    Replayed,
    Try,
)
from api.store.audit import Actor, note
from api.store.engine import Store
from api.store.models import EventRow
from api.store.outward_tables import DeliveryRow, DeliveryTryRow, SubscriptionRow
from api.store.subscriptions import UnknownSubscription


class UnknownDelivery(Exception):
    """The receiver has no such delivery, or it was forgotten."""


def replay(store: Store, which: UUID, wanted: Replay, doer: Actor, now: datetime) -> Replayed:
    """Send again from an event's number or a time on: all that the receiver's types let through.

    Ids and bodies stay what they were, so receivers tell repeats; events that were never planned
    (older than the subscription, or of types that it did not want) are planned now.

    Raises:
        UnknownSubscription: there is none.
    """

    def work(session: Session) -> Replayed:
        receiver = session.get(SubscriptionRow, which, with_for_update=True)
        if receiver is None:
            raise UnknownSubscription(which)
        first = wanted.from_event
        if first is None:
            query = select(func.min(EventRow.id)).where(EventRow.at >= wanted.since)
            first = session.scalar(query) or receiver.planned + 1
        receiver.planned = max(0, min(receiver.planned, first - 1))
        again = session.execute(
            update(DeliveryRow)
            .where(
                DeliveryRow.subscription_id == which,
                DeliveryRow.event_id >= first,
            )
            .values(**_anew(now))
        )
        said = {"name": receiver.name, "from_event": first}
        note(session, now, doer, "subscription.replay", str(which), said)
        return Replayed(planned=receiver.planned, again=int(getattr(again, "rowcount", 0)))

    return store.write(work)


def replay_one(store: Store, which: UUID, delivery_id: int, doer: Actor, now: datetime) -> Delivery:
    """Send one message again, or now where it waits, with the id and body that it had.

    Raises:
        UnknownDelivery: there is none.
    """

    def work(session: Session) -> Delivery:
        row = session.get(DeliveryRow, delivery_id, with_for_update=True)
        if row is None or row.subscription_id != which:
            raise UnknownDelivery(f"{which} has no delivery {delivery_id}")
        for name, value in _anew(now).items():
            setattr(row, name, value)
        said = {"event": row.event_id, "case": row.case_id, "message": row.message_id}
        note(session, now, doer, "delivery.replay", str(which), said)
        return _view(row, _tries(session, [row.id])[row.id])

    return store.write(work)


def _anew(now: datetime) -> dict[str, Any]:
    waiting = DeliveryState.WAITING.value
    return {"state": waiting, "tries": 0, "next_at": now, "settled_at": None}


def log_of(
    store: Store,
    which: UUID,
    state: DeliveryState | None,
    case_id: int | None,
    before: int | None,
    limit: int,
) -> DeliveryPage:
    """The deliveries of a receiver with their tries, newest event first, below `before`."""
    query = (
        select(DeliveryRow)
        .where(DeliveryRow.subscription_id == which)
        .order_by(DeliveryRow.event_id.desc())
        .limit(limit + 1)
    )
    if state is not None:
        query = query.where(DeliveryRow.state == state.value)
    if case_id is not None:
        query = query.where(DeliveryRow.case_id == case_id)
    if before is not None:
        query = query.where(DeliveryRow.event_id < before)
    with store.reading() as session:
        rows = session.scalars(query).all()
        shown = rows[:limit]
        tries = _tries(session, [row.id for row in shown])
        items = tuple(_view(row, tries[row.id]) for row in shown)
    return DeliveryPage(items=items, next=items[-1].event if len(rows) > limit else None)


def _tries(session: Session, deliveries: Collection[int]) -> dict[int, list[Try]]:
    """The tries of each of these deliveries, newest first."""
    tries: dict[int, list[Try]] = {one: [] for one in deliveries}
    for each in session.scalars(
        select(DeliveryTryRow)
        .where(DeliveryTryRow.delivery_id.in_(tries))
        .order_by(DeliveryTryRow.id.desc())
    ):
        tries[each.delivery_id].append(
            Try(
                at=each.at,
                took_ms=each.took_ms,
                result=each.result,
                status=each.status,
                detail=each.detail,
            )
        )
    return tries


def _view(row: DeliveryRow, tries: list[Try]) -> Delivery:
    return Delivery(
        id=row.id,
        event=row.event_id,
        case_id=row.case_id,
        type=row.type,
        message_id=row.message_id,
        state=DeliveryState(row.state),
        made_at=row.made_at,
        next_at=row.next_at,
        settled_at=row.settled_at,
        reference=row.reference,
        body=row.body,
        tries=tuple(tries),
    )


def sweep(store: Store, before: datetime) -> None:
    """Forget deliveries that were settled before then; a replay plans them anew from the log."""
    settled = DeliveryRow.settled_at < before
    with store.reading() as session:
        if session.scalar(select(DeliveryRow.id).where(settled).limit(1)) is None:
            return
    store.write(lambda session: session.execute(delete(DeliveryRow).where(settled)) and None)
