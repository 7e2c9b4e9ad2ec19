"""Subscriptions and their secrets in the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from api.schema.subscriptions import (
    Adapter,
    DeliveryState,
    Subscription,
    SubscriptionChange,
    SubscriptionRequest,
    SubscriptionState,
)
from api.store.engine import Store
from api.store.models import EventRow
from api.store.outward_tables import DeliveryRow, SubscriptionRow, SubscriptionSecretRow


class UnknownSubscription(Exception):
    """There is none with this id, or none that the caller may see."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """What sending needs to know of a subscription; its secret options are still encrypted."""

    id: UUID
    adapter: Adapter
    url: str
    options: dict[str, Any]


def make(
    store: Store, wanted: SubscriptionRequest, secret: str | None, by: str, now: datetime
) -> Subscription:
    """Make a subscription; `secret` is what its messages are signed with, if they are."""
    options = wanted.egova or wanted.georeport

    def work(session: Session) -> Subscription:
        newest = session.scalar(select(func.max(EventRow.id))) or 0
        planned = newest if wanted.from_event is None else max(0, wanted.from_event - 1)
        row = SubscriptionRow(
            id=uuid4(),
            name=wanted.name,
            adapter=wanted.adapter.value,
            url=wanted.url,
            types=list(wanted.types),
            options={}
            if options is None
            else store.vault.seal_options(options.model_dump(mode="json")),
            state=SubscriptionState.ACTIVE.value,
            reason="",
            planned=min(planned, newest),
            made_at=now,
            made_by=by,
        )
        session.add(row)
        session.flush()
        if secret is not None:
            kept = store.vault.seal(secret)
            session.add(SubscriptionSecretRow(subscription_id=row.id, secret=kept, made_at=now))
        return _view(row, {})

    return store.write(work)


def find(store: Store, which: UUID, owner: str | None) -> Subscription:
    """A subscription; `owner` None sees everybody's.

    Raises:
        UnknownSubscription: there is none, or it is another's.
    """
    with store.reading() as session:
        row = _row(session, which, owner)
        return _view(row, _counts(session, row.id))


def find_all(store: Store, owner: str | None) -> tuple[Subscription, ...]:
    """All that the owner may see, oldest first."""
    query = select(SubscriptionRow).order_by(SubscriptionRow.made_at, SubscriptionRow.id)
    if owner is not None:
        query = query.where(SubscriptionRow.made_by == owner)
    with store.reading() as session:
        return tuple(_view(row, _counts(session, row.id)) for row in session.scalars(query))


def change(
    store: Store, which: UUID, owner: str | None, wanted: SubscriptionChange
) -> Subscription:
    """Change what is given and leave the rest.

    Raises:
        UnknownSubscription: there is none, or it is another's.
    """

    def work(session: Session) -> Subscription:
        row = _row(session, which, owner, lock=True)
        for name, value in wanted.model_dump(exclude_none=True).items():
            setattr(row, name, list(value) if name == "types" else value)
        if wanted.state is not None:
            row.reason = ""
            row.left_alone_until = None
        session.flush()
        return _view(row, _counts(session, row.id))

    return store.write(work)


def remove(store: Store, which: UUID, owner: str | None) -> None:
    """Forget a subscription with all its deliveries.

    Raises:
        UnknownSubscription: there is none, or it is another's.
    """
    store.write(lambda session: session.delete(_row(session, which, owner, lock=True)))


def rotate(
    store: Store, which: UUID, owner: str | None, secret: str, overlap_s: int, now: datetime
) -> datetime:
    """Put a new secret beside the former ones; returns when those end.

    Raises:
        UnknownSubscription: there is none with secrets, or it is another's.
    """
    end = now + timedelta(seconds=overlap_s)

    def work(session: Session) -> None:
        row = _row(session, which, owner, lock=True)
        if row.adapter != Adapter.WEBHOOK:
            raise UnknownSubscription
        for former in session.scalars(_valid(row.id, now)):
            former.ends_at = end if former.ends_at is None else min(end, former.ends_at)
        kept = store.vault.seal(secret)
        session.add(SubscriptionSecretRow(subscription_id=row.id, secret=kept, made_at=now))

    store.write(work)
    return end


def secrets_of(store: Store, which: UUID, now: datetime) -> list[str]:
    """The secrets that are valid now, newest first.

    Raises:
        SecretsLocked: their key is not here.
    """
    with store.reading() as session:
        kept = [row.secret for row in session.scalars(_valid(which, now))]
    return [store.vault.open(secret) for secret in kept]


def receivers(store: Store, now: datetime) -> list[Receiver]:
    """Those to whom something may be sent now."""
    query = select(SubscriptionRow).where(
        SubscriptionRow.state == SubscriptionState.ACTIVE.value, _is_not_left_alone(now)
    )
    with store.reading() as session:
        return [receiver_of(row) for row in session.scalars(query)]


def receiver_of(row: SubscriptionRow) -> Receiver:
    """What sending needs to know of it."""
    return Receiver(row.id, Adapter(row.adapter), row.url, dict(row.options))


def _is_not_left_alone(now: datetime) -> ColumnElement[bool]:
    until = SubscriptionRow.left_alone_until
    return or_(until.is_(None), until <= now)


def _valid(which: UUID, now: datetime) -> Any:
    ends = SubscriptionSecretRow.ends_at
    return (
        select(SubscriptionSecretRow)
        .where(SubscriptionSecretRow.subscription_id == which, or_(ends.is_(None), ends > now))
        .order_by(SubscriptionSecretRow.id.desc())
    )


def _row(
    session: Session, which: UUID, owner: str | None, *, lock: bool = False
) -> SubscriptionRow:
    query = select(SubscriptionRow).where(SubscriptionRow.id == which)
    if owner is not None:
        query = query.where(SubscriptionRow.made_by == owner)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise UnknownSubscription(which)
    return row


def _counts(session: Session, which: UUID) -> dict[str, int]:
    open_states: Sequence[str] = (DeliveryState.WAITING.value, DeliveryState.FAILED.value)
    rows = session.execute(
        select(DeliveryRow.state, func.count())
        .where(DeliveryRow.subscription_id == which, DeliveryRow.state.in_(open_states))
        .group_by(DeliveryRow.state)
    )
    return {row[0]: row[1] for row in rows}


def _view(row: SubscriptionRow, counts: dict[str, int]) -> Subscription:
    return Subscription(
        id=row.id,
        name=row.name,
        adapter=Adapter(row.adapter),
        url=row.url,
        types=tuple(row.types),
        state=SubscriptionState(row.state),
        reason=row.reason,
        planned=row.planned,
        left_alone_until=row.left_alone_until,
        waiting=counts.get(DeliveryState.WAITING.value, 0),
        failed=counts.get(DeliveryState.FAILED.value, 0),
        made_at=row.made_at,
        made_by=row.made_by,
    )
