"""Takes a message of another system apart: a document, and pictures beside it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import UploadFile

from api.forms import form_of
from api.problems import Problem, invalid

MAX_FILES = 16
MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
"""Sixteen pictures in base64."""
_XML = ("application/xml", "text/xml")


@dataclass(frozen=True, slots=True)
class Message:
    """A document that is not yet read, and the contents of the files beside it."""

    document: bytes
    files: tuple[bytes, ...] = ()


async def message_of(request: Request) -> AsyncIterator[Message]:
    """Dependency: JSON, XML, or a form with one of them and pictures.

    Raises:
        Problem: 415, 413 or 422.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or kind in _XML:
        yield Message(_bounded(await request.body()))
    elif kind == "multipart/form-data":
        async with form_of(request, max_files=MAX_FILES + 1, max_fields=4) as form:
            documents: list[bytes] = []
            files: list[bytes] = []
            for _, value in form.multi_items():
                if isinstance(value, UploadFile):
                    content = await value.read()
                    is_text = content.lstrip()[:1] in (b"<", b"{")
                    (documents if is_text else files).append(content)
                else:
                    documents.append(value.encode())
            if len(documents) != 1:
                what = "is missing" if not documents else "came more than once"
                raise invalid("the form has not one document", ("document", f"{what}: JSON or XML"))
            yield Message(_bounded(documents[0]), tuple(files))
    else:
        raise Problem(
            415,
            "media-type",
            "send application/json, application/xml, or multipart/form-data with pictures",
        )


def _bounded(document: bytes) -> bytes:
    if len(document) > MAX_DOCUMENT_BYTES:
        detail = f"the document is larger than the {MAX_DOCUMENT_BYTES} bytes that are taken"
        raise Problem(413, "too-large", detail)
    return document
