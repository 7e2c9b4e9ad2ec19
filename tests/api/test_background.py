"""Background jobs: they run, in one process at a time, and a failure of one is its own."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.app import create_app
from api.background import LEASE, Background, Job, Lease
from api.services import Services
from api.settings import Settings
from api.store import leases
from api.store.engine import Store, open_store


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    found: Services = create_app(settings).state.services
    yield found
    found.store.engine.dispose()


@pytest.fixture
def other(services: Services) -> Iterator[Services]:
    """Another process's parts, on the same store."""
    opened = open_store(services.settings)
    store = Store(opened.engine, opened.vault)
    yield replace(services, store=store)
    store.engine.dispose()


def eventually(holds: Callable[[], bool], within_s: float = 10) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.01)


def noting(runs: list[datetime], name: str = "note") -> Job:
    return Job(name, 0.02, lambda _services, now: runs.append(now))


def test_a_job_runs_again_and_again_with_the_time_and_stops(services: Services) -> None:
    runs: list[datetime] = []
    background = Background(services, [noting(runs)], lease_s=1)
    background.start()
    eventually(lambda: len(runs) >= 3)
    background.stop()
    count = len(runs)
    assert runs == sorted(runs)
    assert abs((datetime.now(UTC) - runs[-1]).total_seconds()) < 5
    time.sleep(0.1)
    assert len(runs) == count


def test_of_two_processes_one_works_and_the_other_takes_over_when_it_stops(
    services: Services, other: Services
) -> None:
    first: list[datetime] = []
    second: list[datetime] = []
    one = Background(services, [noting(first)], lease_s=0.6)
    two = Background(other, [noting(second)], lease_s=0.6)
    one.start()
    eventually(lambda: bool(first))
    two.start()
    eventually(lambda: len(first) > 20)
    assert second == []
    one.stop()
    eventually(lambda: bool(second), 0.55)  # it was given back: nobody waits for its end
    two.stop()
    assert first[-1] < second[0]


def test_a_process_that_dies_loses_the_lease_once_it_has_stood_still_for_its_length(
    services: Services, other: Services
) -> None:
    dead, alive = Lease(services, LEASE, 0.4), Lease(other, LEASE, 0.4)
    dead.renew()
    assert dead.held
    seen_at = time.monotonic()
    alive.renew()
    assert not alive.held
    while not alive.held:
        assert not dead.held or time.monotonic() - seen_at < 0.4
        time.sleep(0.02)
        alive.renew()
    assert time.monotonic() - seen_at >= 0.4
    assert not dead.held, "it ended for its holder first"
    dead.renew()
    assert not dead.held


def test_a_beat_on_what_has_changed_since_is_refused(services: Services) -> None:
    store = services.store
    assert leases.beat(store, "x", "me", None)
    seen = leases.look(store, "x")
    assert leases.beat(store, "x", "you", seen)
    assert not leases.beat(store, "x", "me", seen)
    assert not leases.beat(store, "x", "me", None)
    assert leases.look(store, "x") == ("you", 2)


def test_a_failing_job_backs_off_and_does_not_hold_up_the_others(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    failed: list[float] = []
    runs: list[datetime] = []

    def fails(_services: Services, _now: datetime) -> None:
        failed.append(time.monotonic())
        raise RuntimeError("no network")

    background = Background(services, [Job("bad", 0.05, fails), noting(runs)], lease_s=1)
    background.start()
    eventually(lambda: len(failed) >= 3)
    background.stop()
    assert failed[2] - failed[1] >= 0.2 > 0.05
    assert len(runs) > len(failed)
    assert "job bad failed (2 in a row)" in caplog.text
    assert "no network" in caplog.text


def test_a_job_that_hangs_is_left_behind_on_stopping(
    services: Services, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.background._JOIN_S", 0.1)
    hangs, end = threading.Event(), threading.Event()

    def hang(_services: Services, _now: datetime) -> None:
        hangs.set()
        end.wait(20)

    background = Background(services, [Job("hang", 1, hang)], lease_s=1)
    background.start()
    assert hangs.wait(5)
    background.stop()
    end.set()
    assert "left behind on stopping: job hang" in caplog.text
    assert leases.look(services.store, LEASE) != ("", 2), "its lease is not for others yet"


def test_without_jobs_nothing_is_written(services: Services) -> None:
    background = Background(services, [])
    background.start()
    background.stop()
    assert leases.look(services.store, LEASE) is None


def test_a_store_that_is_away_costs_the_lease_and_gives_it_back(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    runs: list[datetime] = []
    with services.store.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE leases RENAME TO away")
    background = Background(services, [noting(runs)], lease_s=0.2)
    background.start()
    eventually(lambda: "the store cannot be used" in caplog.text)
    assert runs == []
    with services.store.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE away RENAME TO leases")
    eventually(lambda: bool(runs))
    background.stop()
