"""Digest authentication (RFC 2617, MD5), as cameras ask for it."""

import hashlib
import hmac
import re
import secrets

REALM = "simulated camera"


class Digest:
    """Checks one connection's answers to its own nonce."""

    def __init__(self, credentials: tuple[str, str] | None) -> None:
        self._credentials = credentials
        self._nonce = secrets.token_hex(16)

    @property
    def challenge(self) -> str:
        """The value of `WWW-Authenticate`."""
        return f'Digest realm="{REALM}", nonce="{self._nonce}", algorithm=MD5'

    def accepts(self, method: str, authorization: str) -> bool:
        """Whether a request may pass.

        Args:
            method: of the request.
            authorization: the value of its `Authorization`, empty if there was none.
        """
        if self._credentials is None:
            return True
        user, password = self._credentials
        given = dict(re.findall(r'(\w+)="([^"]*)"', authorization))
        if not authorization.startswith("Digest ") or given.get("nonce") != self._nonce:
            return False
        secret = _md5(f"{user}:{REALM}:{password}")
        request = _md5(f"{method}:{given.get('uri', '')}")
        expected = _md5(f"{secret}:{self._nonce}:{request}")
        known = hmac.compare_digest(given.get("username", "").encode(), user.encode())
        return known and hmac.compare_digest(given.get("response", "").encode(), expected.encode())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
