"""What a worker keeps of its line to the API: orders, answers, the last good configurations.

A file of its own beside the outbox; the worker's lock on the state folder covers both.
"""

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.schema.line import ORDER, Answer, Known, NotUnderstood, Numbered
from workers.errors import StateUnusable

Order = Known | NotUnderstood

_PRAGMAS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE line (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  instance TEXT NOT NULL,           -- this state folder's own mark
  cursor INTEGER NOT NULL,          -- the last order that is on this disk
  last TEXT                         -- its id
) STRICT;
CREATE TABLE orders (
  id TEXT PRIMARY KEY,
  place INTEGER NOT NULL UNIQUE,    -- in the order in which they came
  body TEXT NOT NULL,
  done INTEGER NOT NULL DEFAULT 0,
  received_at TEXT NOT NULL
) STRICT;
CREATE TABLE answers (
  order_id TEXT PRIMARY KEY,
  place INTEGER NOT NULL UNIQUE,
  body TEXT NOT NULL,
  evidence TEXT NOT NULL,           -- JSON list of SHA-256
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try_at REAL NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE cameras (              -- the last configurations that ran, null: not ours any more
  camera_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body TEXT
) STRICT;
"""
_KEPT_ORDERS = 1000
"""So many orders that are done are remembered, to know a repeat by its id."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that is not done."""

    id: str
    order: Order


@dataclass(frozen=True, slots=True)
class Unsent:
    """An answer that the API has not taken yet."""

    order_id: str
    body: str
    evidence: tuple[str, ...]
    attempts: int


@dataclass(frozen=True, slots=True)
class Copy:
    """A configuration that last ran: a `CameraConfig` as JSON; None for a camera taken away."""

    version: int
    body: str | None


class LineStore:
    """The worker's side of the line, on disk; any thread.

    Raises:
        StateUnusable: the file cannot be written, or is not this program's.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(
                folder / "line.db", isolation_level=None, check_same_thread=False, timeout=10
            )
            self._db.executescript(_PRAGMAS)
            self._migrate()
        except sqlite3.Error as error:
            raise StateUnusable(
                f"{folder}: cannot keep the line's state here: {error}; "
                "give `state` a folder that can be written and has space left"
            ) from error

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._db.close()

    @property
    def instance(self) -> str:
        """The mark of this state folder: who comes with it is the same worker."""
        return str(self._one("SELECT instance FROM line")[0])

    def position(self) -> tuple[int, str | None]:
        """The last order that is on this disk: its number and id."""
        cursor, last = self._one("SELECT cursor, last FROM line")
        return int(cursor), last

    def go_on_after(self, cursor: int) -> None:
        """The API goes on after this number."""
        with self._transaction() as db:
            db.execute("UPDATE line SET cursor = ?", (cursor,))

    def take(self, order: Numbered) -> bool:
        """Writes an order down, once.

        Returns:
            False when an order before it is missing, or it came before: nothing was written then.

        Raises:
            sqlite3.Error: the disk is full or broken; it must not be acknowledged.
        """
        with self._transaction() as db:
            cursor = db.execute("SELECT cursor FROM line").fetchone()[0]
            if order.after != cursor or order.number <= cursor:
                return False
            db.execute(
                "INSERT INTO orders (id, place, body, received_at) "
                "VALUES (?, (SELECT coalesce(max(place), 0) + 1 FROM orders), ?, ?) "
                "ON CONFLICT (id) DO NOTHING",
                (str(order.id), order.order.model_dump_json(), datetime.now(UTC).isoformat()),
            )
            db.execute("UPDATE line SET cursor = ?, last = ?", (order.number, str(order.id)))
        return True

    def waiting(self) -> list[Waiting]:
        """The orders that are not done, in the order in which they came."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id, body FROM orders WHERE NOT done ORDER BY place"
            ).fetchall()
        return [Waiting(row[0], ORDER.validate_json(row[1])) for row in rows]

    def depths(self) -> dict[str, int]:
        """How many `orders` wait to be carried out, and `answers` to be sent."""
        orders = self._one("SELECT count(*) FROM orders WHERE NOT done")
        answers = self._one("SELECT count(*) FROM answers")
        return {"orders": int(orders[0]), "answers": int(answers[0])}

    def done(
        self, order_id: str, answer: Answer | None = None, copy: tuple[str, Copy] | None = None
    ) -> None:
        """An order is done; its answer, and the configuration that now runs, in one step.

        Its id is remembered; what it said is not, for there may be passwords in it.

        Args:
            order_id: which.
            answer: for the API; None where none is wanted.
            copy: a camera's id and what runs there now, or that it is no longer ours.
        """
        with self._transaction() as db:
            db.execute("UPDATE orders SET done = 1, body = '' WHERE id = ?", (order_id,))
            if answer is not None:
                evidence = json.dumps([file.sha256 for file in answer.evidence])
                db.execute(
                    "INSERT INTO answers (order_id, place, body, evidence) VALUES "
                    "(?, (SELECT coalesce(max(place), 0) + 1 FROM answers), ?, ?) "
                    "ON CONFLICT (order_id) DO NOTHING",
                    (order_id, answer.model_dump_json(), evidence),
                )
            if copy is not None:
                _keep(db, *copy)
            db.execute(
                "DELETE FROM orders WHERE done AND place <= (SELECT max(place) FROM orders) - ?",
                (_KEPT_ORDERS,),
            )

    def runs(self, copies: Sequence[tuple[str, Copy]]) -> None:
        """These configurations run: the API has taken them over from this worker's file."""
        with self._transaction() as db:
            for camera_id, copy in copies:
                _keep(db, camera_id, copy)

    def copies(self) -> dict[str, Copy]:
        """The last good configuration of each camera, by its id."""
        with self._lock:
            rows = self._db.execute("SELECT camera_id, version, body FROM cameras").fetchall()
        return {row[0]: Copy(row[1], row[2]) for row in rows}

    def unsent(self, now: float) -> Unsent | None:
        """The oldest answer that is due; `now` is in seconds since the epoch."""
        with self._lock:
            row = self._db.execute(
                "SELECT order_id, body, evidence, attempts FROM answers "
                "WHERE next_try_at <= ? ORDER BY place LIMIT 1",
                (now,),
            ).fetchone()
        return None if row is None else Unsent(row[0], row[1], tuple(json.loads(row[2])), row[3])

    def sent(self, order_id: str) -> None:
        """The API has taken an answer, or will never take it."""
        with self._transaction() as db:
            db.execute("DELETE FROM answers WHERE order_id = ?", (order_id,))

    def postpone(self, order_id: str, until: float) -> None:
        """An answer could not be sent; `until` is in seconds since the epoch."""
        with self._transaction() as db:
            db.execute(
                "UPDATE answers SET attempts = attempts + 1, next_try_at = ? WHERE order_id = ?",
                (until, order_id),
            )

    def cited_evidence(self) -> set[str]:
        """SHA-256 of each file that an unsent answer brings."""
        with self._lock:
            rows = self._db.execute("SELECT evidence FROM answers").fetchall()
        return {sha256 for row in rows for sha256 in json.loads(row[0])}

    def _one(self, query: str) -> tuple[str, ...]:
        with self._lock:
            row: tuple[str, ...] = self._db.execute(query).fetchone()
        return row

    def _migrate(self) -> None:
        with self._transaction() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version == _SCHEMA_VERSION:
                return
            if version != 0:
                raise sqlite3.DatabaseError(
                    f"line.db has schema {version}, this program knows {_SCHEMA_VERSION}"
                )
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            db.execute("INSERT INTO line VALUES (1, ?, 0, NULL)", (uuid.uuid4().hex,))
            db.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


def _keep(db: sqlite3.Connection, camera_id: str, copy: Copy) -> None:
    db.execute(
        "INSERT INTO cameras VALUES (?, ?, ?) ON CONFLICT (camera_id) "
        "DO UPDATE SET version = excluded.version, body = excluded.body",
        (camera_id, copy.version, copy.body),
    )
