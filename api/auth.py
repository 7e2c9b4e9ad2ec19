"""Who may do what: keys for workers, a key or a session for operators.

Without an operator key, reading and deciding are open, which `check_exposure` allows on
loopback alone.
"""

import hashlib
import hmac
import time
from collections.abc import Iterable
from typing import Annotated

from fastapi import Depends
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api.problems import Problem
from api.services import Parts

COOKIE = "five_chief_session"
SESSION_S = 12 * 3600

_worker_bearer = HTTPBearer(
    scheme_name="workerKey", description="A worker's key.", auto_error=False
)
_operator_bearer = HTTPBearer(
    scheme_name="operatorKey",
    description="The operator key; workers' keys may read.",
    auto_error=False,
)
_session_cookie = APIKeyCookie(
    name=COOKIE,
    scheme_name="operatorSession",
    description="From `POST /v1/login`.",
    auto_error=False,
)

_WorkerBearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_worker_bearer)]
_OperatorBearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_operator_bearer)]
_Session = Annotated[str | None, Depends(_session_cookie)]


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


def _refused(detail: str) -> Problem:
    return Problem(401, "key-wanted", detail, headers={"WWW-Authenticate": "Bearer"})


def worker_only(parts: Parts, bearer: _WorkerBearer) -> None:
    """Let workers pass.

    Raises:
        Problem: 401.
    """
    if bearer is None or not same_key(bearer.credentials, parts.settings.worker_keys):
        raise _refused("a worker's key is needed: Authorization: Bearer <key>")


def operator_only(parts: Parts, bearer: _OperatorBearer, session: _Session) -> None:
    """Let operators pass.

    Raises:
        Problem: 401.
    """
    key = parts.settings.operator_key
    if key is None:
        return
    if bearer is not None and same_key(bearer.credentials, [key]):
        return
    if session is not None and is_session(key, session):
        return
    raise _refused("the operator key is needed: Authorization: Bearer <key>, or POST /v1/login")


def reader_only(parts: Parts, bearer: _OperatorBearer, session: _Session) -> None:
    """Let operators and workers pass.

    Raises:
        Problem: 401.
    """
    if bearer is not None and same_key(bearer.credentials, parts.settings.worker_keys):
        return
    operator_only(parts, bearer, session)
