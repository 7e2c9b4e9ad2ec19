"""Who is calling, and what a route asks of its caller.

Everything is closed by default: an app with a route that declares neither `requires(...)` nor
`PUBLIC` among its dependencies does not start. `docs/access.md` says who may what, and a test
holds every route to it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from api.bounds import check_bounds
from api.cookies import COOKIE, is_session, same_key
from api.errors import RouteOpen
from api.middleware import SAFE
from api.problems import Problem
from api.schema.people import Role, Scope
from api.services import Parts, Services
from api.store.audit import Actor
from api.store.chief_access import find_chief
from api.store.sessions import find_session

READERS: tuple[Role | Scope, ...] = (*Role, Scope.READ)
"""Who may read cases."""
VIEWERS: tuple[Role | Scope, ...] = (
    Role.OPERATOR,
    Role.CLERK,
    Role.CHIEF,
    Role.ENGINEER,
    Scope.EVIDENCE,
)
"""Who may see original pictures."""

_UNROUTED = frozenset({"/v1/openapi.json", "/v1/line"})
"""What FastAPI and Starlette serve by themselves: the description; and the workers' line, a
WebSocket that asks for the key itself."""
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "via")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling.

    Attributes:
        kind: a person with an account, a program with a key, or whoever sits at this machine
            while no key and no account asks for more.
        name: for records and messages.
        roles: what the person may do.
        scopes: what the key is good for.
        assignments: whose cases alone a chief may see; none ties nobody.
    """

    kind: Literal["person", "key", "local"]
    name: str
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    assignments: frozenset[str] = frozenset()

    @property
    def is_tied(self) -> bool:
        """Whether it is a chief, and nothing else, of some assignments."""
        return bool(self.assignments) and self.roles <= {Role.CHIEF}

    def may(self, needs: Iterable[Role | Scope]) -> bool:
        """Whether one of the roles or scopes that are needed is there."""
        return any(need in self.roles or need in self.scopes for need in needs)


_bearer = HTTPBearer(
    scheme_name="key",
    description="A worker's, an integrator's or the operator key.",
    auto_error=False,
)
_session_cookie = APIKeyCookie(
    name=COOKIE, scheme_name="session", description="From `POST /v1/login`.", auto_error=False
)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
Session = Annotated[str | None, Depends(_session_cookie)]


def identify_key(services: Services, key: str) -> Principal | None:
    """Whose key this is, or None; for protocols that send keys in ways of their own."""
    if (good := services.gate.keyring.find(key)) is not None:
        return Principal("key", good.name, scopes=good.scopes)
    return _configured(services, key)


def _configured(services: Services, key: str) -> Principal | None:
    """Whose key it is among those of the settings."""
    settings = services.settings
    if same_key(key, settings.worker_keys):
        scopes = frozenset({Scope.WORK, Scope.READ, Scope.EVIDENCE})
        return Principal("key", "worker", scopes=scopes)
    if settings.operator_key is not None and same_key(key, [settings.operator_key]):
        return _OPERATOR
    return None


def recall_key(services: Services, key: str) -> Principal | None:
    """Whose key this is, as far as memory tells; it never waits."""
    if (good := services.gate.keyring.recall(key)) is not None:
        return Principal("key", good.name, scopes=good.scopes)
    return _configured(services, key)


_OPERATOR = Principal("key", "operator", roles=frozenset({Role.OPERATOR, Role.CLERK}))
_LOCAL = Principal("local", "local", roles=frozenset(Role))


def identify(request: Request, parts: Parts, bearer: Bearer, session: Session) -> Principal:
    """Dependency: the caller.

    Raises:
        Problem: 401, nobody that is known; 403, a change that some other page may have asked for,
            or what is not a tied chief's own.
    """
    found = None if bearer is None else identify_key(parts, bearer.credentials)
    if is_open_here(parts, request):
        # A worker on the same machine is a worker, and may besides do what anyone here may.
        return _LOCAL if found is None else replace(found, roles=_LOCAL.roles)
    if found is not None:
        return found
    if session is not None and (found := _identify_session(parts, session)) is not None:
        _check_origin(request)
        if found.is_tied:
            check_bounds(parts, request, found.assignments)
        return found
    raise _unknown()


async def let_in(services: Services, request: Request, needs: "Requirement") -> None:
    """What FastAPI does for `requires`, by hand: for routes that are called very often.

    Raises:
        Problem: 401 or 403.
    """
    bearer = await _bearer(request)
    found = None if bearer is None else recall_key(services, bearer.credentials)
    if found is None or not found.may(needs.needs):
        session = await _session_cookie(request)
        found = await run_in_threadpool(identify, request, services, bearer, session)
        await needs(found)


async def is_still_let_in(
    services: Services, request: Request, needs: Iterable[Role | Scope]
) -> bool:
    """Whether who opened a stream may still read it: not signed out, the key not revoked."""
    bearer, session = await _bearer(request), await _session_cookie(request)
    try:
        found = await run_in_threadpool(identify, request, services, bearer, session)
    except (Problem, SQLAlchemyError):  # or nobody can tell: who may, comes back by itself
        return False
    return found.may(needs)


CHECK_AGAIN_S = 5.0
"""So often a stream that stays open asks again whether its reader may read it."""


def _identify_session(parts: Services, cookie: str) -> Principal | None:
    key = parts.settings.operator_key
    if key is not None and is_session(key, cookie):
        return _OPERATOR
    now = datetime.now(UTC)
    if (chief := find_chief(parts.store, cookie, now)) is not None:
        own = frozenset({chief.assignment})
        return Principal("person", chief.name, frozenset({Role.CHIEF}), assignments=own)
    person = find_session(parts.store, cookie, now)
    if person is None:
        return None
    return Principal("person", person.name, person.roles, assignments=person.assignments)


def _check_origin(request: Request) -> None:
    # `SameOrigin` has refused what says that it comes from elsewhere. Browsers always say where a
    # change comes from; one that rides on a cookie and does not say is not from our page.
    told = any(name in request.headers for name in ("origin", "sec-fetch-site"))
    if request.method not in SAFE and not told:
        detail = "a change by a session must say where it comes from, by the header Origin"
        raise Problem(403, "foreign-origin", detail)


def _unknown() -> Problem:
    return Problem(
        401,
        "key-wanted",
        "a key is needed, Authorization: Bearer <key>, or a session from POST /v1/login",
        headers={"WWW-Authenticate": "Bearer"},
    )


def is_open_here(services: Services, request: Request) -> bool:
    """Whether a caller from this machine needs neither key nor account.

    Not once an operator key or anyone's account is there; never behind a proxy, to which every
    caller is one from this machine; never by another name, to which a page may have been rebound.
    """
    if not services.settings.trusts_this_machine:
        return False
    proxied = any(header in request.headers for header in _PROXIED)
    if proxied or _host_of(request) not in LOOPBACK_NAMES:
        return False
    return not services.gate.accounts.exist()


def _host_of(request: Request) -> str | None:
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return None


Caller = Annotated[Principal, Depends(identify)]
"""Injects who is calling into a route; 401 where that is nobody."""


def address_of(request: Request) -> str:
    """The address that a request comes from."""
    return "" if request.client is None else request.client.host


def _actor(caller: Caller, request: Request) -> Actor:
    return Actor(caller.kind, caller.name, address_of(request))


Doer = Annotated[Actor, Depends(_actor)]
"""Injects the caller as the audit names them."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a route asks of its caller: one of these roles or scopes."""

    needs: frozenset[Role | Scope]

    # Async, as what does not wait should be: a plain function is sent to a thread and back.
    async def __call__(self, caller: Caller) -> None:
        """Let the caller pass.

        Raises:
            Problem: 403; 401 where the caller showed no key at all.
        """
        if not caller.may(self.needs):
            if caller.kind == "local":
                raise _unknown()
            wanted = ", ".join(sorted(need.value for need in self.needs))
            detail = f"{caller.name} may not do this; one of these is needed: {wanted}"
            raise Problem(403, "not-allowed", detail)


def requirement_of(dependant: Dependant) -> Requirement:
    """What a route asks of its caller, by its dependencies; one thing at most.

    Raises:
        ValueError: it asks for nothing, or for several things.
    """
    (found,) = {call for call in _calls(dependant) if isinstance(call, Requirement)}
    return found


def requires(*needs: Role | Scope) -> Any:
    """What a route puts among its `dependencies`: callers need one of these roles or scopes."""
    return Depends(Requirement(frozenset(needs)))


async def _anyone() -> None:
    """Marks what needs no key."""


PUBLIC: Any = Depends(_anyone)
"""What a route without data puts among its `dependencies`, to be open to everyone."""


def check_closed(app: FastAPI) -> None:
    """See that each route says whom it lets in.

    Raises:
        RouteOpen: one does not.
    """
    silent = [_name_of(route) for route in iter_route_contexts(app.routes) if not _declares(route)]
    if silent:
        raise RouteOpen(
            f"{', '.join(silent)}: does not say who may call it; put requires(...) or PUBLIC of "
            "api.auth among its dependencies, and a line into docs/access.md"
        )


def _declares(route: RouteContext) -> bool:
    if isinstance(route.original_route, APIRoute):
        calls = list(_calls(route.dependant))
        return _anyone in calls or any(isinstance(call, Requirement) for call in calls)
    return route.path in _UNROUTED


def _calls(dependant: Dependant) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)


def _name_of(route: RouteContext) -> str:
    return f"{' '.join(sorted(route.methods or ()))} {route.path}".strip()
