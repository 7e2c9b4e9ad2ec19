"""Who is calling, and what a route asks of its caller.

Everything is closed by default: an app with a route that declares neither `requires(...)` nor
`PUBLIC` among its dependencies does not start. `docs/access.md` says who may what, and a test
holds every route to it.
"""

import hashlib
import hmac
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api.errors import RouteOpen
from api.problems import Problem
from api.schema.people import Role, Scope
from api.services import Parts, Services
from api.settings import Settings

COOKIE = "five_chief_session"
SESSION_S = 12 * 3600

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

_UNROUTED = frozenset({"/v1/openapi.json", "/page", "/v1/line"})
"""What FastAPI and Starlette serve by themselves: the description and the page's own files; and
the workers' line, a WebSocket that asks for the key itself."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling.

    Attributes:
        kind: a person with an account, a program with a key, or whoever sits at this machine
            while no key and no account asks for more.
        name: for records and messages.
        roles: what the person may do.
        scopes: what the key is good for.
    """

    kind: Literal["person", "key", "local"]
    name: str
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = frozenset()

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
_Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
_Session = Annotated[str | None, Depends(_session_cookie)]


def identify_key(services: Services, key: str) -> Principal | None:
    """Whose key this is, or None; for protocols that send keys in ways of their own."""
    settings = services.settings
    if same_key(key, settings.worker_keys):
        scopes = frozenset({Scope.WORK, Scope.READ, Scope.EVIDENCE})
        return Principal("key", "worker", scopes=scopes)
    if settings.operator_key is not None and same_key(key, [settings.operator_key]):
        return _OPERATOR
    return None


_OPERATOR = Principal("key", "operator", roles=frozenset({Role.OPERATOR, Role.CLERK}))
_LOCAL = Principal("local", "local", roles=frozenset(Role))


def _identify(request: Request, parts: Parts, bearer: _Bearer, session: _Session) -> Principal:
    """Dependency: the caller.

    Raises:
        Problem: 401, nobody that is known.
    """
    settings = parts.settings
    found = None if bearer is None else identify_key(parts, bearer.credentials)
    if is_open_here(settings, request):
        # A worker on the same machine is a worker, and may besides do what anyone here may.
        return _LOCAL if found is None else replace(found, roles=_LOCAL.roles)
    if found is not None:
        return found
    key = settings.operator_key
    if key is not None and session is not None and is_session(key, session):
        return _OPERATOR
    raise _unknown()


def _unknown() -> Problem:
    return Problem(
        401,
        "key-wanted",
        "a key is needed, Authorization: Bearer <key>, or a session from POST /v1/login",
        headers={"WWW-Authenticate": "Bearer"},
    )


def is_open_here(settings: Settings, request: Request) -> bool:
    """Whether a caller from this machine needs neither key nor account.

    Never behind a proxy, to which every caller is one from this machine.
    """
    proxied = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "via"))
    return settings.operator_key is None and not proxied


Caller = Annotated[Principal, Depends(_identify)]
"""Injects who is calling into a route; 401 where that is nobody."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a route asks of its caller: one of these roles or scopes."""

    needs: frozenset[Role | Scope]

    def __call__(self, caller: Caller) -> None:
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


def requires(*needs: Role | Scope) -> Any:
    """What a route puts among its `dependencies`: callers need one of these roles or scopes."""
    return Depends(Requirement(frozenset(needs)))


def _anyone() -> None:
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


def same_key(given: str, keys: Iterable[str]) -> bool:
    """Whether `given` is one of `keys`, in a time that tells nothing about them."""
    # Every key is compared, and by bytes, since compare_digest refuses other than ASCII text.
    found = False
    for key in keys:
        found |= hmac.compare_digest(given.encode(), key.encode())
    return found


def make_session(operator_key: str, now: float | None = None) -> str:
    """A session's cookie: its end, signed with the operator key, which it does not contain.

    Nothing is stored: every process can check it, and a new operator key ends all sessions.
    """
    end = str(int((time.time() if now is None else now) + SESSION_S))
    return f"{end}.{_sign(operator_key, end)}"


def is_session(operator_key: str, cookie: str, now: float | None = None) -> bool:
    """Whether a cookie is a session that has not ended."""
    end, _, signature = cookie.partition(".")
    if not hmac.compare_digest(signature.encode(), _sign(operator_key, end).encode()):
        return False
    return int(end) > (time.time() if now is None else now)


def _sign(operator_key: str, end: str) -> str:
    message = f"five-chief session until {end}".encode()
    return hmac.new(operator_key.encode(), message, hashlib.sha256).hexdigest()
