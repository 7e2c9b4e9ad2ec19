"""The record of who saw and did what; it only grows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.schema.people import AuditEntry, AuditPage
from api.store.engine import Store
from api.store.people_tables import AuditRow


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: `kind` is person, key, local or console, or the link that somebody was given;
    `address` is the network's, or empty."""

    kind: str
    name: str
    address: str = ""


CONSOLE = Actor("console", "console")
"""Whoever runs `five-chief` on the server itself."""


def note(
    session: Session,
    now: datetime,
    actor: Actor,
    act: str,
    what: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Record an act in the transaction that does it: neither stands without the other."""
    session.add(
        AuditRow(
            at=now,
            kind=actor.kind,
            who=actor.name[:80],
            act=act,
            object=what[:128],
            detail=dict(detail or {}),
            address=actor.address[:64],
        )
    )


def note_alone(store: Store, now: datetime, actor: Actor, act: str, what: str) -> None:
    """Record an act that changes nothing else."""
    with store.writing() as session:
        note(session, now, actor, act, what)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; None for any. `until` itself is not."""

    who: str | None = None
    act: str | None = None
    what: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def read_audit(
    store: Store, wanted: AuditFilter, *, before: int | None = None, limit: int = 100
) -> AuditPage:
    """A page of the record, newest first, from below the entry `before`."""
    with store.reading() as session:
        rows = session.scalars(_query(wanted, before).limit(limit + 1)).all()
        items = tuple(map(_entry, rows[:limit]))
    return AuditPage(items=items, next=items[-1].id if len(rows) > limit else None)


def audit_lines(store: Store, wanted: AuditFilter, batch: int = 1000) -> Iterator[AuditEntry]:
    """All that is wanted, newest first; a slow reader holds nothing in the store."""
    last: int | None = None
    while True:
        page = read_audit(store, wanted, before=last, limit=batch)
        yield from page.items
        if page.next is None:
            return
        last = page.next


def _query(wanted: AuditFilter, before: int | None) -> Select[AuditRow]:
    conditions = (
        (AuditRow.who, wanted.who),
        (AuditRow.act, wanted.act),
        (AuditRow.object, wanted.what),
    )
    query = select(AuditRow).order_by(AuditRow.id.desc())
    query = query.where(*(column == value for column, value in conditions if value is not None))
    if wanted.since is not None:
        query = query.where(AuditRow.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditRow.at < wanted.until)
    return query if before is None else query.where(AuditRow.id < before)


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        kind=row.kind,
        who=row.who,
        act=row.act,
        object=row.object,
        detail=row.detail,
        address=row.address,
    )
