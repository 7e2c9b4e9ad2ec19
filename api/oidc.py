"""Signing in elsewhere: OpenID Connect, authorization code with PKCE."""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.schema.people import NewPerson, Role

_ALGORITHMS = ["RS256", "ES256", "PS256"]
_PATIENCE_S = 10.0


class OidcFailed(Exception):
    """The provider is away, or what it said cannot be believed."""


class NoRole(Exception):
    """The provider vouches for the person, and gives them nothing to do here."""


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """A provider that vouches for people.

    Attributes:
        issuer: its URL, as its own discovery document names it.
        client_id: what this server is called there.
        client_secret: what it shows there; None for a public client, which PKCE makes safe.
        label: what the page calls it.
        claim: the claim of the ID token that names groups or roles.
        roles: a value of that claim to the role it gives here.
    """

    issuer: str
    client_id: str
    roles: Mapping[str, Role]
    client_secret: str | None = field(default=None, repr=False)
    label: str = "OpenID"
    claim: str = "roles"


@dataclass(frozen=True, slots=True)
class Visit:
    """What has to come back with somebody who was sent to the provider."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Visit":
        """All of it drawn at random."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who the provider says that somebody is."""

    subject: str
    person: NewPerson


def start_url(settings: OidcSettings, visit: Visit, redirect: str) -> str:
    """Where to send the browser.

    Raises:
        OidcFailed: the provider cannot be asked.
    """
    challenge = hashlib.sha256(visit.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": redirect,
        "scope": "openid profile email",
        "state": visit.state,
        "nonce": visit.nonce,
        "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return f"{_discover(settings)['authorization_endpoint']}?{urlencode(query)}"


def redeem(settings: OidcSettings, visit: Visit, redirect: str, code: str) -> Vouched:
    """Trade the code that the browser brought for who it is.

    Raises:
        OidcFailed: the provider refuses, or its token is not for this visit.
        NoRole: nothing that the person has there gives them a role here.
    """
    provider = _discover(settings)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "client_id": settings.client_id,
        "code_verifier": visit.verifier,
    }
    if settings.client_secret is not None:
        form["client_secret"] = settings.client_secret
    answer = _ask("POST", provider["token_endpoint"], data=form)
    keys = _ask("GET", provider["jwks_uri"])
    try:
        token = jwt.decode(answer["id_token"], KeySet.import_key_set(keys), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
        jwt.JWTClaimsRegistry(
            leeway=60,
            iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": settings.client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": visit.nonce},
        ).validate(token.claims)
    except (JoseError, KeyError, ValueError, TypeError) as error:
        raise OidcFailed(f"the provider's token cannot be believed: {error}") from error
    return _vouched(settings, token.claims)


def _vouched(settings: OidcSettings, claims: Mapping[str, Any]) -> Vouched:
    said = claims.get(settings.claim, [])
    groups = [said] if isinstance(said, str) else said or []
    roles = {settings.roles[group] for group in groups if group in settings.roles}
    subject = str(claims["sub"])
    name = str(claims.get("preferred_username") or claims.get("email") or subject)
    if not roles:
        raise NoRole(f"{name} has no role here: nothing in the claim {settings.claim!r} gives one")
    plain = re.sub(r"[^a-z0-9._@-]", "-", name.lower()).lstrip("._@-")[:64] or "person"
    display = re.sub(r"[\x00-\x1f\x7f]", "", str(claims.get("name") or name))[:80]
    person = NewPerson(name=plain, display=display, roles=tuple(sorted(roles)))
    return Vouched(f"{settings.issuer}|{subject}"[:300], person)


def _discover(settings: OidcSettings) -> dict[str, Any]:
    found = _ask("GET", settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != settings.issuer:
        raise OidcFailed(f"{settings.issuer} calls itself {found.get('issuer')!r}")
    missing = {"authorization_endpoint", "token_endpoint", "jwks_uri"} - set(found)
    if missing:
        raise OidcFailed(f"{settings.issuer} does not name its {', '.join(sorted(missing))}")
    return found


def _ask(method: str, url: str, data: Mapping[str, str] | None = None) -> dict[str, Any]:
    try:
        answer = httpx.request(method, url, data=data, timeout=_PATIENCE_S, trust_env=False)
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise OidcFailed(f"the provider cannot be asked: {error}") from error
    if not isinstance(found, dict):
        raise OidcFailed(f"{url} does not answer with an object")
    return found
