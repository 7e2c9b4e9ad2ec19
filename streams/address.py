"""Addresses carry passwords; what we log and show does not."""

import re
from typing import NamedTuple
from urllib.parse import quote, unquote

HIDDEN = "***"

_SECRET = re.compile(
    r"(?i)(?P<name>(?<![a-z])(?:user|usr|username|login|account|password|passwd|passwort|pass|pwd"
    r"|psw|pw|secret|token|access[_-]?token|auth|authorization|credentials?|api[_-]?key|key"
    r"|signature|sign|sig)=)(?P<value>[^&;?#]*?)(?=[&;?#]|_[a-z]+=|$)"
)


class _Parts(NamedTuple):
    scheme: str
    """With its `://`, or empty."""
    userinfo: str | None
    rest: str
    """Host, port, path and query."""


def redact(url: str) -> str:
    """Takes user, password and secret query values out of an address.

    Cameras' passwords hold `@`, `:` and `/` without any escaping. Where it is not certain what
    belongs to the password, too much is hidden rather than too little.

    Args:
        url: any address or path.

    Returns:
        The address with `***` where secrets were.
    """
    scheme, userinfo, rest = _split(url)
    shown = _SECRET.sub(lambda found: found["name"] + HIDDEN, rest)
    return scheme + shown if userinfo is None else f"{scheme}{HIDDEN}@{shown}"


def escaped(url: str) -> str:
    """Escapes user and password, so that FFmpeg reads odd ones as they were meant."""
    scheme, userinfo, rest = _split(url)
    if userinfo is None or not scheme:
        return url
    user, colon, password = userinfo.partition(":")
    return f"{scheme}{_quoted(user)}{colon}{_quoted(password)}@{rest}"


def _quoted(part: str) -> str:
    return quote(unquote(part), safe="")


def _split(url: str) -> _Parts:
    head, mark, rest = url.partition("://")
    scheme = head + mark if mark and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", head) else ""
    if not scheme:
        rest = url
    userinfo, at, after = rest.rpartition("@")
    if not at:
        return _Parts(scheme, None, rest)
    # `host/cam@1` has no user; `user:pa/ss@host` has: only the colon tells them apart.
    if ":" not in userinfo and ("/" in userinfo or not scheme):
        return _Parts(scheme, None, rest)
    return _Parts(scheme, userinfo, after)
