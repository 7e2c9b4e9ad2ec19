"""Errors as RFC 9457 problem details, every one of them."""

import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi import HTTPException as FastAPIError
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api import schema
from api.methods import methods_at
from api.schema import FieldError
from api.schema.life import Step
from api.vault import SecretsLocked

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_WEIGHT = re.compile(r"q=([01](?:\.[0-9]{0,3})?)")
_ROOTS = frozenset({"body", "query", "path", "header", "cookie"})


class Problem(HTTPException):
    """A request that cannot be served; becomes the answer.

    Attributes:
        status_code: HTTP status.
        slug: the end of the problem's `type`, stable, for programs.
        detail: what is wrong and what would be right, for people.
        errors: the single fields that are wrong.
        headers: sent with the answer.
        detail_zh: `detail` in Chinese, where it is said in both languages.
        allowed: what this caller could do instead; None where that is not asked.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        detail: str,
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        *,
        detail_zh: str | None = None,
        allowed: Iterable[Step] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.slug = slug
        self.errors = tuple(errors)
        self.detail_zh = detail_zh
        self.allowed = None if allowed is None else tuple(allowed)


def invalid(detail: str, *errors: tuple[str, str], zh: str | None = None) -> Problem:
    """A 422 that names the wrong fields as (field, message)."""
    fields = [FieldError(field=name, message=text) for name, text in errors]
    return Problem(422, "invalid", detail, fields, detail_zh=zh)


def from_validation(what: str, error: ValidationError, zh: str | None = None) -> Problem:
    """A 422 from pydantic's findings; `what` names the document, and stands for its root.

    Args:
        zh: its name in Chinese, where the reader may be somebody at the page.
    """
    items = error.errors(include_url=False, include_input=False, include_context=False)
    # pydantic drops wrong items from a list and then calls it too short: the items say it all.
    parents = {item["loc"][:-1] for item in items} | {item["loc"][:-2] for item in items}
    found = [
        FieldError(field=".".join(str(step) for step in item["loc"]) or what, message=item["msg"])
        for item in items
        if not (item["type"] == "too_short" and item["loc"] in parents)
    ]
    detail = f"the {what} breaks its schema in {len(found)} place(s)"
    fields = "、".join(one.field for one in found)
    said = None if zh is None else f"{zh}填写有误：{fields}"
    return Problem(422, "invalid", detail, found, detail_zh=said)


def body_of(
    status: int,
    detail: str,
    slug: str | None = None,
    errors: Iterable[FieldError] = (),
    allowed: tuple[Step, ...] | None = None,
) -> dict[str, Any]:
    """The JSON of a problem."""
    return schema.Problem(
        type=f"urn:five-chief:problem:{slug}" if slug else "about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=tuple(errors),
        allowed=allowed,
    ).model_dump(mode="json", exclude_none=True)


def _answer(body: dict[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body, body["status"], headers=headers, media_type=MEDIA_TYPE)


def prefers_english(accept_language: str) -> bool:
    """Whether a reader would rather have English than Chinese, the default (RFC 9110, 12.5.4)."""
    weights = {"zh": 0.0, "en": 0.0}
    for part in accept_language.lower().split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().partition("-")[0]
        if language in weights:
            found = _WEIGHT.fullmatch(parameter.strip())
            weights[language] = max(weights[language], float(found[1]) if found else 1.0)
    return weights["en"] > weights["zh"]


async def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 (registered for this class alone)
    detail, headers = error.detail, dict(error.headers or {})
    if error.detail_zh is not None:
        english = prefers_english(request.headers.get("accept-language", ""))
        detail = error.detail if english else error.detail_zh
        headers |= {"Content-Language": "en" if english else "zh-CN", "Vary": "Accept-Language"}
    body = body_of(error.status_code, detail, error.slug, error.errors, error.allowed)
    return _answer(body, headers)


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 (registered for this class alone)
    if error.status_code == 400 and type(error) in (HTTPException, FastAPIError):
        # Ours are classes of their own. This is the framework's word for a body that is no JSON, no
        # UTF-8, or no such form as is taken: to a client the same as one that breaks its schema.
        return _answer(body_of(422, f"the body cannot be read: {error.detail}", "invalid"))
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = methods_at(request)
    return _answer(body_of(error.status_code, str(error.detail)), headers)


async def _on_request_invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (registered for this class alone)
    found = []
    for item in error.errors():
        steps = [str(step) for step in item["loc"]]
        if len(steps) > 1 and steps[0] in _ROOTS:
            steps = steps[1:]
        found.append(FieldError(field=".".join(steps), message=item["msg"]))
    return _answer(body_of(422, "the request breaks its schema", "invalid", found))


async def _on_store_away(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s: the store cannot be used: %s", request.method, request.url.path, error)
    detail = "the store cannot be used at the moment; nothing was changed, try again"
    return _answer(body_of(503, detail, "store-away"), {"Retry-After": "5"})


async def _on_secrets_locked(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s: %s", request.method, request.url.path, error)
    detail = "the server cannot read or keep secrets at the moment; its log says why"
    return _answer(body_of(503, detail, "secrets-locked"), {"Retry-After": "60"})


async def _on_anything(_request: Request, _error: Exception) -> JSONResponse:
    # The server logs the traceback; the answer must not carry it.
    return _answer(body_of(500, "an error of the server's own; its log says more"))


Dialect = Callable[[Request, int, str, Mapping[str, str] | None], Response]
"""Says an error in a protocol of its own: request, status, detail, headers."""
_Handler = Callable[[Request, Exception], Awaitable[JSONResponse]]


def install(app: FastAPI, dialects: Mapping[str, Dialect] | None = None) -> None:
    """Make the app answer every error as a problem.

    Args:
        dialects: beginnings of paths at which errors are said in another way.
    """
    handlers: tuple[tuple[type[Exception], _Handler], ...] = (
        (Problem, _on_problem),
        (HTTPException, _on_http),
        (RequestValidationError, _on_request_invalid),
        (OperationalError, _on_store_away),
        (PoolTimeout, _on_store_away),
        (SecretsLocked, _on_secrets_locked),
        (Exception, _on_anything),
    )
    for kind, handler in handlers:
        app.add_exception_handler(kind, _spoken(handler, dialects or {}))


def _spoken(
    handler: _Handler, dialects: Mapping[str, Dialect]
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def speak(request: Request, error: Exception) -> Response:
        answer = await handler(request, error)
        for prefix, say in dialects.items():
            if request.url.path.startswith(prefix):
                problem = schema.Problem.model_validate_json(bytes(answer.body))
                wrong = "; ".join(f"{each.field}: {each.message}" for each in problem.errors)
                detail = wrong or problem.detail
                return say(request, answer.status_code, detail, _kept(answer))
        return answer

    return speak


def _kept(answer: Response) -> dict[str, str]:
    own = {"content-length", "content-type"}
    return {name: value for name, value in answer.headers.items() if name not in own}
