"""The same promises on PostgreSQL; skipped where there is no server or driver to try them on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from api.settings import Settings
from api.store.engine import open_store
from api.store.models import Base
from tests.api.conftest import (
    WORKER_KEY,
    Api,
    evidence_of,
    picture,
    report_of,
    running,
    sighting_of,
)
from tests.api.postgres_server import postgres_server
from tests.api.test_alerts import stream
from tests.api.test_merging import at_once

JPEG = picture()


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="module")
def postgres(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    chosen = Settings(tmp_path_factory.mktemp("data"), (WORKER_KEY,), database_url=database)
    with running(chosen) as url, Api(url, chosen) as client:
        yield client


def test_migrations_build_what_the_models_say(postgres: Api) -> None:
    store = open_store(postgres.settings)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    store.engine.dispose()


def test_posts_of_one_report_at_once_to_two_processes_make_one_case(postgres: Api) -> None:
    before = len(postgres.cases())
    with running(postgres.settings) as url, Api(url, postgres.settings) as other:
        report = report_of(evidence_of(JPEG))
        with ThreadPoolExecutor(12) as pool:
            answers = list(
                pool.map(lambda i: (postgres, other)[i % 2].submit(report, JPEG), range(12))
            )
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert len(postgres.cases()) == before + 1


def test_reports_at_once_are_numbered_and_announced_in_order(postgres: Api) -> None:
    with (
        running(postgres.settings) as url,
        Api(url, postgres.settings) as other,
        stream(other) as live,
        ThreadPoolExecutor(20) as pool,
    ):
        both = (postgres, other)
        filed = list(pool.map(lambda i: both[i % 2].file(JPEG)["number"], range(20)))
        announced = [next(live) for _ in filed]
    assert sorted(filed) == [event.case["number"] for event in announced if event.case]
    first = announced[0].id
    assert [event.id for event in announced] == list(range(first, first + 20))


def test_sightings_verdicts_and_times_are_as_on_sqlite(postgres: Api) -> None:
    case = postgres.file(JPEG)
    address = f"/v1/reports/{case['violation_id']}/sightings"
    with ThreadPoolExecutor(6) as pool:
        codes = list(
            pool.map(
                lambda i: postgres.post(address, json=sighting_of(1 + i % 3)).status_code, range(6)
            )
        )
    assert sorted(codes) == [200] * 3 + [201] * 3
    after = postgres.post(address, json=sighting_of(4, "cleared")).json()
    assert after["cleared_at"] == "2025-11-25T01:00:00Z"
    assert after["first_seen"] == case["first_seen"] == "2025-11-25T00:00:00Z"
    verdicts = [{"verdict": "confirmed"}, {"verdict": "dismissed", "reason": "影子"}]
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda i: postgres.post(f"/v1/cases/{case['id']}/verdict", json=verdicts[i % 2]),
                range(8),
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [409] * 4


def test_reports_of_one_place_at_once_to_two_processes_make_one_case(postgres: Api) -> None:
    with running(postgres.settings) as url, Api(url, postgres.settings) as other:
        for latitude in (35.0, 35.1, 35.2):
            spot = {"longitude": 118.0, "latitude": latitude, "crs": "wgs84"}
            at_once((postgres, other), spot)
