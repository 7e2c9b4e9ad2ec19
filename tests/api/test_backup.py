"""A backup that is made under load holds what was acknowledged before; its server goes on."""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from api.backup import BackupFailed, backup, restore
from api.errors import StoreNewer
from api.settings import Settings
from tests.api.conftest import WORKER_KEY, Api, picture, running
from tests.api.test_postgres import database  # noqa: F401


def silent(*_: object) -> None:
    pass


class Writer(threading.Thread):
    """Files reports without pause; remembers what was acknowledged."""

    def __init__(self, url: str, settings: Settings) -> None:
        super().__init__()
        self._api = Api(url, settings)
        self.acknowledged: list[str] = []
        self.stop = threading.Event()

    def run(self) -> None:
        with self._api as api:
            seed = 0
            while not self.stop.is_set():
                seed += 1
                place = {"camera_id": f"gate-{seed}"}
                self.acknowledged.append(api.file(picture(seed), place=place)["number"])

    def wait_for(self, count: int) -> None:
        while len(self.acknowledged) < count:
            assert self.is_alive()
            self.stop.wait(0.01)


def backed_up_under_load(settings: Settings, target: Path) -> list[str]:
    """The numbers that were acknowledged before the backup began."""
    with running(settings) as url:
        writer = Writer(url, settings)
        writer.start()
        try:
            writer.wait_for(8)
            before = list(writer.acknowledged)
            backup(settings, target, silent)
            writer.wait_for(len(before) + 4)
        finally:
            writer.stop.set()
            writer.join()
    return before


def goes_on(settings: Settings, before: list[str]) -> None:
    with running(settings) as url, Api(url, settings) as api:
        kept = sorted(case["number"] for case in api.get("/v1/cases?limit=200").json()["items"])
        assert kept[: len(before)] == sorted(before)
        new = api.file(picture(999), place={"camera_id": "new"})["number"]
    serials = [int(number.rsplit("-", 1)[1]) for number in [*kept, new]]
    assert serials == list(range(1, len(serials) + 1)), "no gap and no clash"


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
def test_what_was_acknowledged_before_is_in_it_and_the_restored_server_goes_on(
    tmp_path: Path, name: str
) -> None:
    settings = Settings(tmp_path / "data", (WORKER_KEY,))
    before = backed_up_under_load(settings, tmp_path / name)
    shutil.rmtree(settings.data)
    again = Settings(tmp_path / "again", (WORKER_KEY,))
    contents, found = restore(tmp_path / name, again, silent)
    assert found.findings == []
    assert found.links >= len(before)
    assert f"{found.head.number}:{found.head.hash}" == contents.head
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    goes_on(again, before)


@pytest.fixture
def second_database(database: str) -> Iterator[str]:  # noqa: F811
    engine = sa.create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text("CREATE DATABASE second"))
        yield database.rsplit("/", 1)[0] + "/second"
        connection.execute(sa.text("DROP DATABASE second WITH (FORCE)"))
    engine.dispose()


def test_on_postgresql_too(
    database: str,  # noqa: F811
    second_database: str,
    tmp_path: Path,
) -> None:
    settings = Settings(tmp_path / "data", (WORKER_KEY,), database_url=database)
    before = backed_up_under_load(settings, tmp_path / "backup")
    full = Settings(tmp_path / "again", (WORKER_KEY,), database_url=database)
    with pytest.raises(BackupFailed, match="has tables already"):
        restore(tmp_path / "backup", full, silent)
    with pytest.raises(BackupFailed, match="is of postgresql"):
        restore(tmp_path / "backup", Settings(tmp_path / "again", ()), silent)
    again = Settings(tmp_path / "again", (WORKER_KEY,), database_url=second_database)
    _, found = restore(tmp_path / "backup", again, silent)
    assert found.findings == []
    goes_on(again, before)


@pytest.fixture
def made(api: Api, jpeg: bytes, tmp_path: Path) -> Path:
    api.file(jpeg)
    backup(api.settings, tmp_path / "made", silent)
    return tmp_path / "made"


def test_nothing_is_ever_overwritten(made: Path, api: Api, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="is there already"):
        backup(api.settings, made, silent)
    with pytest.raises(BackupFailed, match="is not empty"):
        restore(made, api.settings, silent)
    (tmp_path / "empty").mkdir()
    _, found = restore(made, Settings(tmp_path / "empty", ()), silent)
    assert found.links == 1


def test_a_damaged_backup_makes_no_server(made: Path, tmp_path: Path) -> None:
    again = Settings(tmp_path / "again", ())
    file = next(path for path in (made / "evidence").rglob("*") if path.is_file())
    whole = file.read_bytes()
    file.unlink()  # it may be a link to the server's own
    file.write_bytes(whole[:-1] + b"x")
    with pytest.raises(BackupFailed, match=file.name):
        restore(made, again, silent)
    file.write_bytes(whole)
    with (made / "database").open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"x")
    with pytest.raises(BackupFailed, match="database is not what was backed up"):
        restore(made, again, silent)
    assert not again.data.exists()
    (tmp_path / "other").mkdir()
    with pytest.raises(BackupFailed, match="not a backup of five-chief"):
        restore(tmp_path / "other", again, silent)
    (tmp_path / "other.tar").write_bytes(b"x" * 2000)
    with pytest.raises(BackupFailed, match="cannot be read as a backup"):
        restore(tmp_path / "other.tar", again, silent)


def test_a_backup_of_a_newer_program_makes_no_server(made: Path, tmp_path: Path) -> None:
    contents = json.loads((made / "backup.json").read_text())
    (made / "backup.json").write_text(json.dumps(contents | {"revision": "9999"}))
    with pytest.raises(StoreNewer):
        restore(made, Settings(tmp_path / "again", ()), silent)
    assert not (tmp_path / "again").exists()


def test_evidence_that_is_damaged_or_gone_is_told_before_a_backup_is_made_of_it(
    api: Api, jpeg: bytes, tmp_path: Path
) -> None:
    api.file(jpeg)
    (file,) = api.kept_files()
    whole = file.read_bytes()
    file.write_bytes(whole + b"x")
    with pytest.raises(BackupFailed, match="is not what its name says"):
        backup(api.settings, tmp_path / "made", silent)
    file.unlink()
    with pytest.raises(BackupFailed, match="is cited, but not there"):
        backup(api.settings, tmp_path / "made", silent)
    assert not (tmp_path / "made").exists()
    with pytest.raises(BackupFailed, match="not the folder of a server"):
        backup(Settings(tmp_path / "nothing", ()), tmp_path / "made", silent)


def test_where_links_cannot_be_made_files_are_copied(
    api: Api, jpeg: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    api.file(jpeg)
    monkeypatch.setattr(os, "link", refuses)
    backup(api.settings, tmp_path / "made", silent)
    (copied,) = [path for path in (tmp_path / "made/evidence").rglob("*") if path.is_file()]
    assert copied.read_bytes() == jpeg
    assert copied.stat().st_nlink == 1
