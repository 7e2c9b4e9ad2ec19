"""What was filed is sealed, and whatever becomes of it afterwards is found and named."""

import errno
import hashlib
import io
import json
import os
import shutil
import sqlite3
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from api.evidence import EvidenceFolder
from api.jobs import sweep_evidence
from api.manifest import GENESIS, link_hash
from api.problems import Problem
from api.settings import Settings
from api.store.chain import Head
from api.store.engine import open_store
from api.verify import Verified, verify
from tests.api.conftest import (
    WORKER_KEY,
    Api,
    evidence_of,
    picture,
    report_of,
    running,
    sha256,
    sighting_of,
)


def check(settings: Settings, noted: Head | None = None) -> Verified:
    store = open_store(settings)
    try:
        folder = EvidenceFolder(settings.evidence, 0, 0)
        return verify(store, folder, noted, lambda *_: None)
    finally:
        store.engine.dispose()


def named(found: Verified) -> list[tuple[str, str]]:
    return [(each.what, each.where) for each in found.findings]


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Three cases, one of them followed up; the server is stopped."""
    chosen = Settings(tmp_path_factory.mktemp("filed") / "data", (WORKER_KEY,))
    with running(chosen) as url, Api(url, chosen) as api:
        for number in range(3):
            first = picture(number)
            report = report_of(evidence_of(first), place={"camera_id": f"gate-{number}"})
            assert api.submit(report, first).status_code == 201
        later = picture(9)
        sighting = sighting_of(1, evidence=[evidence_of(later)])
        path = f"/v1/reports/{report['violation_id']}/sightings"
        assert api.submit(sighting, later, path=path).status_code == 201
    # Only the database file is left to be damaged, with no journal to hide in.
    with sqlite3.connect(chosen.data / "five-chief.sqlite3") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    return chosen


@pytest.fixture
def damaged(filed: Settings, tmp_path: Path) -> Settings:
    """A copy that may be damaged."""
    shutil.copytree(filed.data, tmp_path / "data")
    return replace(filed, data=tmp_path / "data")


def run(settings: Settings, *statements: str) -> None:
    with sqlite3.connect(settings.data / "five-chief.sqlite3") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_what_was_filed_is_as_it_was_sealed(filed: Settings) -> None:
    found = check(filed)
    assert found.findings == []
    assert (found.links, found.files, found.head.number) == (4, 4, 4)


def test_a_manifest_says_what_was_filed_with_what_and_anyone_can_check_its_hash(
    api: Api, jpeg: bytes
) -> None:
    case = api.file(jpeg)
    (link,) = api.get(f"/v1/cases/{case['id']}/manifests").json()["items"]
    manifest = link["manifest"]
    assert manifest["case"] == case["number"]
    assert manifest["camera"] == "gate-3"
    assert manifest["clock"]["source"] == "arrival"
    assert manifest["reported"]["model"] == "litter@1"
    assert manifest["reported"]["box"] == {"x0": 10.0, "y0": 8.5, "x1": 40.0, "y1": 30.0}
    (file,) = manifest["files"]
    assert file["sha256"] == sha256(jpeg)
    assert file["captured_at"] == "2025-11-25T00:00:20+00:00"
    assert link["previous"] == GENESIS
    assert api.get("/v1/evidence-chain/head").json() == {"number": 1, "hash": link["hash"]}
    assert json.loads(link["text"]) == manifest
    found = check(api.settings)
    assert (found.head.number, found.head.hash) == (1, link["hash"])
    assert api.get("/v1/cases/999/manifests").status_code == 404


def test_the_hash_is_of_number_link_before_time_and_text() -> None:
    at = datetime(2026, 11, 25, 8, tzinfo=UTC)
    text = f"7\n{'a' * 64}\n2026-11-25T08:00:00+00:00\n{{}}"
    assert link_hash(7, "a" * 64, at, "{}") == hashlib.sha256(text.encode()).hexdigest()


def test_how_far_the_workers_clock_is_off_is_sealed_too(api: Api, jpeg: bytes) -> None:
    behind = datetime.now(UTC) - timedelta(seconds=90)
    beat = {"worker": "w", "at": behind.isoformat(), "kinds": [], "cameras": []}
    assert api.post("/v1/heartbeats", json=beat | {"outbox_waiting": 0}).status_code == 204
    run(
        api.settings,
        "INSERT INTO cameras (camera_id, worker, version) VALUES ('gate-3', 'w', 1)",
    )
    case = api.file(jpeg)
    (link,) = api.get(f"/v1/cases/{case['id']}/manifests").json()["items"]
    assert 89 < link["manifest"]["clock"]["offset_s"] < 95
    assert check(api.settings).findings == []


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_any_flipped_byte_of_any_file_is_found_and_named(filed: Settings, data: Any) -> None:
    path = data.draw(st.sampled_from(sorted(p for p in filed.evidence.rglob("*") if p.is_file())))
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    bit = data.draw(st.integers(0, 7))
    try:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :])
        assert named(check(filed)) == [("altered", str(path))]
    finally:
        path.write_bytes(whole)


COLUMNS = {
    "reports": ("digest", "body", "received_at", "violation_id"),
    "sightings": ("digest", "status", "at", "body", "received_at", "number"),
    "evidence": ("sighting", "position", "sha256", "role", "media_type", "size", "captured_at"),
    "evidence_chain": ("number", "sighting", "sealed_at", "manifest", "previous", "hash"),
    "cases": ("number", "catalogue_version"),
}


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_any_changed_character_of_any_row_that_is_sealed_is_found(
    filed: Settings, tmp_path_factory: pytest.TempPathFactory, data: Any
) -> None:
    table = data.draw(st.sampled_from(sorted(COLUMNS)))
    column = data.draw(st.sampled_from(COLUMNS[table]))
    original = filed.data / "five-chief.sqlite3"
    folder = tmp_path_factory.mktemp("row")
    (folder / "evidence").symlink_to(filed.evidence)
    shutil.copy(original, folder)
    changed = replace(filed, data=folder)
    with sqlite3.connect(folder / "five-chief.sqlite3") as connection:
        rows = connection.execute(
            f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608
        ).fetchall()
        rowid, value = data.draw(st.sampled_from(rows))
        text = str(value)
        at = data.draw(st.integers(0, len(text) - 1))
        other = data.draw(st.sampled_from("0123456789abcdef").filter(lambda c: c != text[at]))
        new: Any = text[:at] + other + text[at + 1 :]
        if isinstance(value, int):
            new = value + data.draw(st.integers(1, 9))
        moment = _moment(new)
        assume(moment is None or moment != _moment(value))  # what parts day and hour says nothing
        try:
            connection.execute(
                f"UPDATE {table} SET {column} = ? WHERE rowid = ?",  # noqa: S608
                (new, rowid),
            )
        except sqlite3.IntegrityError:
            reject()  # the database itself does not let it be
    connection.close()
    found = check(changed)
    assert found.findings, (table, column, value, new)


def test_a_file_that_is_gone_or_that_nothing_cites_is_named(damaged: Settings) -> None:
    gone = next(path for path in damaged.evidence.rglob("*") if path.is_file())
    gone.unlink()
    extra = damaged.evidence / "ab" / ("ab" * 32)
    extra.parent.mkdir(exist_ok=True)
    extra.write_bytes(b"x")
    assert named(check(damaged)) == [("missing", str(gone))], "it may be on its way"
    os.utime(extra, (time.time() - 7200,) * 2)
    assert named(check(damaged)) == [("missing", str(gone)), ("extra", str(extra))]


def test_an_appended_byte_is_found(damaged: Settings) -> None:
    path = next(path for path in damaged.evidence.rglob("*") if path.is_file())
    with path.open("ab") as file:
        file.write(b"\0")
    assert named(check(damaged)) == [("altered", str(path))]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM evidence_chain WHERE number = 2", ("missing", "link 2")),
        ("DELETE FROM evidence_chain WHERE number = 4", ("missing", "link 4")),
        ("DELETE FROM sightings", ("missing", "link 4")),
        ("DELETE FROM evidence WHERE sighting IS NULL AND id = 1", ("altered", "link 1")),
    ],
)
def test_what_is_taken_out_is_named(
    damaged: Settings, statement: str, what: tuple[str, str]
) -> None:
    run(damaged, "PRAGMA foreign_keys = OFF", statement)
    assert what in named(check(damaged))


def test_a_chain_that_was_written_anew_does_not_lead_through_a_noted_head(
    damaged: Settings,
) -> None:
    noted = check(damaged).head
    assert check(damaged, noted).findings == []
    assert check(damaged, Head(0, GENESIS)).findings == []
    with sqlite3.connect(damaged.data / "five-chief.sqlite3") as connection:
        # Whoever has the store can make it agree with itself: here, all is sealed an hour later.
        links = connection.execute(
            "SELECT number, sealed_at, manifest FROM evidence_chain ORDER BY number"
        ).fetchall()
        previous = GENESIS
        for number, sealed_at, manifest in links:
            at = datetime.fromisoformat(sealed_at).replace(tzinfo=UTC) + timedelta(hours=1)
            anew = link_hash(number, previous, at, manifest)
            connection.execute(
                "UPDATE evidence_chain SET sealed_at = ?, previous = ?, hash = ? WHERE number = ?",
                (at.replace(tzinfo=None).isoformat(" ", "microseconds"), previous, anew, number),
            )
            previous = anew
    connection.close()
    assert check(damaged).findings == [], "the store alone cannot tell"
    assert named(check(damaged, noted)) == [("altered", f"link {noted.number}")]


def test_files_that_nothing_cites_are_swept_after_an_hour(api: Api, jpeg: bytes) -> None:
    api.file(jpeg)
    folder = EvidenceFolder(api.settings.evidence, 10**6, 10**8)
    stray, young = picture(5), picture(6)
    for data in (stray, young):
        path = folder.path(sha256(data))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    for data in (stray, jpeg):
        os.utime(folder.path(sha256(data)), (time.time() - 7200,) * 2)
    store = open_store(api.settings)
    parts = SimpleNamespace(store=store, evidence=folder)
    sweep_evidence(cast(Any, parts), datetime.now(UTC))
    store.engine.dispose()
    assert not folder.path(sha256(stray)).exists()
    assert folder.path(sha256(jpeg)).exists(), "a case cites it"
    assert folder.path(sha256(young)).exists(), "its report may be on its way"


def test_a_file_that_comes_again_is_not_swept_before_it_is_cited(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path, 10**6, 10**8)
    data = picture(1)
    name = sha256(data)
    folder.keep({name: io.BytesIO(data)})
    os.utime(folder.path(name), (time.time() - 7200,) * 2)

    def nothing_cites(candidates: list[str]) -> list[str]:
        # At this very moment a report brings it once more.
        folder.keep({name: io.BytesIO(data)})
        return candidates

    assert folder.sweep(nothing_cites) == 0
    assert folder.path(name).read_bytes() == data
    os.utime(folder.path(name), (time.time() - 7200,) * 2)
    assert folder.sweep(lambda candidates: candidates) == 1
    folder.keep({name: io.BytesIO(data)})
    assert folder.path(name).read_bytes() == data


def test_a_file_that_a_power_cut_left_short_is_written_anew(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path, 10**6, 10**8)
    data = picture(2)
    name = sha256(data)
    folder.keep({name: io.BytesIO(data)})
    folder.path(name).write_bytes(data[:100])
    folder.keep({name: io.BytesIO(data)})
    assert folder.path(name).read_bytes() == data


def test_a_file_that_the_disk_did_not_take_leaves_no_name_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = EvidenceFolder(tmp_path, 10**6, 10**8)
    folder.prepare()
    data = picture(3)

    def fails(_: int) -> None:
        raise OSError(errno.EIO, "the disk failed")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(Problem) as refused:
        folder.keep({sha256(data): io.BytesIO(data)})
    assert refused.value.status_code == 503
    assert list(tmp_path.glob("*/*")) == []
