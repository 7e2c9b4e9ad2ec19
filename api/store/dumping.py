"""The database as one file, as it stands at one moment, on SQLite and on PostgreSQL."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from api.errors import ApiError
from api.manifest import GENESIS
from api.settings import SQLITE_FILE, Settings
from api.store.chain import Head
from api.store.chain_tables import LinkRow
from api.store.citing import cited_files
from api.store.engine import Store, check_reached, open_store
from api.store.migrate import current_revision


class DumpFailed(ApiError):
    """The database cannot be written to a file, or read from one."""


@dataclass(frozen=True, slots=True)
class Dumped:
    """What the file holds."""

    engine: str
    revision: str
    head: Head
    cited: frozenset[str]


def dump(settings: Settings, target: Path) -> Dumped:
    """Write the database to a file while it is in use.

    Raises:
        DumpFailed: pg_dump is missing or fails.
        StoreAway: the database does not answer.
    """
    if settings.sqlite_file is not None:
        return _dump_sqlite(settings, settings.sqlite_file, target)
    store = open_store(settings)
    try:
        check_reached(store)
        with store.engine.connect() as connection:
            options = {"isolation_level": "REPEATABLE READ"}
            session = Session(connection.execution_options(**options))
            # pg_dump sees the very moment that this transaction sees.
            snapshot = session.scalar(text("SELECT pg_export_snapshot()"))
            wanted = ["--format=custom", f"--snapshot={snapshot}", f"--file={target}"]
            _run(settings, "pg_dump", wanted)
            return _described(session, "postgresql")
    finally:
        store.engine.dispose()


def _dump_sqlite(settings: Settings, source: Path, target: Path) -> Dumped:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        # In one step: writers go on meanwhile, and the copy is of one moment.
        live.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE")
    target.chmod(0o600)
    store = open_store(replace(settings, database_url=f"sqlite:///{target}"))
    try:
        with store.reading() as session:
            dumped = _described(session, "sqlite")
    finally:
        store.engine.dispose()
    with closing(sqlite3.connect(target)) as copy:
        # Opening it as a store has put it into WAL mode: one file again.
        copy.execute("PRAGMA journal_mode = DELETE")
    return dumped


def _described(session: Session, engine: str) -> Dumped:
    revision = current_revision(session.connection())
    if revision is None:
        raise DumpFailed("the database has no tables: nothing was ever served from it")
    newest = session.scalar(select(LinkRow).order_by(LinkRow.number.desc()).limit(1))
    head = Head(0, GENESIS) if newest is None else Head(newest.number, newest.hash)
    return Dumped(engine, revision, head, frozenset(cited_files(session)))


def load(settings: Settings, source: Path, folder: Path) -> None:
    """Make the database of a file that `dump` wrote.

    Args:
        settings: of the server to be.
        source: the file.
        folder: where the server's SQLite file goes.

    Raises:
        DumpFailed: pg_restore is missing or fails; the database is as it was.
    """
    if settings.is_sqlite:
        place = folder / SQLITE_FILE
        shutil.copyfile(source, place)
        place.chmod(0o600)
        return
    wanted = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    _run(settings, "pg_restore", [*wanted, str(source)])


def is_empty(settings: Settings) -> bool:
    """Whether a database has no tables."""
    store: Store = open_store(settings)
    try:
        return not inspect(store.engine).get_table_names()
    finally:
        store.engine.dispose()


def _run(settings: Settings, program: str, arguments: list[str]) -> None:
    url = make_url(settings.url)
    found = shutil.which(program) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))[::-1]),
        None,
    )
    if found is None:
        raise DumpFailed(f"{program} is not installed; apt-get install postgresql-client")
    # The password goes by the environment: arguments can be read by everyone on the machine.
    environment = {
        "PGHOST": url.host or "",
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.username or "",
        "PGPASSWORD": url.password or "",
        "PGDATABASE": url.database or "",
    }
    target = [f"--dbname={url.database}"] if program == "pg_restore" else []
    done = subprocess.run(
        [found, *arguments[:-1], *target, arguments[-1]],
        env={name: value for name, value in environment.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise DumpFailed(f"{program} failed: {done.stderr.strip()}")
