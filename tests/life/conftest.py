"""A store on a real SQLite file, with the shipped catalogue, and reports to file in it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from api.catalogue import read_catalogue, seed
from api.schema import Case, Report
from api.settings import Settings
from api.store.cases import file_report
from api.store.engine import Store, open_store
from api.store.filing import Numbering, Terms
from api.store.migrate import upgrade
from api.store.models import CaseRow
from tests.api.conftest import evidence_of, report_of

settings.register_profile(
    "life", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("life")

NOW = datetime(2026, 11, 25, 1, tzinfo=UTC)
CATALOGUE = read_catalogue()
ZONE = Settings(Path(), ("x" * 16,)).zone


def fresh_store(folder: Path, database_url: str | None = None) -> Store:
    folder.mkdir(exist_ok=True)
    store = open_store(Settings(folder, ("x" * 16,), database_url=database_url))
    upgrade(store)
    seed(store, CATALOGUE)
    return store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = fresh_store(tmp_path / "data")
    yield opened
    opened.engine.dispose()


def file_case(store: Store, district: str = "370114", now: datetime = NOW, **changes: Any) -> Case:
    report = Report.model_validate(report_of(evidence_of(b"x"), **changes))
    numbering = Numbering(district, ZONE)
    return file_report(store, report, Terms(CATALOGUE.version, numbering), now).case


def hand_in(store: Store, case_id: int) -> None:
    """Let a case's report be one of another authority."""
    with store.writing() as session:
        row = session.get_one(CaseRow, case_id)
        for witness in row.witnesses:
            witness.report.body = witness.report.body | {"source_kind": "authority"}
