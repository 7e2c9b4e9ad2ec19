"""A seeded SQLite store, copied into an empty database of PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import sqlalchemy as sa
from rich.console import Console
from rich.progress import track

from api.settings import Settings
from api.store.engine import open_store
from api.store.migrate import upgrade
from api.store.models import Base

_LINES = 20_000


def fill(source: Path, url: str, say: Console) -> None:
    """Make the tables, and copy every row into them.

    Raises:
        SystemExit: the database has tables already.
    """
    store = open_store(Settings(source.parent, (), database_url=url))
    try:
        if sa.inspect(store.engine).get_table_names():
            raise SystemExit("the database has tables already; give an empty one")
        upgrade(store)
    finally:
        store.engine.dispose()
    with sqlite3.connect(source) as rows, psycopg.connect(url) as database:
        database.execute("SET timezone = 'UTC'")
        # Keys are checked as they stand in the file, and indexes are made faster afterwards.
        database.execute("SET session_replication_role = replica")
        indexes = database.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
            "AND indexname LIKE 'ix_%'"
        ).fetchall()
        for name, _ in indexes:
            database.execute(f'DROP INDEX "{name}"'.encode())
        for table in track(Base.metadata.sorted_tables, "copying into PostgreSQL", console=say):
            _copy(rows, database, table)
        for _, making in indexes:
            database.execute(making.encode())
        database.commit()
        database.autocommit = True
        database.execute("VACUUM ANALYZE")
    rows.close()


def _copy(rows: sqlite3.Connection, database: psycopg.Connection, table: sa.Table) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    database.execute(f"DELETE FROM {table.name}".encode())  # noqa: S608 (our own names)
    with database.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN".encode()) as into:
        for piece in _lines(rows, table):
            into.write(piece)
    key = table.columns.get("id")
    if key is not None and isinstance(key.type, sa.Integer) and key.autoincrement is not False:
        database.execute(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) "  # noqa: S608
            f"FROM {table.name}".encode()
        )


def _lines(rows: sqlite3.Connection, table: sa.Table) -> Iterator[bytes]:
    """A table's rows in the text format of COPY, put together by SQLite."""
    cells = " || char(9) || ".join(
        f"coalesce(replace(replace(\"{column.name}\", '\\', '\\\\'), char(10), '\\n'), '\\N')"
        for column in table.columns
    )
    found = rows.execute(f"SELECT {cells} FROM {table.name}")  # noqa: S608
    while lines := found.fetchmany(_LINES):
        yield ("\n".join(line for (line,) in lines) + "\n").encode()
