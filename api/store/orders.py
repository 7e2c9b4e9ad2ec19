"""Orders to workers: put with what they follow from, read by cursor, acknowledged."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from api.schema.line import (
    Configure,
    ConfirmView,
    Discover,
    Dismiss,
    Known,
    LookAgain,
    Probe,
    Remember,
    TakeSnapshot,
)
from api.store.camera_secrets import open_body
from api.store.engine import Store, retry_on_clash, take_number
from api.store.line_tables import LineRow, OrderRow
from api.vault import SecretsLocked, Vault

log = logging.getLogger(__name__)

_SEQ = "line orders"


def _subject(order: Known) -> str:
    """What an order is about: a newer one about the same makes it void."""
    match order:
        case Configure():
            return f"configure {order.camera_id}"
        case LookAgain() | TakeSnapshot() | Probe() | Discover():
            return f"{order.type} {order.request}"
        case Dismiss():
            return f"dismiss {order.violation_id}"
        case Remember():
            return f"remember {order.violation_id}"
        case ConfirmView():
            return f"confirm_view {order.camera_id}"


def put_order(session: Session, worker: str, order: Known, now: datetime) -> UUID:
    """Put an order into a worker's line, in the transaction of what asks for it.

    What waits of the same subject is folded into it.
    """
    subject = _subject(order)
    line = line_of(session, worker)
    line.newest += 1
    session.flush()  # holds the line's row, so that numbers follow the order of commits
    session.execute(
        update(OrderRow)
        .where(OrderRow.worker == worker, OrderRow.subject == subject)
        .where(OrderRow.acked_at.is_(None))
        .values(folded=True)
        .execution_options(synchronize_session=False)
    )
    row = OrderRow(
        id=uuid4(),
        worker=worker,
        number=line.newest,
        seq=take_number(session, _SEQ),
        subject=subject,
        body=order.model_dump(mode="json"),
        created_at=now,
        expires_at=getattr(order, "expires_at", None),
        folded=False,
    )
    session.add(row)
    session.flush()
    return row.id


def line_of(session: Session, worker: str) -> LineRow:
    """The row of a worker's line, locked; made when there is none."""
    row = session.scalar(select(LineRow).where(LineRow.worker == worker).with_for_update())
    if row is None:
        row = LineRow(
            worker=worker, instance="", connection="", beat=0, newest=0, refused="", knows=""
        )
        session.add(row)
        session.flush()
    return row


def waiting_configuration(session: Session, worker: str, camera_id: str) -> int | None:
    """The version of the configuration order that a worker has not acknowledged, if any."""
    body = session.scalar(
        select(OrderRow.body)
        .where(OrderRow.worker == worker, OrderRow.subject == f"configure {camera_id}")
        .where(OrderRow.acked_at.is_(None), OrderRow.folded.is_(False))
    )
    return None if body is None or body["config"] is None else int(body["version"])


@dataclass(frozen=True, slots=True)
class Due:
    """An order to be sent."""

    number: int
    id: UUID
    body: dict[str, Any]


def orders_after(
    store: Store, worker: str, cursor: int, now: datetime, limit: int = 100
) -> Sequence[Due]:
    """What a worker is to be sent beyond a number, in order; the void and the late are left out.

    So is what cannot be decrypted: the worker goes on with the configuration that it runs.
    """
    query = (
        select(OrderRow.number, OrderRow.id, OrderRow.body)
        .where(OrderRow.worker == worker, OrderRow.number > cursor)
        .where(OrderRow.folded.is_(False), OrderRow.acked_at.is_(None))
        .where(or_(OrderRow.expires_at.is_(None), OrderRow.expires_at > now))
        .order_by(OrderRow.number)
        .limit(limit)
    )
    with store.reading() as session:
        found = [Due(*row) for row in session.execute(query)]
    return [due for one in found if (due := _opened(one, store.vault)) is not None]


def _opened(due: Due, vault: Vault) -> Due | None:
    config = due.body.get("config")
    try:
        if config is None:
            return replace(due, body=open_body(due.body, vault))
        return replace(due, body={**due.body, "config": open_body(config, vault)})
    except SecretsLocked as error:
        log.error("order %s (%s) is not sent: %s", due.id, due.body["type"], error)
        return None


def where_to_go_on(store: Store, worker: str, cursor: int, last: UUID | None) -> int:
    """The number after which a worker's line goes on.

    The worker names the last order that it has by its id too. If this store does not know that
    order, one of the two was set back (a restored backup, a lost state): then all that is not
    acknowledged is sent again, and the worker knows by the ids what it has done.
    """
    unacknowledged = (
        select(func.min(OrderRow.number))
        .where(OrderRow.worker == worker)
        .where(OrderRow.acked_at.is_(None), OrderRow.folded.is_(False))
    )
    with store.reading() as session:
        known = session.scalar(
            select(OrderRow.id).where(OrderRow.worker == worker, OrderRow.number == cursor)
        )
        if known is not None and known == last:
            return cursor
        oldest = session.scalar(unacknowledged)
        if oldest is not None:
            return oldest - 1
        return session.scalar(select(LineRow.newest).where(LineRow.worker == worker)) or 0


def acknowledge(store: Store, worker: str, number: int, now: datetime) -> None:
    """A worker has all orders up to a number on its disk."""
    query = (
        update(OrderRow)
        .where(OrderRow.worker == worker, OrderRow.number <= number)
        .where(OrderRow.acked_at.is_(None))
        .values(acked_at=now)
        .execution_options(synchronize_session=False)
    )
    store.write(lambda session: session.execute(query) and None)


def newest_order(store: Store) -> int:
    """Grows with each order to any worker."""
    with store.reading() as session:
        return session.scalar(select(func.max(OrderRow.seq))) or 0


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds a line: the worker's mark, the connection, and how often it was confirmed."""

    instance: str
    connection: str
    beat: int


@retry_on_clash
def hold(
    store: Store,
    worker: str,
    instance: str,
    connection: str,
    seen: Held | None,
    now: datetime,
    knows: str = "",
) -> Held | None:
    """Take the line of a worker's name.

    It is free when no connection is up, when the same instance comes back, or when its holder
    still stands as `seen` long ago.

    Args:
        knows: the types of orders that the worker's release knows, commas between them.

    Returns:
        None when it was taken, else who holds it.
    """

    def work(session: Session) -> Held | None:
        row = line_of(session, worker)
        holder = Held(row.instance, row.connection, row.beat)
        if row.connection and row.instance != instance and holder != seen:
            row.refused = f"a second worker came as {worker} at {now.isoformat(timespec='seconds')}"
            return holder
        row.instance, row.connection = instance, connection
        row.beat += 1
        row.connected_at, row.knows = now, knows
        return None

    return store.write(work)


def confirm(store: Store, worker: str, connection: str) -> bool:
    """Say that a connection still holds its line; False when another has taken it."""
    query = (
        update(LineRow)
        .where(LineRow.worker == worker, LineRow.connection == connection)
        .values(beat=LineRow.beat + 1)
        .returning(LineRow.beat)
        .execution_options(synchronize_session=False)
    )
    return store.write(lambda session: session.scalar(query)) is not None


def let_go(store: Store, worker: str, connection: str) -> None:
    """A connection has ended."""
    query = (
        update(LineRow)
        .where(LineRow.worker == worker, LineRow.connection == connection)
        .values(connection="", connected_at=None)
        .execution_options(synchronize_session=False)
    )
    store.write(lambda session: session.execute(query) and None)


def lines(store: Store) -> list[tuple[LineRow, int]]:
    """Each line by its worker's name, and how many orders are not acknowledged."""
    waiting = (
        select(OrderRow.worker, func.count().label("n"))
        .where(OrderRow.acked_at.is_(None), OrderRow.folded.is_(False))
        .group_by(OrderRow.worker)
        .subquery()
    )
    query = (
        select(LineRow, func.coalesce(waiting.c.n, 0))
        .outerjoin(waiting, waiting.c.worker == LineRow.worker)
        .order_by(LineRow.worker)
    )
    with store.reading() as session:
        return [(row, count) for row, count in session.execute(query)]
