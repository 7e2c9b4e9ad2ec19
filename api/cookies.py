"""The session's cookie, and the kind of session that the operator key opens."""

import hashlib
import hmac
import time
from collections.abc import Iterable

from fastapi import Request, Response

COOKIE = "five_chief_session"
SESSION_S = 12 * 3600


def set_session(request: Request, response: Response, value: str) -> None:
    """Give the browser a session that scripts cannot read and other sites cannot use."""
    response.set_cookie(
        COOKIE,
        value,
        max_age=SESSION_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def drop_session(response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


def same_key(given: str, keys: Iterable[str]) -> bool:
    """Whether `given` is one of `keys`, in a time that tells nothing about them."""
    # Every key is compared, and by bytes, since compare_digest refuses other than ASCII text.
    found = False
    for key in keys:
        found |= hmac.compare_digest(given.encode(), key.encode())
    return found


def make_session(operator_key: str, now: float | None = None) -> str:
    """The operator key's session: its end, signed with the key, which it does not contain.

    Nothing is stored: every process can check it, and a new operator key ends all sessions.
    """
    end = str(int((time.time() if now is None else now) + SESSION_S))
    return f"{end}.{_sign(operator_key, end)}"


def is_session(operator_key: str, cookie: str, now: float | None = None) -> bool:
    """Whether a cookie is a session of the operator key that has not ended."""
    end, _, signature = cookie.partition(".")
    if not hmac.compare_digest(signature.encode(), _sign(operator_key, end).encode()):
        return False
    return int(end) > (time.time() if now is None else now)


def _sign(operator_key: str, end: str) -> str:
    message = f"five-chief session until {end}".encode()
    return hmac.new(operator_key.encode(), message, hashlib.sha256).hexdigest()
