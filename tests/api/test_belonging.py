"""A server's folder says which store it belongs to, and no command takes another for it."""

import json
import os
import shutil
import socket
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.backup import backup, restore
from api.errors import WrongStore
from api.settings import DATABASE_URL, SQLITE_FILE, Settings
from api.store.belonging import FILE, Belonging, belonging_of, check_belonging, note_belonging
from cli.main import app
from tests.api.conftest import WORKER_KEY, Api, picture, running
from tests.api.test_postgres import database  # noqa: F401
from tests.cli.test_commands import ROOT

JPEG = picture()
ELSEWHERE = "postgresql://chief:a-password@db.district.example/cases"

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command, started with another database's address or with none."""
    # It would take the log from the tests that come after.
    monkeypatch.setattr("cli.serve.log_to_stderr", lambda: None)

    def started(*arguments: str | Path, url: str | None = None) -> Result:
        monkeypatch.delenv(DATABASE_URL, raising=False)
        if url is not None:
            monkeypatch.setenv(DATABASE_URL, url)
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return started


@pytest.fixture
def on_postgresql(database: str, tmp_path: Path) -> Settings:  # noqa: F811
    """The folder of a server on PostgreSQL, with one case's evidence in it."""
    settings = Settings(tmp_path / "data", (WORKER_KEY,), database_url=database)
    with running(settings) as url, Api(url, settings) as api:
        api.file(JPEG)
    return settings


COMMANDS = [
    ("verify",),
    ("backup", "made"),
    ("user", "list"),
    ("user", "add", "li", "--role", "admin", "--password-stdin"),
    ("key", "add", "worker-1", "--scope", "work"),
    ("secrets", "rotate"),
    ("serve", "--port", "0"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_a_command_without_the_variable_refuses_and_makes_no_file(
    tmp_path: Path, run: Run, command: tuple[str, ...]
) -> None:
    data = tmp_path / "data"
    (data / "evidence").mkdir(parents=True)
    note_belonging(Settings(data, (), database_url=ELSEWHERE))
    before = sorted(data.rglob("*"))
    done = run(*(str(tmp_path / word) if word == "made" else word for word in command),
               "--data", data)  # fmt: skip
    assert done.exit_code == 2
    for word in (str(data / FILE), "cases on db.district.example:5432", DATABASE_URL, "not set"):
        assert word in done.stderr
    assert sorted(data.rglob("*")) == before
    assert not (tmp_path / "made").exists()


def test_the_note_has_no_password(tmp_path: Path) -> None:
    note_belonging(Settings(tmp_path, (), database_url=ELSEWHERE))
    text = (tmp_path / FILE).read_text()
    assert "a-password" not in text
    assert "chief" not in text
    assert json.loads(text)["host"] == "db.district.example"
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_verify_and_backup_do_not_call_the_wrong_store_whole(
    on_postgresql: Settings, run: Run, tmp_path: Path
) -> None:
    data, url = on_postgresql.data, on_postgresql.database_url
    assert run("verify", "--data", data, url=url).exit_code == 0
    assert run("verify", "--data", data).exit_code == 2
    assert run("backup", tmp_path / "made", "--data", data).exit_code == 2
    (data / FILE).unlink()  # a folder of before
    missing = run("verify", "--data", data)
    assert missing.exit_code == 2
    assert f"{data / SQLITE_FILE}: is not there" in missing.stderr
    assert not (data / SQLITE_FILE).exists()
    assert run("verify", "--data", data, url=url).exit_code == 0
    assert run("backup", tmp_path / "made", "--data", data, url=url).exit_code == 0


@pytest.mark.parametrize("age_s", [0, 7200])
def test_evidence_that_an_empty_store_does_not_know_of_is_a_finding(
    tmp_path: Path, run: Run, age_s: float
) -> None:
    settings = Settings(tmp_path / "data", (WORKER_KEY,))
    with running(settings):
        pass
    assert run("verify", "--data", settings.data).exit_code == 0
    lost = settings.evidence / "ab" / ("ab" * 32)
    lost.write_bytes(JPEG)
    os.utime(lost, (time.time() - age_s,) * 2)
    found = run("verify", "--data", settings.data)
    assert found.exit_code == 1
    assert "it is empty" in found.stderr
    refused = run("backup", tmp_path / "made", "--data", settings.data)
    assert refused.exit_code == 2
    assert "it is empty" in refused.stderr
    assert not (tmp_path / "made").exists()


def test_a_folder_may_be_moved_and_a_restored_one_has_its_own_note(
    api: Api, tmp_path: Path, run: Run
) -> None:
    api.file(JPEG)
    if not api.settings.is_sqlite:
        pytest.skip("about folders that hold their store")
    backup(api.settings, tmp_path / "made", lambda *_: None)
    restore(tmp_path / "made", Settings(tmp_path / "again", ()), lambda *_: None)
    assert json.loads((tmp_path / "again" / FILE).read_text())["database"] == SQLITE_FILE
    shutil.move(tmp_path / "again", tmp_path / "moved")
    assert run("verify", "--data", tmp_path / "moved").exit_code == 0
    other = run("verify", "--data", tmp_path / "moved", url=ELSEWHERE)
    assert other.exit_code == 2
    assert f"unset {DATABASE_URL}" in other.stderr


def test_accounts_and_keys_may_come_before_the_first_start(tmp_path: Path, run: Run) -> None:
    data = tmp_path / "data"
    assert run("key", "list", "--data", data).exit_code == 2
    assert not data.exists()
    assert run("key", "add", "k", "--scope", "work", "--data", data).exit_code == 0
    assert "k" in run("key", "list", "--data", data).stdout
    assert run("key", "list", "--data", data, url=ELSEWHERE).exit_code == 2


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (None, Belonging("sqlite", SQLITE_FILE)),
        ("sqlite:////srv/cases.sqlite3", Belonging("sqlite", "/srv/cases.sqlite3")),
        ("postgresql://u:p@h/d", Belonging("postgresql", "d", "h", 5432)),
        ("postgresql+psycopg://other@h:5432/d", Belonging("postgresql", "d", "h", 5432)),
        ("postgresql://u:p@h:5433/d", Belonging("postgresql", "d", "h", 5433)),
        ("postgresql:///d?host=/run/pg", Belonging("postgresql", "d", "/run/pg", 5432)),
    ],
)  # fmt: skip
def test_a_store_is_known_by_kind_host_and_name(
    tmp_path: Path, url: str | None, expected: Belonging
) -> None:
    assert belonging_of(Settings(tmp_path, (), database_url=url)) == expected


def test_postgresql_without_its_driver_names_the_variable_and_the_command(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as if it were not installed
    done = run("serve", "--data", tmp_path / "data", url=ELSEWHERE)
    assert done.exit_code == 2
    assert DATABASE_URL in done.stderr
    assert f"{sys.executable} -m pip install 'psycopg[binary]>=3.2'" in done.stderr
    assert "a-password" not in done.stderr
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert extras["optional-dependencies"]["postgres"] == ["psycopg[binary]>=3.2"]


@pytest.mark.parametrize("command", [("serve",), ("verify",), ("backup", "made")])
def test_a_database_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, run: Run, command: tuple[str, ...]
) -> None:
    pytest.importorskip("psycopg")
    (tmp_path / "evidence").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"postgresql://chief:a-password@127.0.0.1:{port}/cases"
    words = (str(tmp_path / word) if word == "made" else word for word in command)
    done = run(*words, "--data", tmp_path, url=address)
    assert done.exit_code == 2
    assert DATABASE_URL in done.stderr
    assert "refused" in done.stderr
    assert "a-password" not in done.stderr
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("text", ["", "[]", '{"kind": "sqlite"}', '{"colour": "red"}'])
def test_a_note_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(WrongStore, match=r"store\.json: does not say which store"):
        check_belonging(Settings(tmp_path, ()))
