"""Signing in elsewhere, against a provider that runs in the test."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from api.oidc import OidcSettings
from api.schema import Role
from api.settings import Settings
from tests.api.conftest import WORKER_KEY, running

CLIENT, SECRET = "five-chief", "the secret of this client"


class Provider(ThreadingHTTPServer):
    """Discovery, authorization, token and keys, as OpenID Connect Core has them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.key = self.signing = RSAKey.generate_key(2048, {"kid": "k1"})
        self.codes: dict[str, dict[str, str]] = {}
        self.claims: dict[str, Any] = {}


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, *_: object) -> None: ...

    def answer(self, body: Any, status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        provider, url = self.server, urlsplit(self.path)
        if url.path == "/.well-known/openid-configuration":
            ends = {"authorization_endpoint": "/authorize", "token_endpoint": "/token"}
            ends |= {"jwks_uri": "/keys"}
            named = {name: provider.issuer + path for name, path in ends.items()}
            self.answer({"issuer": provider.issuer, **named})
        elif url.path == "/keys":
            self.answer({"keys": [provider.key.as_dict(private=False)]})
        else:
            asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            assert asked["response_type"] == "code"
            assert asked["code_challenge_method"] == "S256"
            code = f"code-{len(provider.codes)}"
            provider.codes[code] = asked
            back = urlencode({"code": code, "state": asked["state"]})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = {n: v[0] for n, v in parse_qs(self.rfile.read(length).decode()).items()}
        asked = self.server.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"] or form["client_secret"] != SECRET:
            self.answer({"error": "invalid_grant"}, 400)
            return
        claims = {
            "iss": self.server.issuer,
            "aud": CLIENT,
            "sub": "17",
            "exp": int(time.time()) + 300,
            "nonce": asked["nonce"],
            "preferred_username": "Li",
            "name": "李",
            "groups": ["urban-clerks", "football"],
        } | self.server.claims
        token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.server.signing)
        self.answer({"id_token": token, "access_token": "x", "token_type": "Bearer"})


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        thread = threading.Thread(target=provider.serve_forever)
        thread.start()
        yield provider
        provider.shutdown()
        thread.join()


@pytest.fixture
def browser(provider: Provider, tmp_path: Path) -> Iterator[httpx.Client]:
    roles = {"urban-clerks": Role.CLERK, "urban-admins": Role.ADMIN}
    oidc = OidcSettings(provider.issuer, CLIENT, roles, SECRET, "章丘", "groups")
    with (
        running(Settings(tmp_path, (WORKER_KEY,), oidc=oidc)) as url,
        httpx.Client(base_url=url, trust_env=False, headers={"Origin": url}) as client,
    ):
        yield client


def sign_in(browser: httpx.Client) -> httpx.Response:
    there = browser.get("/v1/oidc/start")
    assert there.status_code == 303
    back = httpx.get(there.headers["Location"], trust_env=False)
    return browser.get(back.headers["Location"])


def test_a_person_whom_the_provider_vouches_for_has_the_roles_it_says(
    browser: httpx.Client, provider: Provider
) -> None:
    ways = browser.get("/v1/sign-in").json()
    assert (ways["open"], ways["oidc"]) == (False, "章丘")
    assert browser.get("/v1/cases").status_code == 401
    answer = sign_in(browser)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    me = browser.get("/v1/me").json()
    assert (me["name"], me["display"], me["roles"]) == ("li", "李", ["clerk"])
    provider.claims = {"groups": ["urban-admins"]}
    assert sign_in(browser).status_code == 303
    assert browser.get("/v1/me").json()["roles"] == ["admin"], "as it says at each visit"
    assert len(browser.get("/v1/people").json()["items"]) == 1


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"nonce": "another visit's"}, 401),
        ({"aud": "another-client"}, 401),
        ({"iss": "http://another.example"}, 401),
        ({"exp": 1_700_000_000}, 401),
        ({"groups": ["football"]}, 403),
        ({"groups": None}, 403),
    ],
)
def test_a_token_that_is_not_for_this_visit_lets_nobody_in(
    browser: httpx.Client, provider: Provider, claims: dict[str, Any], status: int
) -> None:
    provider.claims = claims
    assert sign_in(browser).status_code == status
    assert browser.get("/v1/me").status_code == 401


def test_a_forged_token_lets_nobody_in(browser: httpx.Client, provider: Provider) -> None:
    provider.signing = RSAKey.generate_key(2048, {"kid": "k1"})
    assert sign_in(browser).status_code == 401
    assert browser.get("/v1/me").status_code == 401


def test_a_visit_that_was_not_begun_here_and_a_code_that_was_used_let_nobody_in(
    browser: httpx.Client,
) -> None:
    there = browser.get("/v1/oidc/start").headers["Location"]
    back = httpx.get(there, trust_env=False).headers["Location"]
    visit = browser.cookies["five_chief_visit"]
    browser.cookies.clear()
    assert browser.get(back).status_code == 401, "another browser's"
    browser.headers["Cookie"] = f"five_chief_visit={visit}"
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 401, "the code was used"
