"""Cameras' addresses hold passwords: the database and its backups have them encrypted alone."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from api.backup import backup, restore
from api.schema.cameras import CameraConfig
from api.settings import SQLITE_FILE, Settings
from api.store.camera_secrets import masked, with_password
from api.store.engine import Store, open_store
from api.store.line_tables import CameraRow, CameraVersionRow
from api.store.migrate import upgrade
from api.store.secret_rows import locked, rotate
from api.vault import FILE
from tests.api.conftest import Api, running
from tests.api.test_workers_line import Worker, camera, down, put

NOW = datetime(2026, 11, 25, tzinfo=UTC)
PASSWORD = "pa55-of-the-gate"
URL = f"rtsp://viewer:{PASSWORD}@192.0.2.10:554/101"
IN_QUERY = f"rtsp://192.0.2.10/102?user=viewer&password={PASSWORD}"


def runs(**changes: Any) -> dict[str, Any]:
    config = camera(url=URL, sub_url=IN_QUERY, **changes)
    return {"camera_id": "gate-3", "version": None, "config": config}


def rows(store: Store) -> list[str]:
    """The JSON of each configuration and order, as the database has it."""
    with store.engine.connect() as connection:
        query = "SELECT CAST(body AS TEXT) FROM camera_versions UNION ALL "
        query += "SELECT CAST(body AS TEXT) FROM line_orders"
        return [row[0] for row in connection.execute(text(query))]


@pytest.fixture
def gate(api: Api) -> Api:
    """A camera that its worker brought, and a newer version that the worker has not seen."""
    with Worker(api).line(runs()):
        pass
    down(api)
    put(api, camera(url=URL, sub_url=IN_QUERY, read_timeout_s=20), match='"1"')
    return api


def test_no_password_stands_in_the_database_and_the_worker_gets_it(gate: Api) -> None:
    store = open_store(gate.settings)
    kept = rows(store)
    store.engine.dispose()
    assert len(kept) == 3
    assert PASSWORD not in "".join(kept)
    assert all('"url": "fernet:' in one and '"sub_url": "fernet:' in one for one in kept)
    for file in gate.settings.data.rglob("*"):
        assert not file.is_file() or PASSWORD.encode() not in file.read_bytes(), file
    worker = Worker(gate)
    with worker.line(runs()) as line:
        sent = worker.take(line)["order"]["config"]
        assert (sent["url"], sent["sub_url"], sent["read_timeout_s"]) == (URL, IN_QUERY, 20)
        assert worker.nothing_more(line)


def test_what_was_kept_in_the_clear_is_encrypted_when_a_store_is_opened(gate: Api) -> None:
    store = open_store(gate.settings)
    with store.writing() as session:
        for table in ("camera_versions", "line_orders"):
            for row in session.execute(text(f"SELECT rowid_, body FROM {_named(table)}")).all():  # noqa: S608
                body = row.body if isinstance(row.body, dict) else json.loads(row.body)
                config = body.get("config", body)
                config |= {"url": URL, "sub_url": IN_QUERY}
                session.execute(
                    text(f"UPDATE {table} SET body = :body WHERE {_ID[table]} = :id"),  # noqa: S608
                    {"body": json.dumps(body), "id": row.rowid_},
                )
    assert "".join(rows(store)).count(PASSWORD) == 6
    assert gate.get("/v1/cameras/gate-3").json()["config"]["read_timeout_s"] == 20
    upgrade(store)
    assert PASSWORD not in "".join(rows(store))
    store.engine.dispose()
    worker = Worker(gate)
    with worker.line(runs()) as line:
        assert worker.take(line)["order"]["config"]["url"] == URL


_ID = {"camera_versions": "version", "line_orders": "number"}


def _named(table: str) -> str:
    return f"(SELECT {_ID[table]} AS rowid_, body FROM {table}) AS t"  # noqa: S608 (of this file)


def test_what_was_kept_in_the_clear_is_gone_from_the_file_too(tmp_path: Path) -> None:
    settings = Settings(tmp_path, ("x" * 16,))
    store = open_store(settings)
    upgrade(store)
    with store.writing() as session:
        for number in range(40):
            made: dict[str, Any] = {"author": "", "at": NOW, "note": "", "reason": ""}
            body = CameraConfig.model_validate(camera(f"c{number}", url=URL)).model_dump(
                mode="json"
            )
            row = CameraRow(camera_id=f"c{number}", worker="w", version=1, running=None)
            session.add(row)
            session.flush()
            state = "applied"
            session.add(
                CameraVersionRow(camera_id=f"c{number}", version=1, body=body, state=state, **made)
            )
    store.engine.dispose()
    assert PASSWORD.encode() in (tmp_path / SQLITE_FILE).read_bytes()
    store = open_store(settings)
    upgrade(store)
    store.engine.dispose()
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or PASSWORD.encode() not in file.read_bytes(), file


def test_a_rotated_key_reaches_a_running_server(gate: Api) -> None:
    store = open_store(gate.settings)
    before = rows(store)
    assert rotate(store) == 6
    assert not set(before) & set(rows(store))
    store.engine.dispose()
    worker = Worker(gate)
    with worker.line(runs()) as line:
        assert worker.take(line)["order"]["config"]["url"] == URL


def test_a_masked_password_that_comes_back_stands_for_the_one_that_is_kept(gate: Api) -> None:
    shown = gate.get("/v1/cameras/gate-3").json()["config"]
    assert shown["url"] == "rtsp://viewer:***@192.0.2.10:554/101"
    assert shown["sub_url"] == "rtsp://192.0.2.10/102?user=viewer&password=***"
    put(gate, shown | {"url": "rtsp://viewer:***@192.0.2.10:554/102"}, match='"2"')
    worker = Worker(gate)
    with worker.line(runs()) as line:
        sent = worker.take(line)["order"]["config"]
        assert sent["url"] == f"rtsp://viewer:{PASSWORD}@192.0.2.10:554/102"
        assert sent["sub_url"] == IN_QUERY


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://h/1", "rtsp://h/1"),
        ("rtsp://u:p@h/1", "rtsp://u:***@h/1"),
        ("rtsp://u:p@ss@h/1?Token=abc&channel=2", "rtsp://u:***@h/1?Token=***&channel=2"),
        ("rtsp://u:${CAMERA}@h/1", "rtsp://u:${CAMERA}@h/1"),
        ("rtsp://h/1?pwd=${CAMERA};keyframe=1", "rtsp://h/1?pwd=${CAMERA};keyframe=1"),
        ("rtsp://h/user=a&password=x&channel=1", "rtsp://h/user=a&password=***&channel=1"),
    ],
)
def test_what_is_shown_has_no_password_and_comes_back_as_it_was(url: str, shown: str) -> None:
    config = CameraConfig.model_validate(camera(url=url))
    assert masked(config).url == shown
    assert with_password(masked(config), config) == config


def test_without_the_key_cameras_are_still_listed_and_the_worker_brings_the_address_anew(
    gate: Api,
) -> None:
    (gate.settings.data / FILE).write_bytes(Fernet.generate_key())
    found = gate.get("/v1/cameras/gate-3").json()
    assert (found["config"]["url"], found["config"]["sub_url"]) == ("rtsp://***", "rtsp://***")
    assert len(gate.get("/v1/cameras/gate-3/versions").json()) == 2
    back = {"worker": "w1", "config": found["config"]}
    refused = gate.put("/v1/cameras/gate-3", json=back, headers={"If-Match": '"2"'})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "config.url")
    worker = Worker(gate)
    with worker.line(runs()) as line:
        assert worker.nothing_more(line), "what cannot be read is not sent"
        assert worker.welcome["versions"] == {"gate-3": 3}
    found = gate.get("/v1/cameras/gate-3").json()
    assert found["config"]["url"] == "rtsp://viewer:***@192.0.2.10:554/101"
    assert "cannot be decrypted" in found["note"]


def test_a_configuration_is_refused_while_the_key_cannot_be_read(gate: Api) -> None:
    (gate.settings.data / FILE).write_bytes(b"no key at all")
    answer = gate.put(
        "/v1/cameras/gate-3",
        json={"worker": "w1", "config": camera(url=URL)},
        headers={"If-Match": '"2"'},
    )
    assert (answer.status_code, answer.json()["type"][-14:]) == (503, "secrets-locked")
    assert gate.get("/v1/cameras/gate-3").json()["version"] == 2


def test_a_backup_has_no_password_and_with_the_key_it_can_be_used(
    gate: Api, tmp_path: Path
) -> None:
    if gate.settings.database_url is not None:
        pytest.skip("a restore goes to an empty database of its own: tests/api/test_backup.py")
    made, back = tmp_path / "copy", Settings(tmp_path / "back", gate.settings.worker_keys)
    backup(gate.settings, made, lambda *_: None)
    for file in made.rglob("*"):
        assert not file.is_file() or PASSWORD.encode() not in file.read_bytes(), file
    restore(made, back, lambda *_: None)
    store = open_store(back)
    assert "Put the copy" in str(locked(store))
    (back.data / FILE).write_bytes((gate.settings.data / FILE).read_bytes())
    assert locked(store) is None
    store.engine.dispose()
    with running(back) as url, Api(url, back) as again:
        worker = Worker(again)
        with worker.line(runs()) as line:
            assert worker.take(line)["order"]["config"]["url"] == URL


def test_a_password_that_nobody_sees_is_not_sent_to_another_host(api: Api) -> None:
    """Else whoever may configure a camera could have its worker show the password elsewhere."""
    put(api, camera())
    headers = {"If-Match": "*"}
    for url, status in (
        ("rtsp://viewer:***@203.0.113.9:554/101", 422),
        ("rtsp://viewer:***@192.0.2.10:8554/101", 422),
        ("rtsp://viewer:***@192.0.2.10:554/102", 200),
        ("rtsp://viewer:fresh@203.0.113.9:554/101", 200),
    ):
        body = {"worker": "w1", "config": camera(url=url)}
        answer = api.put("/v1/cameras/gate-3", json=body, headers=headers)
        assert answer.status_code == status, url
    assert api.get("/v1/cameras/gate-3").json()["config"]["url"].startswith("rtsp://viewer:***@203")
