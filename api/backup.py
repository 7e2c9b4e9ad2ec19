"""Copies of all that a server keeps, made while it runs, and servers made from copies."""

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.errors import ApiError
from api.evidence import EvidenceFolder
from api.settings import Settings
from api.store.belonging import check_belonging, check_file, note_belonging
from api.store.dumping import dump, is_empty, load
from api.store.engine import open_store
from api.store.migrate import revision_of, upgrade
from api.vault import FILE, VARIABLE
from api.verify import UNKNOWN, Verified, verify

FORM = 1
CONTENTS = "backup.json"
DATABASE = "database"
EVIDENCE = "evidence"
NO_KEY = (
    f"not in this backup: keep a copy of the server's {FILE}, or of {VARIABLE}, apart from it; "
    "without it, secrets of subscriptions and addresses of cameras must be given anew after a "
    "restore"
)
Progress = Callable[[str, int, int], None]


class BackupFailed(ApiError):
    """The backup cannot be made or used; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a backup.

    Attributes:
        form: how it is laid out.
        made_at: when, RFC 3339 in UTC; all that was acknowledged before is in it.
        engine: `sqlite` or `postgresql`, the only one that it can be restored into.
        revision: of the tables.
        database_sha256: of the database's copy.
        head: newest link of the evidence chain, NUMBER:HASH.
        files: how many files of evidence.
        bytes: how large they are together.
        secrets_key: that the key which opens the database's secrets is not in it.
    """

    form: int
    made_at: str
    engine: str
    revision: str
    database_sha256: str
    head: str
    files: int
    bytes: int
    secrets_key: str = NO_KEY


def backup(settings: Settings, target: Path, progress: Progress) -> Contents:
    """Copy database and evidence, consistent with each other, while the server runs.

    The database is copied first, as it stands at one moment. What it cites was on disk before it
    was cited and is never changed or taken away after, so it can be copied at leisure.

    Args:
        settings: of the server.
        target: a folder that is not there yet, or a file whose name ends in `.tar`.
        progress: told how many files are done of how many.

    Raises:
        BackupFailed: the target is there already, a file is missing or altered, the disk is full,
            or the database is empty although there is evidence.
        WrongStore: the folder belongs to another database.
    """
    if target.exists():
        raise BackupFailed(f"{target} is there already; name a new folder, or a new file.tar")
    if not settings.evidence.is_dir():
        raise BackupFailed(f"{settings.data} is not the folder of a server: it has no evidence")
    check_belonging(settings)
    check_file(settings)
    made_at = datetime.now(UTC).isoformat()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target: what is half done never has the name of what is whole.
        with _beside(target) as folder:
            contents = _copy(settings, folder, made_at, progress)
            if target.suffix == ".tar":
                _pack(folder, target)
            else:
                folder.rename(target)
                _sync(target.parent)
    except OSError as error:
        raise BackupFailed(f"{target}: {error.strerror or error}") from error
    return contents


def _copy(settings: Settings, folder: Path, made_at: str, progress: Progress) -> Contents:
    dumped = dump(settings, folder / DATABASE)
    _sync(folder / DATABASE)
    evidence = EvidenceFolder(settings.evidence, 0, 0)
    if dumped.head.number == 0 and not dumped.cited and any(evidence.files()):
        raise BackupFailed(f"{settings.evidence}: {UNKNOWN}")
    size = 0
    for done, sha256 in enumerate(sorted(dumped.cited), start=1):
        place = folder / EVIDENCE / sha256[:2] / sha256
        place.parent.mkdir(parents=True, exist_ok=True)
        size += _bring(evidence.path(sha256), place, sha256)
        progress("evidence", done, len(dumped.cited))
    (folder / EVIDENCE).mkdir(exist_ok=True)
    contents = Contents(
        form=FORM,
        made_at=made_at,
        engine=dumped.engine,
        revision=dumped.revision,
        database_sha256=_digest(folder / DATABASE),
        head=f"{dumped.head.number}:{dumped.head.hash}",
        files=len(dumped.cited),
        bytes=size,
    )
    (folder / CONTENTS).write_text(json.dumps(asdict(contents), indent=2) + "\n", "utf-8")
    for path in (folder / CONTENTS, folder / EVIDENCE, folder):
        _sync(path)
    return contents


def _bring(source: Path, place: Path, sha256: str) -> int:
    """Link or copy a file; returns its size in bytes."""
    try:
        try:
            os.link(source, place)
        except FileNotFoundError:
            raise
        except OSError:
            # Another disk, or a file system without links.
            shutil.copyfile(source, place)
            _sync(place)
    except FileNotFoundError as error:
        raise BackupFailed(f"{source} is cited, but not there; see five-chief verify") from error
    if _digest(place) != sha256:
        raise BackupFailed(f"{source} is not what its name says; see five-chief verify")
    return place.stat().st_size


def restore(source: Path, settings: Settings, progress: Progress) -> tuple[Contents, Verified]:
    """Make a server's folder (and database) of a backup, and verify it.

    Args:
        source: what `backup` made.
        settings: of the server to be; its folder must be empty or not there, its database empty.
        progress: told how far it is.

    Raises:
        BackupFailed: the target is not empty, or the backup is damaged or of another engine.
        StoreNewer: the backup is of a newer program.
    """
    data = settings.data
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise BackupFailed(f"{data} is not empty; a restore makes a new folder, it overwrites none")
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        with _beside(data) as folder, _unpacked(source, folder) as opened:
            contents = _read(opened, settings)
            whole = folder / "whole"
            _place(opened, whole, progress)
            if settings.is_sqlite:
                load(settings, opened / DATABASE, whole)
            elif not is_empty(settings):
                raise BackupFailed("the database has tables already; give an empty one")
            else:
                load(settings, opened / DATABASE, whole)
            note_belonging(settings, whole)
            if data.exists():
                data.rmdir()
            whole.rename(data)
            _sync(data.parent)
    except OSError as error:
        raise BackupFailed(f"{source}: {error.strerror or error}") from error
    store = open_store(settings)
    try:
        upgrade(store)
        evidence = EvidenceFolder(settings.evidence, 0, 0)
        return contents, verify(store, evidence, None, progress)
    finally:
        store.engine.dispose()


def _read(opened: Path, settings: Settings) -> Contents:
    try:
        contents = Contents(**json.loads((opened / CONTENTS).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BackupFailed(f"it is not a backup of five-chief: {CONTENTS}: {error}") from error
    if contents.form != FORM:
        raise BackupFailed(f"it is laid out in form {contents.form}; this program reads {FORM}")
    engine = "sqlite" if settings.is_sqlite else "postgresql"
    if contents.engine != engine:
        raise BackupFailed(f"it is of {contents.engine}, and cannot be restored into {engine}")
    revision_of(contents.revision)
    if _digest(opened / DATABASE) != contents.database_sha256:
        raise BackupFailed(f"{DATABASE} is not what was backed up: its SHA-256 differs")
    return contents


def _place(opened: Path, whole: Path, progress: Progress) -> None:
    target = whole / EVIDENCE
    target.mkdir(parents=True, mode=0o700)
    whole.chmod(0o700)
    paths = sorted(path for path in (opened / EVIDENCE).rglob("*") if path.is_file())
    for done, path in enumerate(paths, start=1):
        place = target / path.name[:2] / path.name
        place.parent.mkdir(mode=0o700, exist_ok=True)
        # Copied, never linked: the backup must stay what it is, whatever becomes of the server.
        shutil.copyfile(path, place)
        place.chmod(0o600)
        _sync(place)
        if _digest(place) != path.name:
            raise BackupFailed(f"{path.name} in the backup is not what its name says")
        progress("evidence", done, len(paths))


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(
        prefix=f".{target.name}-", dir=target.parent, ignore_cleanup_errors=True
    ) as outer:
        folder = Path(outer) / "made"
        folder.mkdir(mode=0o700)
        yield folder


@contextmanager
def _unpacked(source: Path, folder: Path) -> Iterator[Path]:
    if source.is_dir():
        yield source
        return
    opened = folder / "opened"
    try:
        with tarfile.open(source) as tar:
            tar.extractall(opened, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise BackupFailed(f"{source} cannot be read as a backup: {error}") from error
    yield opened


def _pack(folder: Path, target: Path) -> None:
    half = folder.with_name("half.tar")
    with tarfile.open(half, "w") as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, path.name)
    half.chmod(0o600)
    _sync(half)
    half.rename(target)
    _sync(target.parent)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
