"""Reading what is posted as a form, however its bytes arrive."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from api.forms import form_of

BOUNDARY = "a-boundary"
MULTIPART = f'multipart/form-data; boundary="{BOUNDARY}"'
URLENCODED = "application/x-www-form-urlencoded"


def part(name: str, content: bytes, file_name: str | None = None) -> bytes:
    named = "" if file_name is None else f'; filename="{file_name}"'
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def request_of(media_type: str, chunks: Sequence[bytes]) -> Request:
    coming = [*chunks, b""]

    async def receive() -> Message:
        chunk = coming.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(coming)}

    headers = [(b"content-type", media_type.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def read(
    media_type: str, chunks: Sequence[bytes], max_files: int = 9, max_fields: int = 9
) -> list[tuple[str, str | bytes]]:
    """Names and contents, files as bytes."""

    async def reading() -> list[tuple[str, str | bytes]]:
        request = request_of(media_type, chunks)
        async with form_of(request, max_files=max_files, max_fields=max_fields) as form:
            return [
                (name, await value.read() if isinstance(value, UploadFile) else value)
                for name, value in form.multi_items()
            ]

    return asyncio.run(reading())


@given(
    st.binary(max_size=300),
    st.text(max_size=40),
    st.lists(st.integers(1, 60), min_size=1, max_size=30),
)
def test_it_does_not_matter_where_the_body_is_cut(
    content: bytes, text: str, cuts: list[int]
) -> None:
    whole = body(part("report", text.encode()), part("files", content, "ab.jpg"))
    if f"--{BOUNDARY}".encode() in content + text.encode():
        return
    chunks, at = [], 0
    for cut in cuts:
        chunks.append(whole[at : at + cut])
        at += cut
    chunks.append(whole[at:])

    assert read(MULTIPART, chunks) == [("report", text), ("files", content)]


def test_a_large_file_goes_through_the_disk_and_comes_back_whole() -> None:
    content = bytes(range(256)) * 4 * 3000
    whole = body(part("files", content, "clip.mp4"))

    chunks = [whole[at : at + 65536] for at in range(0, len(whole), 65536)]

    assert read(MULTIPART, chunks) == [("files", content)]


def test_its_files_are_closed_afterwards() -> None:
    async def reading() -> UploadFile:
        request = request_of(MULTIPART, [body(part("files", b"x", "a.jpg"))])
        async with form_of(request) as form:
            file = form["files"]
            assert isinstance(file, UploadFile)
            return file

    assert asyncio.run(reading()).file.closed


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (MULTIPART, body(part("report", b"{}"))[:-20]),  # cut off
        (MULTIPART, b"no form"),
        ("multipart/form-data", body(part("report", b"{}"))),  # no boundary is named
        (MULTIPART, body(part("report", b"\xff"))),  # no UTF-8
        (MULTIPART, body(*[part("report", b"{}")] * 3)),
        (MULTIPART, body(*[part("files", b"", "a.jpg")] * 3)),
        (MULTIPART, body(part("report", bytes(1024 * 1024 + 1)))),
        (MULTIPART, body(b"--a-boundary\r\nContent-Type: text/plain\r\n\r\nx\r\n")),  # no name
        (URLENCODED, b"a=1&b=2&c=3"),
        (URLENCODED, b"a=%FF"),
    ],
)
def test_a_form_that_cannot_be_read_is_a_400(media_type: str, content: bytes) -> None:
    with pytest.raises(HTTPException) as caught:
        read(media_type, [content], max_files=2, max_fields=2)

    assert caught.value.status_code == 400


def test_a_form_in_the_address_s_way_of_writing() -> None:
    pairs = [("service_code", "E-0102"), ("description", "垃圾 & 水"), ("empty", "")]

    assert read(URLENCODED, [urlencode(pairs).encode()]) == pairs


def test_what_is_no_form_is_an_empty_one() -> None:
    assert read("application/json", [b"{}"]) == []
