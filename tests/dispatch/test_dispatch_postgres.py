"""The same promises on PostgreSQL; skipped where there is no server or driver to try them on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.app import create_app
from api.merging import read_merging
from api.outward.outcome import Outcome, Result
from api.settings import Settings
from api.store import notices
from api.store.chiefs import put_assignments
from api.store.escalating import escalate
from api.store.rectifying import end_windows, list_rectifications
from api.store.shops import put_shops
from api.store.timer_views import announce_overdue
from tests.api.conftest import WORKER_KEY
from tests.api.test_postgres import database
from tests.clocks.conftest import local
from tests.clocks.test_reckon import moment
from tests.dispatch.test_dispatching import chief, dispatched, told
from tests.dispatch.test_imports import LINE, square
from tests.dispatch.test_rectify import Street, shop, waits

__all__ = ["database"]


@pytest.fixture(scope="module")
def place(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder: Path = tmp_path_factory.mktemp("pg")
    services = create_app(Settings(folder, (WORKER_KEY,), database_url=database)).state.services
    put_assignments(
        services.store,
        (
            chief("L-1", "lane", LINE, "13800000001"),
            chief("J", "street", square(-99, 999), "138000000"),
        ),
    )
    yield Street(services.store, services.terms)
    services.store.engine.dispose()


def test_timers_and_notices_follow_a_case_and_each_is_announced_and_taken_once(
    place: Street,
) -> None:
    place.terms = replace(place.terms, merging=None)
    case = dispatched(place)
    handle = place.timer(case, "handle", "2026-11-25 11:00")
    assert (local(handle.deadline), handle.spent_s) == ("2026-11-25 16:00", 3600)
    with ThreadPoolExecutor(8) as pool:
        late = list(
            pool.map(lambda _: announce_overdue(place.store, moment("2026-11-25 16:01")), range(8))
        )
        assert sum(late) == 1
        up = list(pool.map(lambda _: escalate(place.store, moment("2026-11-25 16:01")), range(8)))
        assert sum(up) == 1
        first, second = told(place, case)
        assert [first.role, second.role] == ["巷长", "街长"]
        now = moment("2026-11-25 16:02")
        taken = list(pool.map(lambda _: notices.take(place.store, first.id, now), range(8)))
    assert sum(one is not None for one in taken) == 1
    notices.record(place.store, first.id, 1, Outcome(Result.DELIVERED), now)
    assert told(place, case)[0].state == "sent"
    assert notices.due(place.store, now + timedelta(hours=1), 10) == [second.id]


def test_reports_of_one_shop_at_once_open_one_window_that_ends_once(place: Street) -> None:
    put_shops(place.store, [shop("S-1", 0)], (), "李", moment("2026-11-25 08:00"))
    place.terms = replace(place.terms, merging=read_merging())
    before = place.cases()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: waits(place.tell("2026-11-25 10:00")), range(8)))
        assert len({one.number for one in found}) == 1
        ended = list(
            pool.map(
                lambda _: end_windows(place.store, place.terms, moment("2026-11-25 10:31")),
                range(4),
            )
        )
    assert sum(ended) == 1
    assert place.cases() == before + 1
    (kept,) = list_rectifications(place.store, None, "S-1", None, 5).items
    assert (kept.state, len(kept.reports)) == ("filed", 8)
