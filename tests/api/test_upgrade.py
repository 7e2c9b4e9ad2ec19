"""A store of each earlier revision comes up to date with all that was in it, on both engines."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from api.evidence import EvidenceFolder
from api.settings import Settings
from api.store import migrate
from api.store.engine import Store, open_store
from api.store.migrate import current_revision, upgrade
from api.store.reading import get_case
from api.verify import verify
from tests.api.conftest import WORKER_KEY, Api, evidence_of, picture, report_of, running, sha256
from tests.api.test_postgres import database  # noqa: F401

JPEG, LATER = picture(1), picture(2)
TIME = datetime(2025, 11, 25, 0, 0, 21, tzinfo=UTC)
VIOLATION = UUID("0b9f1d5e-6f5c-4c0e-9f0a-2f6f0a1f7c11")


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    script = ScriptDirectory.from_config(config)
    return [revision.revision for revision in script.walk_revisions()][::-1]


REVISIONS = revisions()


def fill(store: Store) -> None:
    """A case with a follow-up, and the next numbers, as the first revision kept them."""
    tables = sa.MetaData()
    tables.reflect(store.engine)
    at = TIME.replace(tzinfo=None) if store.engine.dialect.name == "sqlite" else TIME
    uuid = VIOLATION.hex if store.engine.dialect.name == "sqlite" else VIOLATION
    body = report_of(evidence_of(JPEG), violation_id=str(VIOLATION))
    sighting = {"number": 1, "status": "still_there", "at": "2025-11-25T01:00:00Z"}

    def row(table: str, **values: object) -> None:
        connection.execute(tables.tables[table].insert(), values)

    def file(data: bytes, number: int | None) -> None:
        row(
            "evidence", violation_id=uuid, sighting=number, position=0, sha256=sha256(data),
            role="snapshot", media_type="image/jpeg", size=len(data), captured_at=at,
        )  # fmt: skip

    with store.engine.execution_options(writes=True).begin() as connection:
        row("catalogue_versions", version="1", digest="d", source="s", seeded_at=at)
        row(
            "categories", version="1", kind="litter", scheme="x", type="事件", code="0102",
            service_code="E-0102", name_zh="暴露垃圾", name_en="litter",
        )  # fmt: skip
        row("reports", violation_id=uuid, digest="d", body=body, received_at=at)
        row(
            "sightings", violation_id=uuid, number=1, digest="d", status="still_there", at=at,
            body=sighting, received_at=at,
        )  # fmt: skip
        file(JPEG, None)
        file(LATER, 1)
        row(
            "cases", number="370114-20251125-00001", violation_id=uuid, catalogue_version="1",
            kind="litter", camera_id="gate-3", status="confirmed", received_at=at, last_seen=at,
            decided_at=at, decided_by="李", updated_at=at, version=2,
        )  # fmt: skip
        for number, kind in ((1, "case.filed"), (2, "case.updated")):
            row("events", id=number, type=kind, case_id=1, at=at)
        row("counters", name="events", value=2)
        row("counters", name="case 370114 20251125", value=1)


def is_as_it_was(store: Store, evidence: Path) -> None:
    with store.engine.connect() as connection:
        assert current_revision(connection) == REVISIONS[-1]
    found = get_case(store, 1)
    assert found is not None
    case = found[0]
    assert case.number == "370114-20251125-00001"
    assert case.decided_by == "李"
    assert [file.sha256 for file in case.evidence] == [sha256(JPEG), sha256(LATER)]
    assert [(s.number, s.status.value) for s in case.sightings] == [(1, "still_there")]
    folder = EvidenceFolder(evidence, 0, 0)
    for data in (JPEG, LATER):
        folder.path(sha256(data)).parent.mkdir(parents=True, exist_ok=True)
        folder.path(sha256(data)).write_bytes(data)
    verified = verify(store, folder, None, lambda *_: None)
    assert verified.findings == []
    assert verified.links == 2


@pytest.mark.parametrize("revision", REVISIONS)
def test_on_sqlite(tmp_path: Path, revision: str) -> None:
    store = open_store(Settings(tmp_path, ()))
    upgrade(store, REVISIONS[0])
    fill(store)
    upgrade(store, revision)
    upgrade(store)
    is_as_it_was(store, tmp_path / "evidence")
    store.engine.dispose()


@pytest.fixture(scope="module")
def postgres_store(
    database: str,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Store]:
    store = open_store(Settings(tmp_path_factory.mktemp("pg"), (), database_url=database))
    yield store
    store.engine.dispose()


@pytest.mark.parametrize("revision", REVISIONS)
def test_on_postgresql(postgres_store: Store, tmp_path: Path, revision: str) -> None:
    store = postgres_store
    with store.engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    upgrade(store, REVISIONS[0])
    fill(store)
    upgrade(store, revision)
    upgrade(store)
    is_as_it_was(store, tmp_path)


def test_an_upgraded_server_goes_on_where_it_was(tmp_path: Path) -> None:
    settings = Settings(tmp_path, (WORKER_KEY,))
    store = open_store(settings)
    upgrade(store, REVISIONS[0])
    fill(store)
    store.engine.dispose()
    with running(settings) as url, Api(url, settings) as api:
        assert api.get("/v1/cases/1").json()["number"] == "370114-20251125-00001"
        new = picture(3)
        assert api.file(new, place={"camera_id": "gate-9"})["id"] == 2
