"""Many cases out of a few: the rows of each pattern, with other ids, times, places and people.

The rows of a pattern are kept in a table of their own beside the table that they are from, with
marks such as `{number}` where a case has something of its own, and times as seconds after filing.
One INSERT a table then makes the rows of all cases at once, inside SQLite.
"""

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from api.store.models import Base
from api.store.moments import UtcDateTime

Row = list[Any]
_NOT_COPIED = frozenset({"evidence_chain"})
"""A link holds the hash of the one before; no list, filter or detail of a case reads it."""
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|\+00:00)")
_MARK = re.compile(r"\{(\w+)\}")
_BY_PARENT = {"notice_tries": ("notice_id", "notices")}
"""Tables whose rows belong to a row that belongs to a case."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """The rows of one case, by table, in the order of their ids."""

    rows: Mapping[str, tuple[Row, ...]]


def tables() -> list[sa.Table]:
    """Those that hold something of a case, parents first."""
    return [
        table
        for table in Base.metadata.sorted_tables
        if table.name not in _NOT_COPIED
        and (
            table.name in ("cases", *_BY_PARENT)
            or {"case_id", "violation_id"} & set(table.columns.keys())
        )
    ]


def numbered(table: sa.Table) -> bool:
    """Whether its rows have numbers of their own that nothing else gives."""
    return table.name != "cases" and "id" in table.columns


def read_pattern(
    database: sqlite3.Connection,
    case_id: int,
    violations: Sequence[str],
    filed_at: datetime,
    marks: Mapping[str, str],
) -> Pattern:
    """The rows of a case as they stand now, with marks for what is its own.

    Args:
        violations: the ids of its witnesses, 32 hexadecimal digits each.
        marks: what to find in texts, longest first, and the mark to put there.
    """
    rows: dict[str, tuple[Row, ...]] = {}
    ranks: dict[str, dict[int, int]] = {}
    for table in tables():
        found = _owned(database, table, case_id, violations, ranks)
        if numbered(table):
            at = table.columns.keys().index("id")
            ranks[table.name] = {row[at]: rank for rank, row in enumerate(found)}
        rows[table.name] = tuple(
            [
                _marked(column, value, ranks, filed_at, marks)
                for column, value in zip(table.columns, row, strict=True)
            ]
            for row in found
        )
    return Pattern(rows)


def _owned(
    database: sqlite3.Connection,
    table: sa.Table,
    case_id: int,
    violations: Sequence[str],
    ranks: Mapping[str, Mapping[int, int]],
) -> list[Row]:
    owners: dict[str, Sequence[Any]] = {"case_id": [case_id], "violation_id": violations}
    if table.name == "cases":
        owners = {"id": [case_id]}
    elif table.name in _BY_PARENT:
        column, parent = _BY_PARENT[table.name]
        owners = {column: list(ranks[parent])}
    # Where the case is named, it says enough: a witness is a row of both.
    name = next(name for name in owners if name in table.columns)
    values = owners[name]
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    where = f"{name} IN ({', '.join('?' * len(values))})"
    order = "id" if "id" in table.columns else "rowid"
    query = f"SELECT {columns} FROM {table.name} WHERE {where} ORDER BY {order}"  # noqa: S608
    return [list(row) for row in database.execute(query, list(values))]


def _marked(
    column: sa.Column[Any],
    value: Any,
    ranks: Mapping[str, Mapping[int, int]],
    filed_at: datetime,
    marks: Mapping[str, str],
) -> Any:
    if value is None:
        return None
    if isinstance(column.type, UtcDateTime):
        moment = datetime.fromisoformat(value).replace(tzinfo=UTC)
        return round((moment - filed_at).total_seconds())
    for key in column.foreign_keys:
        if key.column.table.name in ranks and key.column.name == "id":
            return ranks[key.column.table.name][value]
    if not isinstance(value, str):
        return value

    def shifted(match: re.Match[str]) -> str:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}+00:00")
        seconds = round((moment - filed_at).total_seconds())
        return f"{{at{seconds}}}".replace("-", "_")

    text = _TIME.sub(shifted, value)
    for old, mark in marks.items():
        text = text.replace(old, mark)
    return text


class Multiplier:
    """Makes cases in an open SQLite file.

    Args:
        patterns: what to make them of; a case names its own by its place here.
        columns: of what each case has of its own, by name: SQL type. `case_id`, `pattern`, `at`
            (seconds since 1970) and `micros` (`.123456`) must be among them.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        patterns: Sequence[Pattern],
        columns: Mapping[str, str],
    ) -> None:
        self._database = database
        self._tables = tables()
        self._numbered = [table.name for table in self._tables if numbered(table)]
        self._counts = {
            name: np.array([len(pattern.rows[name]) for pattern in patterns])
            for name in self._numbered
        }
        self._next = {name: self._newest(name) + 1 for name in self._numbered}
        self._columns = list(columns)
        firsts = {f"first_{name}": "INTEGER" for name in self._numbered}
        own = ", ".join(f"{name} {kind}" for name, kind in {**columns, **firsts}.items())
        database.execute(f"CREATE TEMP TABLE new ({own})")
        self._inserts = [self._prepare(table, patterns) for table in self._tables]

    @property
    def last_event(self) -> int:
        """The number of the newest event."""
        return self._next["events"] - 1

    def make(self, cases: Sequence[tuple[Any, ...]]) -> None:
        """Make cases; each is a tuple of the columns' values, in order of `case_id`."""
        pattern = np.array([case[self._columns.index("pattern")] for case in cases])
        firsts = []
        for name in self._numbered:
            counts = self._counts[name][pattern]
            ends = np.cumsum(counts)
            firsts.append((self._next[name] + ends - counts).tolist())
            self._next[name] += int(ends[-1])
        rows = [
            (*case, *first) for case, first in zip(cases, zip(*firsts, strict=True), strict=True)
        ]
        marks = ", ".join("?" * len(rows[0]))
        self._database.execute("DELETE FROM new")
        self._database.executemany(f"INSERT INTO new VALUES ({marks})", rows)  # noqa: S608
        for insert in self._inserts:
            self._database.execute(insert)
        self._database.commit()

    def _newest(self, table: str) -> int:
        (newest,) = self._database.execute(f"SELECT max(id) FROM {table}").fetchone()  # noqa: S608
        return int(newest or 0)

    def _prepare(self, table: sa.Table, patterns: Sequence[Pattern]) -> str:
        """Keep a table's rows of all patterns; returns the statement that multiplies them."""
        keys = [(number, rank) for number, pattern in enumerate(patterns)
                for rank in range(len(pattern.rows[table.name]))]  # fmt: skip
        rows = [row for pattern in patterns for row in pattern.rows[table.name]]
        columns: dict[str, list[Any]] = {
            "pattern": [key[0] for key in keys],
            "rank": [key[1] for key in keys],
        }
        values = []
        for index, column in enumerate(table.columns):
            kept = [row[index] for row in rows]
            value = self._value(table, column)
            if value is None:
                columns[column.name], columns[f"form of {column.name}"], value = _forms(
                    column.name, kept
                )
            else:
                columns[column.name] = kept
            values.append(value)
        kept_in = f"pattern_{table.name}"
        # Keys without a type would not be looked up by whole numbers.
        types = {"pattern": "INTEGER", "rank": "INTEGER"}
        names = ", ".join(f'"{name}" {types.get(name, "")}' for name in columns)
        self._database.execute(
            f"CREATE TEMP TABLE {kept_in} ({names}, PRIMARY KEY (pattern, rank)) WITHOUT ROWID"
        )
        marks = ", ".join("?" * len(columns))
        self._database.executemany(
            f"INSERT INTO {kept_in} VALUES ({marks})",  # noqa: S608
            zip(*columns.values(), strict=True),
        )
        own = ", ".join(f'"{column.name}"' for column in table.columns)
        return (
            f"INSERT INTO {table.name} ({own}) SELECT {', '.join(values)} "  # noqa: S608
            f"FROM new CROSS JOIN {kept_in} AS p ON p.pattern = new.pattern "
            "ORDER BY new.rowid, p.rank"
        )

    def _value(self, table: sa.Table, column: sa.Column[Any]) -> str | None:
        """The SQL of a column's value in a new row; None where it goes by its marks."""
        if table.name == "cases" and column.name in ("id", *self._columns):
            own = "case_id" if column.name == "id" else column.name
            return f'new."{own}"'
        if column.name == "id" and table.name in self._numbered:
            return f"new.first_{table.name} + p.rank"
        if column.name == "case_id":
            return "new.case_id"
        for key in column.foreign_keys:
            if key.column.table.name in self._numbered and key.column.name == "id":
                return f'new.first_{key.column.table.name} + p."{column.name}"'
        if isinstance(column.type, UtcDateTime):
            at = f'new.at + p."{column.name}"'
            return f"strftime('%Y-%m-%d %H:%M:%S', {at}, 'unixepoch') || new.micros"
        return None


def _forms(name: str, values: Sequence[Any]) -> tuple[list[Any], list[int], str]:
    """Values with `%s` for each mark; which form of `printf` each takes; the SQL that chooses it.

    One pass over a text, where `replace` would take one a mark.
    """
    forms: dict[tuple[str, ...], int] = {(): 0}
    kept, chosen = [], []
    for value in values:
        marks = tuple(_MARK.findall(value)) if isinstance(value, str) else ()
        chosen.append(forms.setdefault(marks, len(forms)))
        kept.append(_MARK.sub("%s", value.replace("%", "%%")) if marks else value)
    old = f'p."{name}"'
    if len(forms) == 1:
        return kept, chosen, old
    cases = [
        f"WHEN {form} THEN printf({old}, {', '.join(map(_own, marks))})"
        for marks, form in forms.items()
        if marks
    ]
    return kept, chosen, f'CASE p."form of {name}" {" ".join(cases)} ELSE {old} END'


def _own(mark: str) -> str:
    time = re.fullmatch(r"at(_?\d+)", mark)
    if time is None:
        return f"new.{mark}"
    seconds = time[1].replace("_", "-")
    return f"strftime('%Y-%m-%dT%H:%M:%SZ', new.at + {seconds}, 'unixepoch')"


def in_json(text: str) -> str:
    """As a text stands in JSON, without the quotes."""
    return json.dumps(text)[1:-1]
