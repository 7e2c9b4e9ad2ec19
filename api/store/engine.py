"""Connections and transactions, on SQLite and past it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import tenacity
from sqlalchemy import Connection, Engine, create_engine, event, update
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import ConnectionPoolEntry

import api.store.component_tables
import api.store.life_tables  # (the mapper must know of what models.py relates to)
import api.store.merge_tables  # noqa: F401
from api.settings import Settings
from api.store.groups import GroupCommit, Writing
from api.store.models import CounterRow

retry_on_clash = tenacity.retry(
    retry=tenacity.retry_if_exception_type((IntegrityError, StaleDataError)),
    stop=tenacity.stop_after_attempt(10),
    wait=tenacity.wait_random(0, 0.05),
    reraise=True,
)
"""For a whole transaction: another one was first with the same key, so look again."""


_BUSY_S = 15

_while_locked = tenacity.Retrying(
    retry=tenacity.retry_if_exception_type(sqlite3.OperationalError),
    stop=tenacity.stop_after_delay(_BUSY_S),
    wait=tenacity.wait_random(0.01, 0.1),
    reraise=True,
)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Store:
    """The way to the tables.

    Attributes:
        engine: the connections.
        groups: commits for many at once; None where the database does so itself.
    """

    engine: Engine
    groups: GroupCommit | None = field(default=None, repr=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment of the store and changes nothing."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction: committed at the end of the block, undone by any exception."""
        with Writing(self.engine.execution_options(writes=True)) as session, session.begin():
            yield session

    def write(self, work: Callable[[Session], T]) -> T:
        """Do a piece of work in a transaction, on SQLite together with what others write.

        Returns once it is on disk. The way for what comes often; `work` may be called twice, so
        all that it does must be in its session.

        Raises:
            Exception: whatever the work raises; nothing of it is kept then.
        """
        if self.groups is not None:
            return self.groups.write(work)
        with self.writing() as session:
            return work(session)


def open_store(settings: Settings) -> Store:
    """Connect to the store named by the settings; tables come from `api.store.migrate`."""
    engine = create_engine(settings.url, pool_size=10, max_overflow=40, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return Store(engine, GroupCommit(engine))
    return Store(engine)


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # Python's driver must not open transactions by itself: `_begin_sqlite` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_S * 1000}")
    # The first switch to WAL needs the file alone, and does not heed the busy timeout.
    for attempt in _while_locked.copy():
        with attempt:
            cursor.execute("PRAGMA journal_mode = WAL")
    # An acknowledged report must outlive a power cut: NORMAL would let the last commits go.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its place in the queue at once: one that starts as a reader is refused,
    # without waiting, when another has written in between.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def take_number(session: Session, counter: str) -> int:
    """The counter's next number, from 1; held until the transaction ends.

    The row stays locked until then, so that numbers are handed out in the order of commits
    and a transaction that fails gives its number back.
    """
    taken = session.scalar(
        update(CounterRow)
        .where(CounterRow.name == counter)
        .values(value=CounterRow.value + 1)
        .returning(CounterRow.value)
        .execution_options(synchronize_session=False)
    )
    if taken is not None:
        return taken
    session.add(CounterRow(name=counter, value=1))
    session.flush()
    return 1
