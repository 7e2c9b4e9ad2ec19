"""What is posted as a form, in one reading of the body.

Reports are forms, so this is read hundreds of times a second. `multipart` looks for boundaries in
whole pieces of the body; the framework's own parser steps through it by the character, and took
three times as long for a report.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast
from urllib.parse import parse_qsl

from multipart import (
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

_IN_MEMORY = 1024 * 1024
"""A file that is larger goes to disk, and is written there from a thread."""
_MAX_TEXT_BYTES = 1024 * 1024


@asynccontextmanager
async def form_of(
    request: Request, *, max_files: int = 1000, max_fields: int = 1000
) -> AsyncIterator[FormData]:
    """A posted form; its files are closed afterwards.

    Texts are UTF-8. What is no form at all is an empty one.

    Raises:
        HTTPException: 400, it cannot be read, or has too many parts.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind == "multipart/form-data":
        reading = _Reading(options.get("boundary", ""), max_files, max_fields)
        try:
            await reading.read(request)
            yield FormData(reading.items)
        finally:
            reading.close()
    elif kind == "application/x-www-form-urlencoded":
        yield FormData(_pairs(await request.body(), max_fields))
    else:
        yield FormData()


class _Reading:
    """A multipart body while it comes in, and what has been found in it."""

    def __init__(self, boundary: str, max_files: int, max_fields: int) -> None:
        self.items: list[tuple[str, UploadFile | str]] = []
        self._boundary = boundary
        self._left = {True: max_files, False: max_fields}
        self._files: list[SpooledTemporaryFile[bytes]] = []
        self._text = bytearray()

    async def read(self, request: Request) -> None:
        """Read the body to its end."""
        part: MultipartSegment | None = None
        try:
            parser = PushMultipartParser(self._boundary)
            async for chunk in request.stream():
                # An empty one would say that the body has ended.
                for event in parser.parse(chunk) if chunk else ():
                    if event is None:
                        self._end(part)
                    elif isinstance(event, MultipartSegment):
                        part = event
                        self._begin(part)
                    else:
                        await self._add(part, event)
            parser.close()
        except (MultipartError, UnicodeDecodeError) as error:
            raise HTTPException(400, f"the form cannot be read: {error}") from error

    def close(self) -> None:
        """Let the files go."""
        for file in self._files:
            file.close()

    def _begin(self, part: MultipartSegment) -> None:
        if part.name is None:
            raise HTTPException(400, "a part of the form has no name")
        is_file = part.filename is not None
        self._left[is_file] -= 1
        if self._left[is_file] < 0:
            raise HTTPException(400, f"the form has too many {'files' if is_file else 'fields'}")
        if is_file:
            self._files.append(SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 (see `close`)
        else:
            self._text.clear()

    async def _add(self, part: MultipartSegment, data: bytes) -> None:
        if part.filename is None:
            self._text += data
            if len(self._text) > _MAX_TEXT_BYTES:
                raise HTTPException(400, f"{part.name!r} is too long for a text")
        elif part.bytes_received > _IN_MEMORY:
            await run_in_threadpool(self._files[-1].write, data)
        else:
            self._files[-1].write(data)

    def _end(self, part: MultipartSegment) -> None:
        if part.filename is None:
            self.items.append((part.name, self._text.decode()))
            return
        file = self._files[-1]
        file.seek(0)
        headers = Headers(dict(part.headerlist))
        upload = UploadFile(
            cast(BinaryIO, file), size=part.size, filename=part.filename, headers=headers
        )
        self.items.append((part.name, upload))


def _pairs(body: bytes, most: int) -> list[tuple[str, UploadFile | str]]:
    try:
        text = body.decode()
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=most, errors="strict")
    except ValueError as error:
        raise HTTPException(400, f"the form cannot be read: {error}") from error
    return list(pairs)
