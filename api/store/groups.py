"""Group commit: many small transactions are made durable by one sync of the disk.

SQLite lets one writer in at a time, and each commit waits for the disk. Left to themselves, threads
that write at once wait for each other by sleeping. Here one thread takes all that waits, does it in
one transaction (each kind of work inside a savepoint of its own), and tells the owners after the
commit. While it waits for the disk, the next group gathers. (PostgreSQL does the like by itself.)
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

T = TypeVar("T")
Item = TypeVar("Item")

MOST = 64
"""So many pieces of work share a transaction at most: readers of the first wait for the last."""


GATHER_S = 0.02
"""A group waits so long at most for what is known to be coming."""


TURN_S = 15.0
"""Whoever writes waits so long at most for the others in this process; then SQLite decides."""


LINGERS_S = 1.0
"""The thread waits so long for more before it ends: a new one costs more than to wake it."""


class Writing(Session):
    """The session of a transaction that writes: what it has read once, it need not read again.

    A plain session forgets a row as soon as nobody holds it, and what files a case asks for the
    same few rows of the catalogue at every turn.
    """


@event.listens_for(Writing, "pending_to_persistent")
@event.listens_for(Writing, "loaded_as_persistent")
def _hold(session: Session, row: object) -> None:
    session.info.setdefault("rows", []).append(row)


Together = Callable[[Session, Sequence[Item]], Sequence[T | Exception]]
"""Work on several items in one transaction: of each what came of it, or the exception that is its
owner's. Whatever it raises undoes all of them."""


class _Piece:
    """A piece of work that waits, and where its owner waits."""

    __slots__ = ("future", "item", "work")

    def __init__(self, work: Together[Any, Any], item: Any) -> None:
        self.work = work
        self.item = item
        self.future: Future[Any] = Future()
        # Under way from now on: an owner who gives up must not take the group down.
        self.future.set_running_or_notify_cancel()


def settle(future: Future[Any], result: Any) -> None:
    """Tell an owner what came of it, once it is durable."""
    if isinstance(result, BaseException):
        future.set_exception(result)
    else:
        future.set_result(result)


class GroupCommit:
    """Writes for everybody, from one thread that lives as long as there is work."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(writes=True)
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._ready = threading.Condition(self._lock)
        self._waiting: deque[_Piece] = deque()
        self._coming = 0
        self._running = False
        self._idle = False

    def write(self, work: Callable[[Session], T]) -> T:
        """Do a piece of work in a transaction; returns once it is on disk.

        The work may be done twice (its first transaction being undone), so all that it does is in
        its session. It must not write by another way: it holds the store's only write lock.

        Raises:
            Exception: whatever the work raises; then nothing of it is kept, and its neighbours go
                on. `OperationalError` when the store cannot be written.
        """

        def alone(session: Session, _: Sequence[None]) -> list[T | Exception]:
            return [work(session)]

        return self.write_among(alone, None).result()

    def write_among(self, work: Together[Item, T], item: Item) -> Future[T]:
        """Do work on an item, in one go with the other items that wait for the same work.

        Where the work fails on them together, it is done on each alone.

        Returns:
            What is to come, once it is on disk; as for `write`.
        """
        piece = _Piece(work, item)
        with self._lock:
            self._waiting.append(piece)
            if not self._running:
                self._running = True
                # Ends a moment after the last piece: there is none that one would have to stop.
                threading.Thread(target=self._run, name="group-commit", daemon=True).start()
            elif self._idle:
                self._ready.notify()
        return piece.future

    @contextmanager
    def coming(self) -> Iterator[None]:
        """While a piece of work is made ready: the next group waits for it a moment.

        What a transaction costs by itself is several times what a piece adds to it. Nobody waits
        where nothing else is on its way (as PostgreSQL's commit_delay with commit_siblings).
        """
        with self._lock:
            self._coming += 1
        try:
            yield
        finally:
            with self._lock:
                self._coming -= 1
                if not self._coming:
                    self._ready.notify()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """While a transaction writes: one at a time in this process, a group's or not.

        Who waits for SQLite's own lock sleeps and looks again, ever longer; here he is woken.
        """
        taken = self._turn.acquire(timeout=TURN_S)
        try:
            yield
        finally:
            if taken:
                self._turn.release()

    def _run(self) -> None:
        while group := self._take():
            alike = _by_work(group)
            if len(alike) == 1:
                if self._at_once(group):
                    continue
                alike = [[piece] for piece in group]
            if not self._together(alike):
                for piece in group:
                    self._at_once([piece])

    def _take(self) -> list[_Piece]:
        with self._lock:
            if not self._waiting:
                self._idle = True
                self._ready.wait_for(lambda: self._waiting, LINGERS_S)
                self._idle = False
            end = time.monotonic() + GATHER_S
            while self._waiting and self._coming and (left := end - time.monotonic()) > 0:
                self._ready.wait(left)
            group = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            self._running = bool(group)
            return group

    def _at_once(self, pieces: Sequence[_Piece]) -> bool:
        """Do pieces of the same work in a transaction; False when it was undone, nobody told."""
        try:
            with self.turn(), Writing(self._engine) as session, session.begin():
                results = pieces[0].work(session, [piece.item for piece in pieces])
        except BaseException as error:  # noqa: BLE001 (an only piece's owner's; else tried again)
            if len(pieces) > 1:
                return False
            results = [error]
        for piece, result in zip(pieces, results, strict=True):
            settle(piece.future, result)
        return True

    def _together(self, parts: Iterable[Sequence[_Piece]]) -> bool:
        """Do all in a transaction, each part within its own savepoint; False likewise."""
        results: list[tuple[_Piece, Any]] = []
        try:
            with self.turn(), self._engine.begin() as connection:
                for pieces in parts:
                    results += zip(pieces, _in_savepoint(connection, pieces), strict=True)
        except Exception:  # noqa: BLE001 (each is tried alone, and then says what is wrong)
            return False
        for piece, result in results:
            settle(piece.future, result)
        return True


def _by_work(group: Iterable[_Piece]) -> list[list[_Piece]]:
    found: dict[Any, list[_Piece]] = {}
    for piece in group:
        found.setdefault(piece.work, []).append(piece)
    return list(found.values())


def _in_savepoint(connection: Connection, pieces: Sequence[_Piece]) -> Sequence[Any]:
    """What came of pieces of the same work: done together if that goes well, else each alone."""
    try:
        # A session of its own: what it knows of rows is gone with it.
        with (
            Writing(connection, join_transaction_mode="create_savepoint") as session,
            session.begin(),
        ):
            return pieces[0].work(session, [piece.item for piece in pieces])
    except OperationalError:
        raise  # the store's own trouble: after a full disk the savepoints are gone too
    except BaseException as error:  # noqa: BLE001 (it is the owner's)
        if len(pieces) == 1:
            return [error]
    return [_in_savepoint(connection, [piece])[0] for piece in pieces]
