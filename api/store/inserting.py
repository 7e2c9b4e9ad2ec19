"""Writes many new rows at once: a statement a table, without the bookkeeping of the ORM."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Insert, Table, insert
from sqlalchemy.orm import Session

from api.store.models import Base


@dataclass(frozen=True, slots=True)
class New:
    """A row that is to be written: of which table, and its values by column.

    All rows of a table that are written at once have the same columns.
    """

    table: type[Base]
    values: dict[str, Any]


def insert_rows(session: Session, rows: Iterable[New]) -> None:
    """Write rows, after what is pending in the session, in the order that foreign keys ask for."""
    session.flush()
    by_table: dict[type[Base], list[dict[str, Any]]] = {}
    for row in rows:
        by_table.setdefault(row.table, []).append(row.values)
    connection = session.connection()
    places = _places(len(Base.metadata.tables))
    for table in sorted(by_table, key=lambda one: places[_table(one)]):
        connection.execute(_statement(table), by_table[table])


@cache
def _statement(table: type[Base]) -> Insert:
    return insert(_table(table))


@cache
def _places(_tables: int) -> dict[Table, int]:
    return {table: place for place, table in enumerate(Base.metadata.sorted_tables)}


def _table(table: type[Base]) -> Table:
    found = table.__table__
    assert isinstance(found, Table)  # noqa: S101 (each of ours is)
    return found
