"""Finds what became of the evidence since it was sealed: any altered, missing or extra byte."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, true
from sqlalchemy.orm import Session

from api.evidence import EvidenceFolder
from api.manifest import GENESIS, Source, link_hash
from api.store.chain import COUNTER, Head, links, rebuilt, sources
from api.store.chain_tables import LinkRow
from api.store.citing import cited_files
from api.store.engine import Store
from api.store.models import CounterRow, EvidenceRow, ReportRow, SightingRow
from api.store.seals import KINDS, rebuilt_rows, unsealed

YOUNG_S = 3600
"""A file that nothing cites may be on its way to being cited for so long."""
REPORT = "report"
UNKNOWN = (
    "there is evidence, and the database knows of none: it is empty. Is it the server's? Set "
    "FIVE_CHIEF_DATABASE_URL as for five-chief serve"
)
_NAME = re.compile(r"[0-9a-f]{64}")

Progress = Callable[[str, int, int], None]
"""Told what is being looked at, and how much of how much is done."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was sealed.

    Attributes:
        what: `altered`, `missing` or `extra`.
        where: the file, the link or the row.
        detail: what differs, in words.
    """

    what: str
    where: str
    detail: str


@dataclass(slots=True)
class Verified:
    """What was looked at, and what was found."""

    head: Head = field(default_factory=lambda: Head(0, GENESIS))
    links: int = 0
    files: int = 0
    bytes: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, what: str, where: str, detail: str) -> None:
        """Note a finding."""
        self.findings.append(Finding(what, where, detail))


def verify(
    store: Store, folder: EvidenceFolder, noted: Head | None, progress: Progress
) -> Verified:
    """Walk the chain and the files.

    Args:
        store: may be in use: what is filed meanwhile is not looked at.
        folder: the evidence files.
        noted: a head that was noted elsewhere before; the chain must still lead through it.
        progress: told now and then.
    """
    found = Verified()
    with store.reading() as session:
        # One moment of the store for the whole walk.
        session.connection(execution_options=_one_moment(session))
        _walk_chain(session, found, noted, progress)
        _find_unsealed(session, found)
        cited = cited_files(session)
    if found.head.number == 0 and not cited and any(folder.files()):
        # However young: an empty database says nothing good of them.
        found.add("extra", str(folder.root), UNKNOWN)
    _walk_files(folder, cited, found, progress)
    return found


def _one_moment(session: Session) -> dict[str, Any]:
    # SQLite's readers see one moment anyway.
    if session.get_bind().dialect.name == "sqlite":
        return {}
    return {"isolation_level": "REPEATABLE READ"}


def _walk_chain(session: Session, found: Verified, noted: Head | None, progress: Progress) -> None:
    total = session.scalar(select(CounterRow.value).where(CounterRow.name == COUNTER)) or 0
    number, previous = 0, GENESIS
    passed = noted is None or noted.number == 0
    for page in _readable(links(session), found):
        keys = [(row.violation_id, row.sighting) for row in page if row.kind == REPORT]
        now = _sources(session, keys, found)
        others = _others(session, page)
        for row in page:
            _check_link(row, number, previous, found)
            if row.kind == REPORT:
                _check_rows(row, now.get((row.violation_id, row.sighting)), found)
            else:
                _check_other(row, others.get((row.kind, row.ref)), found)
            number, previous = row.number, row.hash
            passed = passed or (noted is not None and noted == Head(number, previous))
        found.links += len(page)
        progress("chain", found.links, total)
    found.head = Head(number, previous)
    if number < total:
        detail = f"{total} links were made, but the chain ends at {number}"
        found.add("missing", f"link {number + 1}", detail)
    elif number > total:
        found.add("extra", f"link {number}", f"only {total} links were made")
    if not passed and noted is not None:
        detail = "the chain does not lead through the hash that was noted: it was written anew"
        found.add("altered", f"link {noted.number}", detail)


def _readable(pages: Iterator[Sequence[Row[Any]]], found: Verified) -> Iterator[Sequence[Row[Any]]]:
    """The pages up to the first with a row that cannot be read at all."""
    last = 0
    while True:
        try:
            page = next(pages)
        except StopIteration:
            return
        except (ValueError, TypeError):
            detail = f"one of the links after {last} cannot be read"
            found.add("altered", f"link {last + 1}", detail)
            return
        last = page[-1].number
        yield page


def _sources(
    session: Session, keys: list[tuple[UUID, int]], found: Verified
) -> dict[tuple[UUID, int], Source]:
    try:
        return sources(session, keys)
    except (ValueError, TypeError):
        # A row that cannot be read at all: find it among its neighbours.
        if len(keys) == 1:
            found.add("altered", _named(*keys[0]), "its rows cannot be read")
            return {}
    half = len(keys) // 2
    return _sources(session, keys[:half], found) | _sources(session, keys[half:], found)


def _others(session: Session, page: Sequence[Row[Any]]) -> dict[tuple[str, int], str]:
    """The manifests of pictures, steps and snapshots as the store would give them now."""
    found: dict[tuple[str, int], str] = {}
    for kind in KINDS:
        ids = [row.ref for row in page if row.kind == kind]
        if ids:
            now = rebuilt_rows(session, kind, ids)
            found |= {(kind, row_id): manifest for row_id, manifest in now.items()}
    return found


def _check_other(row: Row[Any], now: str | None, found: Verified) -> None:
    where = f"link {row.number}"
    name = f"{row.kind} {row.ref}"
    if now is None:
        found.add("missing", where, f"{name}, which it seals, is not in the store")
    elif now != row.manifest:
        found.add("altered", where, f"{name} differs from what was sealed")


def _check_link(row: Row[Any], number: int, previous: str, found: Verified) -> None:
    where = f"link {row.number}"
    if row.number != number + 1:
        found.add("missing", f"link {number + 1}", f"the one after {number} is {row.number}")
    if row.previous != previous:
        found.add("altered", where, "it does not hold the hash of the link before it")
    if row.hash != link_hash(row.number, row.previous, row.sealed_at, row.manifest):
        found.add("altered", where, "its hash is not that of its content")


def _check_rows(row: Row[Any], source: Source | None, found: Verified) -> None:
    where = f"link {row.number}"
    if source is None:
        name = _named(row.violation_id, row.sighting)
        found.add("missing", where, f"{name}, which it seals, is not in the store")
        return
    try:
        now = json.loads(rebuilt(source, row.manifest))
        sealed = json.loads(row.manifest)
    except (ValueError, KeyError, TypeError, AttributeError):
        found.add("altered", where, "its manifest cannot be read")
        return
    differing = sorted(name for name in {*now, *sealed} if now.get(name) != sealed.get(name))
    if differing:
        case = sealed.get("case")
        detail = f"the rows of case {case} differ from what was sealed in: {', '.join(differing)}"
        found.add("altered", where, detail)


def _find_unsealed(session: Session, found: Verified) -> None:
    for kind in KINDS:
        for stray in unsealed(session, kind, true()):
            found.add("extra", f"{kind} {stray.id}", "it is in the store, but no link seals it")
    sealed = select(LinkRow.number).where(
        LinkRow.violation_id == ReportRow.violation_id, LinkRow.sighting == 0
    )
    for violation_id in session.scalars(select(ReportRow.violation_id).where(~sealed.exists())):
        found.add("extra", _named(violation_id, 0), "it is in the store, but no link seals it")
    sealed = select(LinkRow.number).where(
        LinkRow.violation_id == SightingRow.violation_id, LinkRow.sighting == SightingRow.number
    )
    for row in session.execute(
        select(SightingRow.violation_id, SightingRow.number).where(~sealed.exists())
    ):
        name = _named(row.violation_id, row.number)
        found.add("extra", name, "it is in the store, but no link seals it")
    # Files of a sighting that is not there are in no manifest.
    of_some = select(SightingRow.number).where(
        SightingRow.violation_id == EvidenceRow.violation_id,
        SightingRow.number == EvidenceRow.sighting,
    )
    for lost in session.execute(
        select(EvidenceRow.violation_id, EvidenceRow.sighting, EvidenceRow.sha256).where(
            EvidenceRow.sighting.is_not(None), ~of_some.exists()
        )
    ):
        name = _named(lost.violation_id, lost.sighting or 0)
        found.add("extra", name, f"it cites {lost.sha256}, but is not there itself")


def _named(violation_id: UUID, sighting: int) -> str:
    report = f"report {violation_id}"
    return report if sighting == 0 else f"sighting {sighting} of {report}"


def _walk_files(
    folder: EvidenceFolder, cited: dict[str, int | None], found: Verified, progress: Progress
) -> None:
    # Listed after the rows were read: whatever they cite is there by then.
    present = {path.name: path for path in _files(folder.root)}
    for done, (sha256, size) in enumerate(sorted(cited.items()), start=1):
        path = folder.path(sha256)
        if present.pop(sha256, None) != path:
            found.add("missing", str(path), "it is cited, but not there")
        else:
            _check_file(path, sha256, size, found)
        progress("files", done, len(cited))
    oldest = time.time() - YOUNG_S
    for path in sorted(present.values()):
        try:
            young = path.stat().st_mtime > oldest
        except FileNotFoundError:
            continue
        if not young or _NAME.fullmatch(path.name) is None:
            found.add("extra", str(path), "nothing cites it")


def _files(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.is_symlink() or not path.is_dir())


def _check_file(path: Path, sha256: str, size: int | None, found: Verified) -> None:
    if path.is_symlink() or not path.is_file():
        found.add("altered", str(path), "it is not a plain file")
        return
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            length = file.tell()
    except OSError as error:
        found.add("missing", str(path), f"it cannot be read: {error.strerror}")
        return
    found.files += 1
    found.bytes += length
    if digest != sha256:
        sizes = "" if size in (None, length) else f", and it has {length} bytes instead of {size}"
        found.add("altered", str(path), f"its SHA-256 is {digest}{sizes}")
    elif size not in (None, length):
        found.add("altered", str(path), f"it has {length} bytes; its row says {size}")
