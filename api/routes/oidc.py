"""Signing in with an OpenID provider."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Cookie, Query, Request
from fastapi.responses import RedirectResponse

from api.auth import PUBLIC, address_of
from api.cookies import set_session
from api.oidc import NoRole, OidcFailed, OidcSettings, Visit, redeem, start_url
from api.openapi import problems
from api.problems import Problem
from api.services import Parts, Services
from api.store.audit import Actor
from api.store.people import NameTaken, remember_vouched
from api.store.sessions import open_session

router = APIRouter(prefix="/v1/oidc", tags=["session"], dependencies=[PUBLIC])

_VISIT = "five_chief_visit"
_VISIT_S = 600
# Small enough that even one that is too long, each character of it escaped as twelve, still is an
# address that the server reads: then it is the application that refuses it, and says why.
_Code = Annotated[str, Query(max_length=2048)]
_State = Annotated[str, Query(max_length=256)]


@router.get(
    "/start",
    status_code=303,
    summary="Go and sign in elsewhere",
    response_class=RedirectResponse,
    responses=problems(404, 503),
)
def get_start(parts: Parts, request: Request) -> RedirectResponse:
    """Send the browser to the provider that the server was told of."""
    settings, visit = _settings(parts), Visit.new()
    try:
        url = start_url(settings, visit, _redirect(parts, request))
    except OidcFailed as error:
        raise Problem(503, "provider-away", str(error)) from error
    response = RedirectResponse(url, 303)
    # Lax, since the browser comes back from another site; it is good for this one visit.
    response.set_cookie(
        _VISIT,
        f"{visit.state}.{visit.nonce}.{visit.verifier}",
        max_age=_VISIT_S,
        path="/v1/oidc",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.get(
    "/callback",
    status_code=303,
    summary="Come back signed in",
    response_class=RedirectResponse,
    responses=problems(401, 403, 404, 409, 422, 503),
)
def get_callback(
    parts: Parts,
    request: Request,
    state: _State = "",
    code: _Code = "",
    visit: Annotated[str | None, Cookie(alias=_VISIT, include_in_schema=False)] = None,
) -> RedirectResponse:
    """Open a session for whom the provider vouches; roles are what it says at each visit."""
    settings = _settings(parts)
    begun = Visit(*visit.split(".")) if visit is not None and visit.count(".") == 2 else None
    if begun is None or not state or state != begun.state or not code:
        raise Problem(401, "visit-unknown", "this sign-in was not begun here; begin it anew")
    now = datetime.now(UTC)
    try:
        vouched = redeem(settings, begun, _redirect(parts, request), code)
        actor = Actor("person", vouched.person.name, address_of(request))
        person = remember_vouched(parts.store, vouched.subject, vouched.person, actor, now)
    except OidcFailed as error:
        raise Problem(401, "not-vouched", str(error)) from error
    except NoRole as error:
        raise Problem(403, "no-role", str(error)) from error
    except NameTaken as error:
        raise Problem(409, "name-taken", str(error)) from error
    if person.disabled_at is not None:
        raise Problem(403, "disabled", f"the account of {person.name} is disabled")
    response = RedirectResponse("/", 303)
    response.delete_cookie(_VISIT, path="/v1/oidc")
    set_session(request, response, open_session(parts.store, person.id, actor, now))
    return response


def _settings(parts: Services) -> OidcSettings:
    if parts.settings.oidc is None:
        raise Problem(404, "no-provider", "this server knows no OpenID provider")
    return parts.settings.oidc


def _redirect(parts: Services, request: Request) -> str:
    base = parts.settings.public_url or str(request.base_url)
    return base.rstrip("/") + "/v1/oidc/callback"
