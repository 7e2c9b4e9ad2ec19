"""Cases from before merging get their one witness, and their place in columns."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import text

from api.settings import Settings
from api.store import migrate
from api.store.engine import Store, open_store
from api.store.migrate import alembic_config, upgrade
from api.store.reading import get_case
from tests.api.conftest import evidence_of, report_of

MINE = next((Path(migrate.__file__).parent / "migrations" / "versions").glob("*_merge.py"))
BEFORE = f"{int(MINE.name[:4]) - 1:04d}"
TIME = "2025-11-25 00:00:21.000000"


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    settings.data.mkdir()
    opened = open_store(settings)
    with opened.engine.execution_options(writes=True).begin() as connection:
        command.upgrade(alembic_config(connection), BEFORE)
    yield opened
    opened.engine.dispose()


def test_an_old_case_is_found_where_it_is(store: Store) -> None:
    violation = uuid4()
    place = {"camera_id": "gate-3", "address": "经十路", "longitude": 117.2, "latitude": 36.7}
    body = report_of(evidence_of(b"x"), place=place)
    with store.writing() as session:

        def run(statement: str, **values: object) -> None:
            session.execute(text(statement), values)

        run("INSERT INTO catalogue_versions VALUES ('1', 'd', 's', :t)", t=TIME)
        run("INSERT INTO categories VALUES ('1','litter','x','事件','0102','E-0102','x','x')")
        run(
            "INSERT INTO reports VALUES (:v, 'd', :b, :t)",
            v=violation.hex,
            b=json.dumps(body),
            t=TIME,
        )
        run(
            "INSERT INTO evidence (violation_id, position, sha256, role, media_type, size, "
            "captured_at) VALUES (:v, 0, :p, 'snapshot', 'image/jpeg', 1, :t), "
            "(:v, 1, :q, 'clip', 'video/mp4', 1, :t)",
            v=violation.hex,
            p="a" * 64,
            q="b" * 64,
            t=TIME,
        )
        run(
            "INSERT INTO sightings VALUES (:v, 1, 'd', 'still_there', :t, :b, :t)",
            v=violation.hex,
            b=json.dumps({"number": 1, "status": "still_there"}),
            t=TIME,
        )
        run(
            "INSERT INTO cases (id, number, violation_id, catalogue_version, kind, camera_id, "
            "status, received_at, last_seen, updated_at, version) VALUES "
            "(7, 'n', :v, '1', 'litter', 'gate-3', 'reported', :t, :t, :t, 1)",
            v=violation.hex,
            t=TIME,
        )
    upgrade(store)
    found = get_case(store, 7)
    assert found is not None
    case = found[0]
    assert case.sighting_count == 2
    assert case.place.address == "经十路"
    assert case.place.crs_assumed
    (witness,) = case.witnesses
    assert (witness.violation_id, witness.number) == (violation, 1)
    with store.reading() as session:
        row = session.execute(
            text(
                "SELECT service_code, longitude, latitude, cell, thumbnail, text FROM cases "
                "JOIN addresses ON addresses.id = address_id"
            )
        ).one()
    assert tuple(row) == ("E-0102", 117.2, 36.7, 2534059440, "a" * 64, "经十路")
