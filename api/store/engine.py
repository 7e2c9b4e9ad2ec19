"""Connections and transactions, on SQLite and past it."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TypeVar

import tenacity
from sqlalchemy import Connection, Engine, bindparam, create_engine, event, insert, update
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import ConnectionPoolEntry

import api.store.component_tables
import api.store.life_tables  # (the mapper must know of what models.py relates to)
import api.store.merge_tables  # noqa: F401
from api.errors import SettingsInvalid, StoreAway
from api.settings import DATABASE_URL, Settings
from api.store.groups import GroupCommit, Together, Writing, settle
from api.store.models import CounterRow
from api.vault import Vault

retry_on_clash = tenacity.retry(
    retry=tenacity.retry_if_exception_type((IntegrityError, StaleDataError)),
    stop=tenacity.stop_after_attempt(10),
    wait=tenacity.wait_random(0, 0.05),
    reraise=True,
)
"""For a whole transaction: another one was first with the same key, so look again."""


_BUSY_S = 15

_LOG_PAGES = 8000
"""So many pages (of 4 KiB) are written to the log before they are moved to the file itself.

A report is some twenty of them, the same ones for the most part as those of its neighbours: moved
seldom, each is moved once for many, and fewer writers wait for it."""

_while_locked = tenacity.Retrying(
    retry=tenacity.retry_if_exception_type(sqlite3.OperationalError),
    stop=tenacity.stop_after_delay(_BUSY_S),
    wait=tenacity.wait_random(0.01, 0.1),
    reraise=True,
)


T = TypeVar("T")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Store:
    """The way to the tables.

    Attributes:
        engine: the connections.
        vault: opens the secrets that are kept in the tables.
        groups: commits for many at once; None where the database does so itself.
    """

    engine: Engine
    vault: Vault = field(repr=False)
    groups: GroupCommit | None = field(default=None, repr=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment of the store and changes nothing."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction: committed at the end of the block, undone by any exception."""
        turn = nullcontext() if self.groups is None else self.groups.turn()
        engine = self.engine.execution_options(writes=True)
        with turn, Writing(engine) as session, session.begin():
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

    def coming(self) -> AbstractContextManager[None]:
        """While something is made ready that `write_among` will be asked to do."""
        return nullcontext() if self.groups is None else self.groups.coming()

    def write_among(self, work: Together[Item, T], item: Item) -> Future[T]:
        """Do work on an item: on SQLite in one go with what others want of the same work.

        PostgreSQL groups commits by itself, and holds row locks that others would wait for: there
        it is done on return.

        Returns:
            What is to come, once it is on disk: what the work gives for the item, or what it
            raises; then nothing is kept of it.
        """
        if self.groups is not None:
            return self.groups.write_among(work, item)
        future: Future[T] = Future()
        settle(future, self._done_alone(work, item))
        return future

    @retry_on_clash
    def _done_alone(self, work: Together[Item, T], item: Item) -> T | Exception:
        with self.writing() as session:
            (result,) = work(session, [item])
        return result


def open_store(settings: Settings) -> Store:
    """Connect to the store named by the settings; tables come from `api.store.migrate`.

    Raises:
        SettingsInvalid: the database's driver is not installed.
    """
    # A file does not go away between two questions; a server may.
    ping = not settings.url.startswith("sqlite")
    try:
        engine = create_engine(settings.url, pool_size=10, max_overflow=40, pool_pre_ping=ping)
    except ImportError as error:
        raise SettingsInvalid(
            f"database_url ({DATABASE_URL}): the database's driver is not installed ({error}); "
            f"install the `postgres` extra: {sys.executable} -m pip install 'psycopg[binary]>=3.2'"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return Store(engine, Vault.of(settings), GroupCommit(engine))
    return Store(engine, Vault.of(settings))


def check_reached(store: Store) -> None:
    """See that a database which is not a file answers.

    Raises:
        StoreAway: it does not.
    """
    if store.engine.dialect.name == "sqlite":
        return
    try:
        store.engine.connect().close()
    except OperationalError as error:
        raise StoreAway(f"database_url ({DATABASE_URL}): {error.orig}") from error


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
    cursor.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its place in the queue at once: one that starts as a reader is refused,
    # without waiting, when another has written in between.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


_counters = CounterRow.__table__
_TAKE = (
    update(CounterRow)
    .where(_counters.c.name == bindparam("counter"))
    .values(value=_counters.c.value + bindparam("many"))
    .returning(_counters.c.value)
)
_BEGIN_COUNTER = insert(CounterRow)


def take_number(session: Session, counter: str) -> int:
    """The counter's next number, from 1; held until the transaction ends.

    The row stays locked until then, so that numbers are handed out in the order of commits
    and a transaction that fails gives its number back.
    """
    return take_numbers(session, counter, 1)[0]


def take_numbers(session: Session, counter: str, many: int) -> range:
    """So many numbers of a counter, that follow each other; held likewise."""
    connection = session.connection()
    taken: int | None = connection.scalar(_TAKE, {"counter": counter, "many": many})
    if taken is None:
        connection.execute(_BEGIN_COUNTER, {"name": counter, "value": many})
        taken = many
    return range(taken - many + 1, taken + 1)
