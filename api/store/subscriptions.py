"""Subscriptions and their secrets in the store."""

from collections.abc import Collection, Sequence
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
from api.store.audit import Actor, note
from api.store.engine import Store
from api.store.errors import Outdated
from api.store.models import EventRow
from api.store.outward_tables import DeliveryRow, SubscriptionRow, SubscriptionSecretRow
from api.store.tags import tag_of


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
    store: Store, wanted: SubscriptionRequest, secret: str | None, doer: Actor, now: datetime
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
            made_by=doer.name,
        )
        session.add(row)
        session.flush()
        if secret is not None:
            kept = store.vault.seal(secret)
            session.add(SubscriptionSecretRow(subscription_id=row.id, secret=kept, made_at=now))
        _note(session, now, doer, "subscription.add", row, {"url": row.url, "types": row.types})
        return _view(session, row)

    return store.write(work)


def find(store: Store, which: UUID, owner: str | None) -> Subscription:
    """A subscription; `owner` None sees everybody's.

    Raises:
        UnknownSubscription: there is none, or it is another's.
    """
    with store.reading() as session:
        return _view(session, _row(session, which, owner))


def find_all(store: Store, owner: str | None) -> tuple[Subscription, ...]:
    """All that the owner may see, oldest first."""
    query = select(SubscriptionRow).order_by(SubscriptionRow.made_at, SubscriptionRow.id)
    if owner is not None:
        query = query.where(SubscriptionRow.made_by == owner)
    with store.reading() as session:
        return tuple(_view(session, row) for row in session.scalars(query))


def change(
    store: Store,
    which: UUID,
    owner: str | None,
    wanted: SubscriptionChange,
    doer: Actor,
    now: datetime,
    tags: Collection[str] | None = None,
) -> Subscription:
    """Change what is given and leave the rest.

    Args:
        tags: of the subscription as the writer may have seen it; None for any.

    Raises:
        UnknownSubscription: there is none, or it is another's.
        Outdated: it was changed since it was seen.
    """

    def work(session: Session) -> Subscription:
        row = _row(session, which, owner, lock=True)
        if tags is not None and _tag(row) not in tags:
            raise Outdated(f"the subscription {row.name} was changed since; look again")
        said = wanted.model_dump(mode="json", exclude_none=True)
        for name, value in wanted.model_dump(exclude_none=True).items():
            setattr(row, name, list(value) if name == "types" else value)
        if wanted.state is not None:
            row.reason = ""
            row.left_alone_until = None
        session.flush()
        _note(session, now, doer, "subscription.change", row, said)
        return _view(session, row)

    return store.write(work)


def remove(store: Store, which: UUID, owner: str | None, doer: Actor, now: datetime) -> None:
    """Forget a subscription with all its deliveries.

    Raises:
        UnknownSubscription: there is none, or it is another's.
    """

    def work(session: Session) -> None:
        row = _row(session, which, owner, lock=True)
        _note(session, now, doer, "subscription.remove", row, {"url": row.url})
        session.delete(row)

    store.write(work)


def rotate(
    store: Store,
    which: UUID,
    owner: str | None,
    secret: str,
    overlap_s: int,
    doer: Actor,
    now: datetime,
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
        _note(session, now, doer, "subscription.rotate", row, {"overlap_s": overlap_s})

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


def _note(
    session: Session,
    now: datetime,
    doer: Actor,
    act: str,
    row: SubscriptionRow,
    said: dict[str, Any],
) -> None:
    note(session, now, doer, act, str(row.id), {"name": row.name} | said)


def _tag(row: SubscriptionRow) -> str:
    return tag_of(row.name, row.url, row.types, row.state)


def _open(session: Session, which: UUID) -> dict[str, tuple[int, datetime]]:
    """How many messages wait and have failed, and since when the oldest of each is there."""
    states: Sequence[str] = (DeliveryState.WAITING.value, DeliveryState.FAILED.value)
    rows = session.execute(
        select(DeliveryRow.state, func.count(), func.min(DeliveryRow.made_at))
        .where(DeliveryRow.subscription_id == which, DeliveryRow.state.in_(states))
        .group_by(DeliveryRow.state)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _view(session: Session, row: SubscriptionRow) -> Subscription:
    found = _open(session, row.id)
    waiting, oldest = found.get(DeliveryState.WAITING.value, (0, None))
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
        waiting=waiting,
        oldest_waiting_at=oldest,
        failed=found.get(DeliveryState.FAILED.value, (0, None))[0],
        made_at=row.made_at,
        made_by=row.made_by,
        etag=_tag(row),
    )
