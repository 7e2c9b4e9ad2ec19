"""Signing in and out."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Cookie, Request, Response

from api.auth import PUBLIC, Caller, Doer, address_of, is_open_here, requires
from api.cookies import COOKIE, drop_session, make_session, same_key, set_session
from api.openapi import problems
from api.problems import Problem, invalid
from api.schema import FirstRun, Login, Me, PasswordChange, Role, Scope, SignInWays
from api.services import Parts
from api.store.audit import Actor
from api.store.chief_access import leave
from api.store.people import NameTaken, TokenWrong, any_people, take_first_run
from api.store.sessions import (
    Locked,
    PasswordWrong,
    SignedIn,
    change_password,
    check_password,
    close_all_sessions,
    close_session,
    find_session,
    open_session,
)
from api.throttle import too_many

router = APIRouter(prefix="/v1", tags=["session"])

_Session = Annotated[str | None, Cookie(alias=COOKIE, include_in_schema=False)]
ANYBODY = (*Role, *Scope)


@router.get(
    "/sign-in",
    summary="Ask how one may sign in",
    dependencies=[PUBLIC],
    responses=problems(503),
)
def get_ways(parts: Parts, request: Request) -> SignInWays:
    """Whether this machine is open, and else what a page should ask for."""
    people = any_people(parts.store)
    open_here = is_open_here(parts, request)
    return SignInWays(
        open=open_here,
        password=people,
        key=parts.settings.operator_key is not None,
        oidc=None if parts.settings.oidc is None else parts.settings.oidc.label,
        first_run=not people and not open_here,
    )


@router.post(
    "/login",
    status_code=204,
    summary="Open a session",
    dependencies=[PUBLIC],
    responses=problems(401, 403, 422, 429, 503),
)
def post_login(login: Login, parts: Parts, request: Request, response: Response) -> None:
    """Trade a name and its password, or the operator key, for a cookie that scripts cannot read.

    It is good for twelve hours. Five wrong passwords lock a name for a minute, more for longer.
    Where this machine is open to whoever sits at it, no session is needed for a key's sake, and
    none is opened.
    """
    address = address_of(request)
    parts.gate.throttle.check(address)
    if login.name is not None and login.password is not None:
        value = _as_person(parts, login.name.strip().lower(), login.password, address)
    elif (key := parts.settings.operator_key) is None:
        if is_open_here(parts, request):
            return
        raise Problem(401, "key-wrong", "there is no operator key here; sign in with an account")
    elif same_key(login.key or "", [key]):
        value = make_session(key)
    else:
        parts.gate.throttle.failed(address)
        raise Problem(401, "key-wrong", "this is not the operator key")
    set_session(request, response, value)


def _as_person(parts: Parts, name: str, password: str, address: str) -> str:
    now = datetime.now(UTC)
    try:
        person_id = check_password(parts.store, name, password, now)
    except Locked as error:
        raise too_many(str(error), error.wait_s) from error
    except PasswordWrong as error:
        parts.gate.throttle.failed(address)
        raise Problem(401, "password-wrong", str(error)) from error
    return open_session(parts.store, person_id, Actor("person", name, address), now)


@router.post(
    "/first-run",
    status_code=204,
    summary="Make the first administrator",
    dependencies=[PUBLIC],
    responses=problems(401, 403, 422, 429, 503),
)
def post_first_run(asked: FirstRun, parts: Parts, request: Request, response: Response) -> None:
    """Make the first account with the token from the server's console, and sign it in."""
    address, now = address_of(request), datetime.now(UTC)
    parts.gate.throttle.check(address)
    try:
        person = take_first_run(parts.store, asked, address, now)
    except (TokenWrong, NameTaken) as error:
        parts.gate.throttle.failed(address)
        raise Problem(401, "token-wrong", str(error)) from error
    actor = Actor("person", person.name, address)
    set_session(request, response, open_session(parts.store, person.id, actor, now))


@router.get(
    "/me",
    summary="Ask who one is",
    dependencies=[requires(*ANYBODY)],
    responses=problems(401, 422, 503),
)
def get_me(caller: Caller, parts: Parts, session: _Session = None) -> Me:
    """Who the caller is taken for, and what they may do."""
    person = None
    if caller.kind == "person" and session is not None:
        person = find_session(parts.store, session, datetime.now(UTC))
    return Me(
        kind=caller.kind,
        name=caller.name,
        display=caller.name if person is None else person.display,
        roles=tuple(sorted(caller.roles)),
        scopes=tuple(sorted(caller.scopes)),
    )


@router.post(
    "/logout",
    status_code=204,
    summary="End the session",
    dependencies=[PUBLIC],
    responses=problems(403, 422, 503),
)
def post_logout(parts: Parts, response: Response, session: _Session = None) -> None:
    """Take the cookie back, and forget it."""
    if session is not None:
        close_session(parts.store, session)
        leave(parts.store, session)
    drop_session(response)


@router.post(
    "/logout-everywhere",
    status_code=204,
    summary="End all of one's sessions",
    dependencies=[requires(*Role)],
    responses=problems(401, 403, 422, 503),
)
def post_logout_everywhere(
    parts: Parts, doer: Doer, response: Response, session: _Session = None
) -> None:
    """Sign a person out of every browser, this one too."""
    person = _person(parts, session)
    close_all_sessions(parts.store, person.person_id, doer, datetime.now(UTC))
    drop_session(response)


@router.post(
    "/password",
    status_code=204,
    summary="Change one's password",
    dependencies=[requires(*Role)],
    responses=problems(401, 403, 422, 429, 503),
)
def post_password(
    change: PasswordChange, parts: Parts, doer: Doer, session: _Session = None
) -> None:
    """Set one's own password anew; one's other sessions end."""
    person, now = _person(parts, session), datetime.now(UTC)
    parts.gate.throttle.check(doer.address)
    try:
        check_password(parts.store, person.name, change.old, now)
    except Locked as error:
        raise too_many(str(error), error.wait_s) from error
    except PasswordWrong as error:
        parts.gate.throttle.failed(doer.address)
        raise invalid("the password was not changed", ("old", "is not your password")) from error
    change_password(parts.store, person.person_id, session, change.new, doer, now)


def _person(parts: Parts, session: str | None) -> SignedIn:
    found = None if session is None else find_session(parts.store, session, datetime.now(UTC))
    if found is None:
        raise Problem(403, "not-a-person", "this is for people who signed in with an account")
    return found
