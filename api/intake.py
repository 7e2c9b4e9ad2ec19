"""Takes a request apart: a JSON document, and files named by their SHA-256."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, TypeVar

from fastapi import Request
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from api.forms import form_of
from api.problems import Problem, from_validation, invalid
from api.schema import Wire

MAX_FILES = 16
MAX_DOCUMENT_BYTES = 256 * 1024
_FILE_NAME = re.compile(r"([0-9a-f]{64})(\.[A-Za-z0-9]{1,8})?")

Document = TypeVar("Document", bound=Wire)


@dataclass(frozen=True, slots=True)
class Submission:
    """What came: a document that is not yet read, and the files beside it.

    Attributes:
        name: the document's name, `report` or `sighting`.
        document: its JSON.
        files: SHA-256, as the file's name claims it, to content.
    """

    name: str
    document: bytes
    files: Mapping[str, BinaryIO] = field(default_factory=dict)

    def read(self, model: type[Document]) -> Document:
        """The document, checked against its schema.

        Raises:
            Problem: 422 that names every wrong field.
        """
        try:
            return model.model_validate_json(self.document)
        except ValidationError as error:
            raise from_validation(self.name, error) from error


@asynccontextmanager
async def submitted_report(request: Request) -> AsyncIterator[Submission]:
    """The multipart body of a report; its files are closed afterwards.

    Raises:
        Problem: 415, 413 or 422.
    """
    if _media_type(request) != "multipart/form-data":
        raise Problem(415, "media-type", "send multipart/form-data: `report`, and its files")
    async with form_of(request, max_files=MAX_FILES + 1, max_fields=4) as form:
        yield await _take_apart("report", form)


async def sighting_submission(request: Request) -> AsyncIterator[Submission]:
    """Dependency: a sighting as JSON, or as multipart when it brings files.

    Raises:
        Problem: 415, 413 or 422.
    """
    async for submission in _either("sighting", request):
        yield submission


async def answer_submission(request: Request) -> AsyncIterator[Submission]:
    """Dependency: a worker's answer to an order, likewise.

    Raises:
        Problem: 415, 413 or 422.
    """
    async for submission in _either("answer", request):
        yield submission


async def alert_submission(request: Request) -> AsyncIterator[Submission]:
    """Dependency: what a worker says of a camera's picture, likewise.

    Raises:
        Problem: 415, 413 or 422.
    """
    async for submission in _either("alert", request):
        yield submission


async def _either(name: str, request: Request) -> AsyncIterator[Submission]:
    kind = _media_type(request)
    if kind == "application/json":
        yield Submission(name, _bounded(name, await request.body()))
    elif kind == "multipart/form-data":
        async with form_of(request, max_files=MAX_FILES + 1, max_fields=4) as form:
            yield await _take_apart(name, form)
    else:
        raise Problem(
            415, "media-type", "send application/json, or multipart/form-data when files come along"
        )


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _take_apart(name: str, form: FormData) -> Submission:
    document: bytes | None = None
    files: dict[str, BinaryIO] = {}
    for field_name, value in form.multi_items():
        if field_name == name:
            if document is not None:
                raise invalid("the body has two documents", (name, "came twice; send it once"))
            text = (
                await value.read(MAX_DOCUMENT_BYTES + 1)
                if isinstance(value, UploadFile)
                else (value.encode())
            )
            document = _bounded(name, text)
        elif isinstance(value, UploadFile):
            sha256 = _sha256_of(value.filename or "")
            if sha256 in files:
                raise invalid("a file came twice", (f"files.{sha256}", "came twice; send it once"))
            files[sha256] = value.file
        else:
            raise invalid("the body has an unknown part", (field_name, "no such part"))
    if document is None:
        raise invalid("the body has no document", (name, "is missing: a part of JSON"))
    return Submission(name, document, files)


def _bounded(name: str, document: bytes) -> bytes:
    if len(document) > MAX_DOCUMENT_BYTES:
        detail = f"`{name}` is larger than the {MAX_DOCUMENT_BYTES} bytes that are taken"
        raise Problem(413, "too-large", detail)
    return document


def _sha256_of(file_name: str) -> str:
    match = _FILE_NAME.fullmatch(file_name)
    if match is None:
        raise invalid(
            "a file's name is not its SHA-256",
            ("files", f"{file_name[:80]!r}: name each file by its SHA-256 in lower-case hex"),
        )
    return match.group(1)
