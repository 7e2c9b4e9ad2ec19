"""Group commit: many writers share a transaction, and nobody suffers for a neighbour."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from api.settings import Settings
from api.store.engine import Store, open_store, take_number
from api.store.migrate import upgrade
from api.store.models import CounterRow


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    settings.data.mkdir()
    opened = open_store(settings)
    upgrade(opened)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def commits(store: Store) -> list[int]:
    """Grows by one with each commit."""
    seen: list[int] = []
    event.listen(store.engine, "commit", lambda _: seen.append(1))
    return seen


def note(name: str) -> Callable[[Session], str]:
    def work(session: Session) -> str:
        session.add(CounterRow(name=f"note {name}", value=1))
        session.flush()
        return name

    return work


def items(session: Session, wanted: Sequence[str]) -> Sequence[str]:
    take_number(session, "items")
    return wanted


def together(store: Store, *pieces: Callable[[Session], Any]) -> list[Any]:
    """Let all pieces wait behind one that holds the writer, so that they are one group."""
    busy, go = threading.Event(), threading.Event()

    def first(_: Session) -> None:
        busy.set()
        assert go.wait(10)

    def outcome(piece: Callable[[Session], Any]) -> Any:
        try:
            return store.write(piece)
        except Exception as error:  # noqa: BLE001
            return error

    with ThreadPoolExecutor(len(pieces) + 1) as pool:
        held = pool.submit(store.write, first)
        assert busy.wait(10)
        waiting = [pool.submit(outcome, piece) for piece in pieces]
        assert store.groups is not None
        while len(store.groups._waiting) < len(pieces):
            pass
        go.set()
        held.result()
        return [each.result() for each in waiting]


def names(store: Store) -> set[str]:
    with store.reading() as session:
        notes = select(CounterRow.name).where(CounterRow.name.startswith("note "))
        return {name.removeprefix("note ") for name in session.scalars(notes)}


def test_what_waits_together_is_one_commit(store: Store, commits: list[int]) -> None:
    assert together(store, *[note(str(n)) for n in range(20)]) == [str(n) for n in range(20)]
    assert names(store) == {str(n) for n in range(20)}
    assert len(commits) == 1


def test_a_piece_that_fails_leaves_its_neighbours_alone(store: Store, commits: list[int]) -> None:
    def fails(session: Session) -> None:
        note("left half-done")(session)
        raise KeyError("mine")

    before, failed, double, after = together(
        store, note("before"), fails, note("before"), note("after")
    )
    assert (before, after) == ("before", "after")
    assert isinstance(failed, KeyError)
    assert isinstance(double, IntegrityError)
    assert names(store) == {"before", "after"}
    assert len(commits) == 1


def test_numbers_stay_gapless_when_their_takers_fail(store: Store) -> None:
    def take(session: Session) -> int:
        return take_number(session, "n")

    def waste(session: Session) -> int:
        take_number(session, "n")
        raise KeyError

    got = together(store, take, waste, take, waste, take)
    assert [number for number in got if isinstance(number, int)] == [1, 2, 3]


def test_where_the_store_itself_fails_each_is_tried_alone(store: Store, commits: list[int]) -> None:
    def breaks(session: Session) -> None:
        session.connection().exec_driver_sql("ROLLBACK")  # as SQLite does when the disk is full
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    before, broken, after = together(store, note("before"), breaks, note("after"))
    assert (before, after) == ("before", "after")
    assert isinstance(broken, OperationalError)
    assert names(store) == {"before", "after"}
    assert len(commits) == 2


def test_many_threads_lose_and_double_nothing(store: Store) -> None:
    def work(_: int) -> int:
        return store.write(lambda session: take_number(session, "n"))

    with ThreadPoolExecutor(16) as pool:
        got = list(pool.map(work, range(400)))
    assert sorted(got) == list(range(1, 401))


def test_a_group_waits_for_what_is_coming(store: Store, commits: list[int]) -> None:
    assert store.groups is not None
    with store.coming():
        first = store.groups.write_among(items, "first")
        second = store.groups.write_among(items, "second")
    assert (first.result(10), second.result(10)) == ("first", "second")
    assert len(commits) == 1


def test_a_group_does_not_wait_for_ever(store: Store) -> None:
    assert store.groups is not None
    with store.coming():
        assert store.groups.write_among(items, "alone").result(10) == "alone"


def test_items_of_the_same_work_are_done_in_one_go_and_alone_if_that_fails(store: Store) -> None:
    calls: list[list[int]] = []

    def work(_: Session, numbers: Sequence[int]) -> list[int | Exception]:
        calls.append(list(numbers))
        if len(numbers) > 1 and 2 in numbers:
            raise KeyError("not with the others")
        return [KeyError("two") if number == 2 else 10 * number for number in numbers]

    assert store.groups is not None
    with store.coming():
        waiting = [store.groups.write_among(work, number) for number in (1, 2, 3)]
    assert (waiting[0].result(10), waiting[2].result(10)) == (10, 30)
    with pytest.raises(KeyError, match="two"):
        waiting[1].result(10)
    assert calls == [[1, 2, 3], [1], [2], [3]]


def test_who_writes_by_himself_waits_for_a_group_and_it_for_him(store: Store) -> None:
    taken = threading.Event()

    def work(session: Session) -> str:
        taken.set()
        return note("theirs")(session)

    with ThreadPoolExecutor(1) as pool:
        with store.writing() as session:
            session.add(CounterRow(name="note mine", value=1))
            theirs = pool.submit(store.write, work)
            assert not taken.wait(0.2)
        assert theirs.result(10) == "theirs"
    assert names(store) == {"mine", "theirs"}
