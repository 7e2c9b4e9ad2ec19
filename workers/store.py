"""What a worker must not forget: the state of each camera and the outbox, in one SQLite file.

A camera's state and the messages that follow from it are written in one transaction, so a
worker that is killed anywhere goes on with the same violation and files nothing twice.
"""

import fcntl
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from workers.errors import StateInUse, StateUnusable
from workers.messages import Counts, Draft, FirstSight, Message

_PRAGMAS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE camera_state (
  camera_id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  violation_id TEXT NOT NULL,
  number INTEGER NOT NULL,          -- 0 is the report, 1.. are its sightings
  body TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('waiting', 'sent', 'rejected')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try_at REAL NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  finished_at TEXT,
  answer TEXT NOT NULL DEFAULT '',
  UNIQUE (violation_id, number)
) STRICT;
CREATE INDEX outbox_waiting ON outbox (next_try_at) WHERE status = 'waiting';
CREATE TABLE evidence (
  outbox_id INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (outbox_id, sha256)
) STRICT;
CREATE INDEX evidence_sha256 ON evidence (sha256);
CREATE TABLE first_sight (            -- pictures of candidates: reported once confirmed
  violation_id TEXT PRIMARY KEY,
  camera_id TEXT NOT NULL,
  picture TEXT NOT NULL,
  sha256 TEXT NOT NULL
) STRICT;
"""


class Store:
    """The worker's SQLite file; one process at a time, any thread.

    Raises:
        StateInUse: another process holds the same folder.
        StateUnusable: the folder cannot be written, or the file is not this program's.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        with ExitStack() as undo:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                self._held = undo.enter_context(_hold(folder / "lock"))
                self._db = sqlite3.connect(
                    folder / "worker.db", isolation_level=None, check_same_thread=False, timeout=10
                )
                undo.callback(self._db.close)
                self._db.executescript(_PRAGMAS)
                self._migrate()
            except (OSError, sqlite3.Error) as error:
                raise StateUnusable(
                    f"{folder}: cannot keep the worker's state here: {error}; "
                    "give `state` a folder that can be written and has space left"
                ) from error
            undo.pop_all()

    def close(self) -> None:
        """Closes the file and lets another process have the folder."""
        with self._lock:
            self._db.close()
            self._held.close()

    def state_of(self, camera_id: str) -> str | None:
        """The state last saved for a camera, as the JSON that was given, or None."""
        with self._lock:
            row = self._db.execute(
                "SELECT state FROM camera_state WHERE camera_id = ?", (camera_id,)
            ).fetchone()
        return None if row is None else str(row[0])

    def save(
        self,
        camera_id: str,
        state: str,
        drafts: Sequence[Draft] = (),
        first_sights: Sequence[FirstSight] = (),
    ) -> None:
        """Writes a camera's state and what follows from it, all or nothing.

        A report that is there already is left as it is: it was born with this same state.
        Pictures of candidates that the state no longer knows are forgotten.

        Raises:
            sqlite3.Error: the disk is full or broken; nothing was changed.
        """
        now = _stamp()
        with self._transaction() as db:
            db.execute(
                "INSERT INTO camera_state VALUES (?, ?, ?) ON CONFLICT (camera_id) "
                "DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at",
                (camera_id, state, now),
            )
            for draft in drafts:
                _insert(db, draft, now)
            db.executemany(
                "INSERT OR IGNORE INTO first_sight VALUES (?, ?, ?, ?)",
                [(s.violation_id, camera_id, s.picture, s.sha256) for s in first_sights],
            )
            db.execute(
                "DELETE FROM first_sight WHERE camera_id = ? AND instr(?, violation_id) = 0",
                (camera_id, state),
            )

    def first_sight_of(self, violation_id: str) -> str | None:
        """The picture of a violation's first sight, as the JSON that was given, or None."""
        with self._lock:
            row = self._db.execute(
                "SELECT picture FROM first_sight WHERE violation_id = ?", (violation_id,)
            ).fetchone()
        return None if row is None else str(row[0])

    def report_of(self, violation_id: str) -> str | None:
        """The body of a violation's report, sent or not, or None."""
        with self._lock:
            row = self._db.execute(
                "SELECT body FROM outbox WHERE violation_id = ? AND number = 0", (violation_id,)
            ).fetchone()
        return None if row is None else str(row[0])

    def due(self, now: float) -> Message | None:
        """The oldest message that may be sent: due, and with all before it in its violation sent.

        Args:
            now: seconds since the epoch.
        """
        with self._lock:
            row = self._db.execute(
                "SELECT id, violation_id, number, body, attempts FROM outbox AS m "
                "WHERE status = 'waiting' AND next_try_at <= ? AND NOT EXISTS ("
                "  SELECT 1 FROM outbox AS earlier WHERE earlier.violation_id = m.violation_id"
                "  AND earlier.number < m.number AND earlier.status <> 'sent') "
                "ORDER BY id LIMIT 1",
                (now,),
            ).fetchone()
        return None if row is None else Message(*row)

    def sent(self, message: Message, answer: str) -> None:
        """The API has acknowledged the message."""
        self._finish(message, "sent", answer)

    def rejected(self, message: Message, answer: str) -> None:
        """The API has refused the message for good; it is kept, for a person to look at."""
        self._finish(message, "rejected", answer)

    def postpone(self, message: Message, until: float, answer: str) -> None:
        """The message could not be sent now; `until` is in seconds since the epoch."""
        with self._transaction() as db:
            db.execute(
                "UPDATE outbox SET attempts = attempts + 1, next_try_at = ?, answer = ? "
                "WHERE id = ?",
                (until, answer, message.id),
            )

    def send_report_again(self, violation_id: str) -> None:
        """The API has lost a violation (an older backup came back): report it once more."""
        with self._transaction() as db:
            db.execute(
                "UPDATE outbox SET status = 'waiting', next_try_at = 0, finished_at = NULL "
                "WHERE violation_id = ? AND number = 0",
                (violation_id,),
            )

    def retry_rejected(self) -> int:
        """Puts all refused messages back in the queue; returns how many."""
        with self._transaction() as db:
            return db.execute(
                "UPDATE outbox SET status = 'waiting', next_try_at = 0, attempts = 0, "
                "finished_at = NULL WHERE status = 'rejected'"
            ).rowcount

    def counts(self) -> Counts:
        """How many messages there are, by status."""
        with self._lock:
            rows = self._db.execute("SELECT status, count(*) FROM outbox GROUP BY status")
            by_status = dict(rows.fetchall())
        return Counts(*(by_status.get(name, 0) for name in ("waiting", "sent", "rejected")))

    def refused(self) -> list[tuple[Message, str]]:
        """The messages that the API has refused, oldest first, each with its answer."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id, violation_id, number, body, attempts, answer FROM outbox "
                "WHERE status = 'rejected' ORDER BY id"
            ).fetchall()
        return [(Message(*row[:5]), str(row[5])) for row in rows]

    def forget_sent(self, before: datetime) -> None:
        """Drops acknowledged violations whose last message was acknowledged before a time.

        A violation that has anything waiting or refused, or is still open, keeps its report.
        """
        with self._transaction() as db:
            db.execute(
                "DELETE FROM outbox WHERE violation_id IN ("
                "  SELECT violation_id FROM outbox GROUP BY violation_id"
                "  HAVING min(status = 'sent') AND max(finished_at) < ?) "
                "AND NOT EXISTS (SELECT 1 FROM camera_state"
                "  WHERE instr(state, outbox.violation_id) > 0)",
                (before.isoformat(),),
            )

    def cited_evidence(self) -> set[str]:
        """SHA-256 of each file that a message cites, or may cite once a candidate is confirmed."""
        with self._lock:
            rows = self._db.execute(
                "SELECT sha256 FROM evidence UNION SELECT sha256 FROM first_sight"
            )
            return {row[0] for row in rows}

    def _finish(self, message: Message, status: str, answer: str) -> None:
        with self._transaction() as db:
            db.execute(
                "UPDATE outbox SET status = ?, answer = ?, finished_at = ?, "
                "attempts = attempts + 1 WHERE id = ?",
                (status, answer, _stamp(), message.id),
            )

    def _migrate(self) -> None:
        with self._transaction() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version == _SCHEMA_VERSION:
                return
            if version != 0:
                raise sqlite3.DatabaseError(
                    f"worker.db has schema {version}, this program knows {_SCHEMA_VERSION}"
                )
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
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


def _insert(db: sqlite3.Connection, draft: Draft, now: str) -> None:
    if draft.is_report:
        number = 0
    else:
        number = db.execute(
            "SELECT coalesce(max(number), 0) + 1 FROM outbox WHERE violation_id = ?",
            (draft.violation_id,),
        ).fetchone()[0]
    row = db.execute(
        "INSERT INTO outbox (violation_id, number, body, status, created_at) "
        "VALUES (?, ?, ?, 'waiting', ?) ON CONFLICT DO NOTHING RETURNING id",
        (draft.violation_id, number, draft.body, now),
    ).fetchone()
    if row is not None:
        db.executemany(
            "INSERT OR IGNORE INTO evidence VALUES (?, ?)",
            [(row[0], sha256) for sha256 in draft.evidence],
        )


def _hold(path: Path) -> IO[str]:
    held = path.open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise StateInUse(
            f"{path.parent}: another worker runs on this state; stop it, or give this one "
            "a `state` folder of its own"
        ) from None
    return held


def _stamp() -> str:
    return datetime.now(UTC).isoformat()
