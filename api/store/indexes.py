"""What is looked up by place for every case, kept in memory and made anew when it has changed.

Every write of such a table takes the next number of its revision in the same transaction, so
that each process, and each reader within its own transaction, knows whether what it has is what
the tables say.
"""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

from api.store.engine import take_number
from api.store.models import CounterRow

T = TypeVar("T")


def revision(session: Session, name: str) -> int:
    """How often what goes by this name was changed."""
    query = select(CounterRow.value).where(CounterRow.name == f"revision {name}")
    return session.scalar(query) or 0


def changed(session: Session, name: str) -> None:
    """Say, in the transaction that changes it, that it has changed."""
    take_number(session, f"revision {name}")


class Index(Generic[T]):
    """Something made of a whole table, made again only when the table has changed.

    Args:
        name: of the revision.
        make: reads the table in a session.
    """

    def __init__(self, name: str, make: Callable[[Session], T]) -> None:
        self._name = name
        self._make = make
        self._lock = threading.Lock()
        # By pool, which all of a store's connections share and no other store does.
        self._kept: WeakKeyDictionary[Pool, tuple[int, T]] = WeakKeyDictionary()

    def of(self, session: Session) -> T:
        """As it is in this transaction."""
        pool = pool_of(session)
        now = revision(session, self._name)
        with self._lock:
            kept = self._kept.get(pool)
        if kept is not None and kept[0] == now:
            return kept[1]
        made = self._make(session)
        with self._lock:
            self._kept[pool] = (now, made)
        return made


def pool_of(session: Session) -> Pool:
    """What a store's connections share, and no other store's do."""
    bind: Any = session.get_bind()
    pool: Pool = bind.engine.pool
    return pool
