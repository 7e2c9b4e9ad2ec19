"""What goes around every request, as plain ASGI so that streams stay streams."""

import asyncio
import contextlib
import json
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import MEDIA_TYPE, Problem, body_of

_CSP = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
"""Each response has these, save those that it has set itself."""
_WITH_FILES = ("/v1/reports", "/v1/line/answers", "/v1/intake/", "/open311/", "/v1/egova/")
_MAX_SMALL_BYTES = 1024 * 1024
_MAX_TABLE_BYTES = 32 * 1024 * 1024
_MAX_DRAINED_BYTES = 64 * 1024 * 1024
_MAX_DRAINING_S = 10
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Adds the security headers, and turns errors that others wrote as text into problems.

    `pictures_from` is an origin beside our own from which the page may show pictures.
    """

    def __init__(self, app: ASGIApp, pictures_from: str = "") -> None:
        self._app = app
        policy = f"{_CSP}; img-src 'self' {pictures_from}" if pictures_from else _CSP
        self._headers = ((b"content-security-policy", policy.encode()), *_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        replaced = False

        async def guarded(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start":
                own = message["headers"] = list(message.get("headers", ()))
                named = {name for name, _ in own}
                own += [header for header in self._headers if header[0] not in named]
                if message["status"] >= 400 and _is_unexplained(headers := MutableHeaders(raw=own)):
                    replaced = True
                    await _send_problem(message["status"], headers, send)
                    return
            if not replaced:
                await send(message)

        await self._app(scope, receive, guarded)


def _is_unexplained(headers: Headers) -> bool:
    return headers.get("content-type", "text/plain").startswith("text/plain")


async def _send_problem(status: int, headers: MutableHeaders, send: Send) -> None:
    detail = {
        400: "the request is malformed: its Host or Range header cannot be served",
        404: "there is nothing at this address",
        405: "this address does not take this method",
        416: "the range is outside the file",
    }.get(status, "the request cannot be served")
    body = json.dumps(body_of(status, detail)).encode()
    headers["content-type"] = MEDIA_TYPE
    headers["content-length"] = str(len(body))
    await send({"type": "http.response.start", "status": status, "headers": headers.raw})
    await send({"type": "http.response.body", "body": body})


class SameOrigin:
    """Refuses changes that another site's page asks for in an operator's browser.

    On loopback there may be no key at all, and a browser sends what any page tells it to.
    Programs send neither header and pass.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "http" and scope["method"] not in SAFE and _is_foreign(scope):
            detail = "the request comes from another site's page"
            body = body_of(403, detail, "foreign-origin")
            await JSONResponse(body, 403, media_type=MEDIA_TYPE)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_foreign(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


class BodyLimit:
    """Ends a request with 413 as soon as its body is too large, declared or not.

    Only reports, with their files, and tables are large; the rest is read before anyone's key is
    looked at.

    A refusal of whatever kind waits until the client has said its say, within bounds: closing
    on a client that is still sending resets the line, and the reason would be lost on the way.
    """

    def __init__(self, app: ASGIApp, max_report_bytes: int) -> None:
        self._app = app
        self._max_report = max_report_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most(scope["path"])
        detail = f"the body is larger than the {most} bytes that are taken"
        body = _Body(receive, most, detail)

        async def patient(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                await body.drain()
            await send(message)

        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdigit() and int(declared) > most:
            answer = JSONResponse(body_of(413, detail, "too-large"), 413, media_type=MEDIA_TYPE)
            await answer(scope, body.receive, patient)
            return
        await self._app(scope, body.receive, patient)

    def _most(self, path: str) -> int:
        if path.startswith(_WITH_FILES) or path.endswith("/files"):
            return self._max_report
        return _MAX_TABLE_BYTES if path.endswith("/import") else _MAX_SMALL_BYTES


class _Body:
    """Counts what comes in of a request's body."""

    def __init__(self, receive: Receive, most: int, detail: str) -> None:
        self._receive = receive
        self._most = most
        self._detail = detail
        self._taken = 0
        self._ended = False

    async def receive(self) -> Message:
        """The next message of the request; 413 once there is too much."""
        message = await self._next()
        if self._taken > self._most:
            raise Problem(413, "too-large", self._detail)
        return message

    async def drain(self) -> None:
        """Read the rest and forget it, for a while and up to a size."""
        end = self._taken + _MAX_DRAINED_BYTES
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MAX_DRAINING_S):
                while not self._ended and self._taken < end:
                    await self._next()

    async def _next(self) -> Message:
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        return message
