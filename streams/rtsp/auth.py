"""Answers to an RTSP server's challenge: digest (RFC 2617 and 7616) and basic."""

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence

_HASHES = {"MD5": "md5", "SHA-256": "sha256"}


class Credentials:
    """A user and a password, and the challenge that is being answered. Holds a counter."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password
        self._challenge: dict[str, str] | None = None
        self._basic = False
        self._count = 0

    def challenged(self, challenges: Sequence[str]) -> bool:
        """Takes in the `WWW-Authenticate` headers; whether one of them can be answered."""
        for text in challenges:
            scheme, _, rest = text.partition(" ")
            fields = {
                name.lower(): quoted or bare
                for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', rest)
            }
            if scheme.lower() == "digest" and "nonce" in fields and _hash_of(fields):
                self._challenge, self._basic, self._count = fields, False, 0
                return True
        self._basic = any(text.lower().startswith("basic") for text in challenges)
        return self._basic

    def header(self, method: str, url: str) -> str:
        """The value of `Authorization`; empty as long as nothing was asked."""
        if self._basic:
            pair = f"{self._user}:{self._password}".encode()
            return "Basic " + base64.b64encode(pair).decode()
        if self._challenge is None:
            return ""
        return self._digest(self._challenge, method, url)

    def _digest(self, asked: dict[str, str], method: str, url: str) -> str:
        name, hashed = _hash_of(asked) or ("MD5", "md5")

        def h(text: str) -> str:
            return hashlib.new(hashed, text.encode(), usedforsecurity=False).hexdigest()

        realm, nonce = asked.get("realm", ""), asked["nonce"]
        secret, what = h(f"{self._user}:{realm}:{self._password}"), h(f"{method}:{url}")
        fields = [("username", self._user), ("realm", realm), ("nonce", nonce), ("uri", url)]
        extra = ""
        if "auth" in [part.strip() for part in asked.get("qop", "").split(",")]:
            self._count += 1
            count, own = f"{self._count:08x}", secrets.token_hex(8)
            response = h(f"{secret}:{nonce}:{count}:{own}:auth:{what}")
            extra = f', qop=auth, nc={count}, cnonce="{own}"'
        else:
            response = h(f"{secret}:{nonce}:{what}")
        fields.append(("response", response))
        if "opaque" in asked:
            fields.append(("opaque", asked["opaque"]))
        shown = ", ".join(f'{key}="{value}"' for key, value in fields)
        return f"Digest {shown}{extra}" + (f", algorithm={name}" if "algorithm" in asked else "")


def _hash_of(asked: dict[str, str]) -> tuple[str, str] | None:
    """The algorithm as the camera and as hashlib calls it; None for one that is not known."""
    name = asked.get("algorithm", "MD5").upper()
    return (name, _HASHES[name]) if name in _HASHES else None
