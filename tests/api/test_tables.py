"""Tables, numbers and the catalogue behind the cases."""

import json
import os
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from api.app import create_app
from api.catalogue import Catalogue, read_catalogue, seed
from api.errors import CatalogueInvalid, DowngradeRefused, StoreNewer
from api.schema import Report
from api.settings import Settings
from api.store.acting import Outcome
from api.store.cases import file_report
from api.store.engine import Store, open_store, take_number
from api.store.filing import Numbering, Terms
from api.store.migrate import alembic_config, upgrade
from api.store.models import Base, CaseRow, CatalogueVersionRow, CategoryRow, CounterRow
from tests.api.conftest import evidence_of, report_of

SHIPPED = Path(__file__).parents[2] / "configs" / "violations.yaml"


@pytest.fixture
def store(settings: Settings):
    settings.data.mkdir()
    opened = open_store(settings)
    upgrade(opened)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def catalogue(store: Store) -> Catalogue:
    found = read_catalogue()
    seed(store, found)
    return found


def test_migrations_build_what_the_models_say(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_second_upgrade_does_nothing_and_there_is_no_way_down(store: Store) -> None:
    upgrade(store)
    before = inspect(store.engine).get_table_names()
    with (
        pytest.raises(DowngradeRefused, match="restore a backup"),
        store.engine.execution_options(writes=True).begin() as connection,
    ):
        command.downgrade(alembic_config(connection), "base")
    assert inspect(store.engine).get_table_names() == before
    upgrade(store)


def test_a_store_that_a_newer_program_used_is_not_touched(settings: Settings) -> None:
    settings.data.mkdir()
    opened = open_store(settings)
    upgrade(opened)
    with opened.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    opened.engine.dispose()
    with pytest.raises(StoreNewer, match=r"revision 9999, .* newer program.*restore a backup"):
        create_app(settings)


def test_a_migration_that_fails_leaves_nothing_half_done(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.data.mkdir()
    opened = open_store(settings)
    upgrade(opened, "0001")
    before = inspect(opened.engine).get_table_names()

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_index", fails)
        with pytest.raises(RuntimeError, match="power cut"):
            upgrade(opened)
    assert inspect(opened.engine).get_table_names() == before
    upgrade(opened)
    assert set(inspect(opened.engine).get_table_names()) == {
        *Base.metadata.tables,
        "alembic_version",
    }
    opened.engine.dispose()


def test_sqlite_is_told_to_be_durable(store: Store) -> None:
    with store.engine.connect() as connection:
        pragmas = [
            connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]


def take_and_fail(store: Store) -> None:
    with store.writing() as session:
        assert take_number(session, "a") == 2
        session.add(CounterRow(name="a", value=9))


def test_a_number_goes_back_when_its_transaction_fails(store: Store) -> None:
    with store.writing() as session:
        assert take_number(session, "a") == 1
    with pytest.raises(IntegrityError):
        take_and_fail(store)
    with store.writing() as session:
        assert (take_number(session, "a"), take_number(session, "b")) == (2, 1)


def test_a_time_without_offset_is_refused_and_others_come_back_in_utc(store: Store) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 (that it has none is the point)
    row = CatalogueVersionRow(version="1", digest="", source="", seeded_at=naive)
    with pytest.raises(StatementError, match="has no offset"), store.writing() as session:
        session.add(row)
    eight = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    with store.writing() as session:
        session.add(CatalogueVersionRow(version="1", digest="", source="", seeded_at=eight))
    with store.reading() as session:
        row = session.get_one(CatalogueVersionRow, "1")
        assert row.seeded_at.isoformat() == "2026-01-01T00:00:00+00:00"


def filed(store: Store, catalogue: Catalogue, at: str, district: str = "370114") -> Outcome:
    report = Report.model_validate(report_of(evidence_of(b"x")))
    numbering = Numbering(district, Settings(Path(), ("x" * 16,)).zone)
    terms = Terms(catalogue.version, numbering)
    return file_report(store, report, terms, datetime.fromisoformat(at))


def test_cases_are_numbered_by_the_districts_own_day(store: Store, catalogue: Catalogue) -> None:
    numbers = [
        filed(store, catalogue, at, district).case.number
        for at, district in (
            ("2026-11-25T15:59:59+00:00", "370114"),
            ("2026-11-25T15:59:59+00:00", "370114"),
            ("2026-11-25T16:00:00+00:00", "370114"),
            ("2026-11-25T16:00:00+00:00", "370102"),
        )
    ]
    assert numbers == [
        "370114-20261125-00001",
        "370114-20261125-00002",
        "370114-20261126-00001",
        "370102-20261126-00001",
    ]


def test_a_case_needs_a_category_of_its_catalogue(store: Store, catalogue: Catalogue) -> None:
    row = CaseRow(
        number="1",
        violation_id=UUID(int=1),
        catalogue_version=catalogue.version,
        kind="parking",
        camera_id="c",
        status="reported",
        received_at=datetime.now(UTC),
        last_seen=datetime.now(UTC),
        updated_at=datetime.now(UTC),
    )
    with pytest.raises(IntegrityError), store.writing() as session:
        session.add(row)


def test_the_shipped_catalogue_is_seeded_once(settings: Settings) -> None:
    for _ in range(2):
        store = create_app(settings).state.services.store
        with store.reading() as session:
            assert session.scalar(select(func.count()).select_from(CategoryRow)) == 3
            codes = session.scalars(select(CategoryRow.service_code).order_by(CategoryRow.kind))
            assert list(codes) == ["E-0102", "C-0114", "E-0501"]
            counters = session.scalars(select(CounterRow.name))
            assert list(counters) == ["sealed since"]  # no number is taken yet
        store.engine.dispose()


def changed(tmp_path: Path, *pairs: tuple[str, str]) -> Path:
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "violations.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_old_cases_keep_the_code_they_were_filed_under(
    store: Store, catalogue: Catalogue, tmp_path: Path
) -> None:
    old = filed(store, catalogue, "2026-11-25T00:00:00+00:00").case
    path = changed(
        tmp_path, (read_catalogue().version, "2026.12.1"), ('code: "0102"', 'code: "0199"')
    )
    newer = read_catalogue(path)
    seed(store, newer)
    new = filed(store, newer, "2026-12-25T00:00:00+00:00").case
    assert (old.category.service_code, new.category.service_code) == ("E-0102", "E-0199")


def test_a_changed_catalogue_needs_a_new_version(
    store: Store, catalogue: Catalogue, tmp_path: Path
) -> None:
    seed(store, read_catalogue(changed(tmp_path, ("# Codes:", "# The codes:"))))
    path = changed(tmp_path, ('code: "0102"', 'code: "0199"'))
    with pytest.raises(
        CatalogueInvalid, match=rf"{catalogue.version} is already stored .* new version"
    ):
        seed(store, read_catalogue(path))


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (('code: "0102"', "code: 0102"), r":\d+: violations\.litter\.code: .* quotes"),
        (('code: "0102"', 'code: "102"'), r":\d+: violations\.litter\.code"),
        (("type: 部件", "type: 零件"), r"violations\.manhole\.type"),
        (("scheme:", "schema:"), r":8: schema: unknown key; did you mean `scheme`"),
        (("  litter:", "  Litter:"), r"Litter"),
        (("violations:", "violations: ["), r"YAML"),
    ],
)
def test_a_wrong_catalogue_names_file_line_key_and_fix(
    tmp_path: Path, pair: tuple[str, str], message: str
) -> None:
    path = changed(tmp_path, pair)
    with pytest.raises(CatalogueInvalid, match=message) as caught:
        read_catalogue(path)
    assert str(path) in str(caught.value)


def test_a_missing_catalogue_says_so(tmp_path: Path) -> None:
    with pytest.raises(CatalogueInvalid, match=r"nowhere\.yaml: no such file"):
        read_catalogue(tmp_path / "nowhere.yaml")


def test_what_a_killed_writer_left_is_swept_at_the_next_start(settings: Settings) -> None:
    folder = settings.evidence / "ab"
    folder.mkdir(parents=True)
    old, fresh = folder / ".half-written-1", folder / ".half-written-2"
    for path in (old, fresh):
        path.write_bytes(b"x")
    two_hours_ago = time.time() - 7200
    os.utime(old, (two_hours_ago, two_hours_ago))
    create_app(settings).state.services.store.engine.dispose()
    assert not old.exists()
    assert fresh.exists()  # another process may be writing it


def test_a_report_is_kept_as_it_came(store: Store, catalogue: Catalogue) -> None:
    outcome = filed(store, catalogue, "2026-11-25T00:00:00+00:00")
    with store.reading() as session:
        row = session.get_one(CaseRow, outcome.case.id)
        body = json.loads(json.dumps(row.report.body))
    assert Report.model_validate(body).violation_id == outcome.case.violation_id


def test_a_start_waits_for_another_that_holds_the_new_file(settings: Settings) -> None:
    settings.data.mkdir(parents=True, exist_ok=True)
    path = settings.data / "five-chief.sqlite3"
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.5, holder.execute, ("COMMIT",))
    release.start()
    waiting = open_store(settings)
    with waiting.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    waiting.engine.dispose()
    release.join()
    holder.close()
