"""Whatever is wrong with a report, the answer says so and nothing is kept."""

import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.settings import Settings
from tests.api.conftest import (
    WORKER_KEY,
    Api,
    clip,
    evidence_of,
    picture,
    report_of,
    running,
    sha256,
)

Mutation = Callable[[dict[str, Any]], None]
JPEG = picture()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server that takes small files only, and that no test may leave anything in."""
    chosen = Settings(
        Path(tmp_path_factory.mktemp("empty")),
        (WORKER_KEY,),
        max_body_bytes=300_000,
        max_file_bytes=100_000,
        max_pixels=1_000_000,
    )
    with running(chosen) as url, Api(url, chosen) as client:
        yield client


@pytest.fixture(autouse=True)
def _nothing_is_kept(empty: Api) -> Iterator[None]:
    yield
    assert empty.cases() == []
    assert empty.kept_files() == []


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], set(body)) == (status, {"type", "title", "status", "detail", "errors"})
    return body


def fields(answer: httpx.Response) -> list[str]:
    return [error["field"] for error in problem(answer, 422)["errors"]]


@pytest.mark.parametrize(
    ("mutate", "field"),
    [
        (lambda r: r.pop("kind"), "kind"),
        (lambda r: r.pop("evidence"), "evidence"),
        (lambda r: r["place"].pop("camera_id"), "place.camera_id"),
        (lambda r: r.update(scores=1), "scores"),
        (lambda r: r.update(score=1.5), "score"),
        (lambda r: r.update(evidence=[]), "evidence"),
        (lambda r: r.update(violation_id="7"), "violation_id"),
        (lambda r: r.update(first_seen="2025-11-25T08:00:00"), "first_seen"),
        (lambda r: r.update(first_seen="0001-01-01T00:00:00+08:00"), "first_seen"),
        (lambda r: r["box"].update(x0=float("nan")), "box.x0"),
        (lambda r: r["place"].update(camera_id="a\x00b"), "place.camera_id"),
        (lambda r: r["place"].update(address="a\nb"), "place.address"),
        (lambda r: r["evidence"][0].update(sha256="ABC"), "evidence.0.sha256"),
        (lambda r: r["evidence"][0].update(media_type="text/html"), "evidence.0.media_type"),
        (lambda r: r["evidence"][0].update(size=0), "evidence.0.size"),
        (lambda r: r.update(kind="parking"), "kind"),
    ],
)
def test_a_wrong_field_is_named(empty: Api, mutate: Mutation, field: str) -> None:
    report = report_of(evidence_of(JPEG))
    mutate(report)
    assert fields(empty.submit(report, JPEG)) == [field]


def test_every_wrong_field_is_named_at_once(empty: Api) -> None:
    report = report_of(evidence_of(JPEG), score=2, looks=0)
    assert fields(empty.submit(report, JPEG)) == ["score", "looks"]


def test_an_unknown_kind_is_told_the_known_ones(empty: Api) -> None:
    body = problem(empty.submit(report_of(evidence_of(JPEG), kind="parking"), JPEG), 422)
    assert body["errors"][0]["message"].endswith("litter, vending, manhole")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', '{"kind": "\\ud83d"}'])
def test_a_report_that_is_no_report_is_refused(empty: Api, text: str) -> None:
    assert fields(empty.submit(text, JPEG)) == ["report"]


def test_a_file_that_was_declared_must_come(empty: Api) -> None:
    other = picture(1)
    report = report_of(evidence_of(JPEG), evidence_of(other))
    assert fields(empty.submit(report, JPEG)) == ["evidence.1.sha256"]


def test_a_file_that_comes_must_be_declared(empty: Api) -> None:
    other = picture(1)
    answer = empty.submit(report_of(evidence_of(JPEG)), JPEG, other)
    assert fields(answer) == [f"files.{sha256(other)}"]


def send_as(api: Api, data: bytes, media_type: str, **changes: Any) -> httpx.Response:
    declared = evidence_of(data, "clip", media_type) | changes
    parts = [
        ("report", (None, json.dumps(report_of(declared)), "application/json")),
        ("files", (declared["sha256"], data)),
    ]
    return api.post("/v1/reports", files=parts)


def test_size_and_hash_must_be_as_declared(empty: Api) -> None:
    assert fields(send_as(empty, JPEG, "image/jpeg", size=len(JPEG) + 1)) == ["evidence.0.size"]
    assert fields(send_as(empty, JPEG, "image/jpeg", sha256="0" * 64)) == ["evidence.0.sha256"]


PNG = picture(1, ".png")
BOMB = PNG[:16] + struct.pack(">II", 100_000, 100_000) + PNG[24:]
BROKEN_JPEG = JPEG[:300].replace(b"\xff\xc4", b"\xff\x00") + b"\xff\xd9"


@pytest.mark.parametrize(
    ("data", "media_type", "message"),
    [
        (b"<html>", "image/jpeg", "does not begin as a JPEG"),
        (PNG, "image/jpeg", "does not begin as a JPEG"),
        (JPEG, "image/png", "does not begin as a PNG"),
        (JPEG[:-20], "image/jpeg", "cut off"),
        (PNG[:-20], "image/png", "cut off"),
        (JPEG[:3] + JPEG[-2:], "image/jpeg", "does not say its size"),
        (BROKEN_JPEG, "image/jpeg", "JPEG"),
        (PNG[:60] + PNG[-12:], "image/png", "cannot be decoded"),
        (BOMB, "image/png", "more than 1000000 pixels"),
        (JPEG, "video/mp4", "does not begin as an MP4"),
        (b"\0\0\0\x18ftypisom" + bytes(200), "video/mp4", "MP4"),
        (clip()[:400], "video/mp4", "MP4"),
        (clip(video=False), "video/mp4", "no video track"),
    ],
)
def test_a_file_must_be_what_it_says(
    empty: Api, data: bytes, media_type: str, message: str
) -> None:
    body = problem(send_as(empty, data, media_type), 422)
    assert body["errors"][0]["field"] == "evidence.0.media_type"
    assert message in body["errors"][0]["message"]


def test_a_file_that_is_too_large_is_refused(empty: Api) -> None:
    body = problem(send_as(empty, JPEG + bytes(100_000), "image/jpeg"), 413)
    assert "100000" in body["detail"]


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_too_large_is_refused(empty: Api, declared: bool) -> None:
    head = {"Content-Type": "multipart/form-data; boundary=x"}
    start = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
    body = start + bytes(400_000)
    content = body if declared else iter([body[i : i + 50_000] for i in range(0, 400_000, 50_000)])
    problem(empty.post("/v1/reports", headers=head, content=content), 413)


def test_a_document_that_is_too_large_is_refused(empty: Api) -> None:
    parts = [("report", ("r.json", b" " * 270_000, "application/json"))]
    problem(empty.post("/v1/reports", files=parts), 413)


def test_a_small_request_may_not_bring_a_large_body(empty: Api) -> None:
    head = {"Content-Type": "application/json"}
    chunks = iter([b" " * 100_000 for _ in range(11)])
    problem(empty.post("/v1/login", headers=head, content=chunks), 413)


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ([("files", (sha256(JPEG), JPEG))], "report"),
        ([("report", (None, "{}")), ("report", (None, "{}"))], "report"),
        ([("report", (None, "{}")), ("note", (None, "x"))], "note"),
        ([("report", (None, "{}")), ("files", ("street.jpg", JPEG))], "files"),
        ([("report", (None, "{}")), ("files", ("../../x", JPEG))], "files"),
        (
            [("report", (None, "{}")), *[("files", (sha256(JPEG), JPEG))] * 2],
            f"files.{sha256(JPEG)}",
        ),
    ],
)
def test_the_body_has_one_document_and_files_named_by_their_hash(
    empty: Api, parts: list[Any], field: str
) -> None:
    assert fields(empty.post("/v1/reports", files=parts)) == [field]


def test_too_many_files_and_a_broken_body_are_refused(empty: Api) -> None:
    many: list[Any] = [("files", (f"{i:064x}", b"x")) for i in range(40)]
    problem(empty.post("/v1/reports", files=many), 422)
    head = {"Content-Type": "multipart/form-data"}
    problem(empty.post("/v1/reports", headers=head, content=b"x"), 422)


def test_another_media_type_is_refused(empty: Api) -> None:
    problem(empty.post("/v1/reports", json=report_of(evidence_of(JPEG))), 415)


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "x"}])
def test_without_a_workers_key_nothing_is_taken(empty: Api, header: dict[str, str]) -> None:
    with Api(empty.url, replace(empty.settings), key=None) as stranger:
        stranger.headers.update(header)
        answer = stranger.submit(report_of(evidence_of(JPEG)), JPEG)
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_when_the_disk_refuses_nothing_is_filed_and_the_worker_may_try_again(
    empty: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("api.evidence.os.fsync", refuses)
        answer = empty.submit(report_of(evidence_of(JPEG)), JPEG)
    problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
