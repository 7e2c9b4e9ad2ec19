"""Addresses that show one file of evidence to whoever holds them, for a while.

For readers of other systems, which fetch a picture's address without a key of ours. A link is a
JSON Web Token (RFC 7519, HMAC-SHA256) by a key that is derived from the vault's. What is made for
the same holder on one day is the same link, so that a reader who asks again sees that nothing has
changed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import OctKey

from api.vault import Vault

LASTS = timedelta(days=7)
"""At least; until the end of its last day (UTC)."""
_PURPOSE = b"five-chief evidence links"
_ALGORITHM = "HS256"
_ENDS = {"image/jpeg": ".jpg", "image/png": ".png", "video/mp4": ".mp4"}
_PATH = "/v1/links/"


class LinkInvalid(Exception):
    """It was not made here, was changed, or was made with a key that is gone."""


class LinkExpired(Exception):
    """Its time is over."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a link shows, and for whom it was made."""

    sha256: str
    holder: str


class Links:
    """Makes and reads links.

    Raises:
        SecretsLocked: the vault's keys cannot be read.
    """

    def __init__(self, vault: Vault) -> None:
        self._keys = [OctKey.import_key(key) for key in vault.derived(_PURPOSE)]

    def make(self, sha256: str, media_type: str, holder: str, now: datetime) -> str:
        """The path of a link, from the server's root."""
        day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        until = int((day + LASTS + timedelta(days=1)).timestamp())
        claims = {"sub": sha256, "aud": holder, "exp": until}
        token = jwt.encode({"alg": _ALGORITHM}, claims, self._keys[0])
        return f"{_PATH}{token}{_ENDS.get(media_type, '')}"

    def read(self, name: str, now: datetime) -> Shown:
        """What the last part of a link's path stands for.

        Raises:
            LinkInvalid, LinkExpired.
        """
        token = ".".join(name.split(".")[:3])
        claims = next((found for key in self._keys if (found := _claims(token, key))), None)
        if claims is None:
            raise LinkInvalid
        try:
            jwt.JWTClaimsRegistry(now=int(now.timestamp())).validate(claims)
        except ExpiredTokenError as error:
            raise LinkExpired from error
        return Shown(claims["sub"], claims["aud"])


def _claims(token: str, key: OctKey) -> dict[str, str] | None:
    try:
        return jwt.decode(token, key, algorithms=[_ALGORITHM]).claims
    except JoseError:
        return None
