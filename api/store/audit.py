"""The record of who saw and did what; it only grows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
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


def read_audit(
    store: Store,
    *,
    who: str | None = None,
    act: str | None = None,
    what: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> AuditPage:
    """A page of the record, newest first, from below the entry `before`."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit + 1)
    if who is not None:
        query = query.where(AuditRow.who == who)
    if act is not None:
        query = query.where(AuditRow.act == act)
    if what is not None:
        query = query.where(AuditRow.object == what)
    if before is not None:
        query = query.where(AuditRow.id < before)
    with store.reading() as session:
        rows = session.scalars(query).all()
        items = tuple(
            AuditEntry(
                id=row.id,
                at=row.at,
                kind=row.kind,
                who=row.who,
                act=row.act,
                object=row.object,
                detail=row.detail,
                address=row.address,
            )
            for row in rows[:limit]
        )
    return AuditPage(items=items, next=items[-1].id if len(rows) > limit else None)
