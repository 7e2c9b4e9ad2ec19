"""RTSP requests and answers on the wire (RFC 2326)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from streams.simulator.sdp import TRACK

_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
}
_MAX_BODY = 65_536


class BadRequestError(ValueError):
    """Bytes that are no RTSP request."""


@dataclass(frozen=True, slots=True)
class Request:
    """An RTSP request; header names in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]

    @property
    def mount(self) -> str:
        """The name of the stream that is meant."""
        path = unquote(urlsplit(self.url).path).strip("/")
        return path.removesuffix(TRACK).strip("/")


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request; receiver reports between requests are passed over.

    Returns:
        None when the client has closed the connection.

    Raises:
        BadRequestError: what came is no request.
    """
    try:
        first = await reader.readexactly(1)
        while first == b"$":
            head = await reader.readexactly(3)
            await reader.readexactly(int.from_bytes(head[1:], "big"))
            first = await reader.readexactly(1)
        text = (first + await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace")
        request = _parse(text)
        await reader.readexactly(_body_size(request))
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise BadRequestError("the request's head is too long") from None
    return request


def answer(
    status: int, request: Request, headers: Mapping[str, str] | None = None, body: str = ""
) -> bytes:
    """An answer to a request, as bytes."""
    fields = {"CSeq": request.headers.get("cseq", "0"), "Server": "five-chief simulate"}
    fields.update(headers or {})
    if body:
        fields["Content-Length"] = str(len(body.encode()))
    lines = [f"RTSP/1.0 {status} {_REASONS[status]}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def _parse(text: str) -> Request:
    start, *rest = text.lstrip("\r\n").split("\r\n")
    words = start.split(" ")
    if len(words) != 3 or not words[2].startswith("RTSP/1."):
        raise BadRequestError("no RTSP request line")
    pairs = (line.partition(":") for line in rest if ":" in line)
    return Request(
        words[0], words[1], {name.strip().lower(): value.strip() for name, _, value in pairs}
    )


def _body_size(request: Request) -> int:
    size = request.headers.get("content-length", "0")
    if not size.isdigit() or int(size) > _MAX_BODY:
        raise BadRequestError(f"a Content-Length of {size[:20]!r}")
    return int(size)
