"""A picture's address that other systems can follow without a key, for a while."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.links import LASTS, LinkExpired, LinkInvalid, Links, Shown
from api.schema import NewKey, Scope
from api.settings import Settings
from api.store.audit import CONSOLE
from api.store.engine import Store, open_store
from api.store.keys import add_key
from api.store.people_tables import AuditRow
from api.store.secret_rows import rotate
from api.vault import Vault
from tests.api.conftest import WORKER_KEY, Api, picture, running

JPEG = picture()
SHA256 = "ab" * 32
NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
OPERATOR = "an-operator-key-of-these-tests"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings = Settings(tmp_path_factory.mktemp("links"), (WORKER_KEY,), operator_key=OPERATOR)
    with running(settings) as url, Api(url, settings) as client:
        client.file(JPEG)
        yield client


@pytest.fixture(scope="module")
def store(server: Api) -> Iterator[Store]:
    opened = open_store(server.settings)
    yield opened
    opened.engine.dispose()


def key(store: Store, name: str, *scopes: Scope) -> str:
    return add_key(store, NewKey(name=name, scopes=scopes), CONSOLE, datetime.now(UTC)).secret


def media_url(server: Api, secret: str) -> Any:
    answer = httpx.get(f"{server.url}/open311/v2/requests.json", params={"api_key": secret})
    (found,) = answer.raise_for_status().json()
    one = httpx.get(
        f"{server.url}/open311/v2/requests/{found['service_request_id']}.json",
        params={"api_key": secret},
    )
    (again,) = one.raise_for_status().json()
    assert (found["media_url"] is None) == (again["media_url"] is None)
    return found["media_url"]


def test_a_link_shows_the_picture_to_whoever_has_it_and_the_audit_says_whose_it_was(
    server: Api, store: Store
) -> None:
    link = media_url(server, key(store, "city-app", Scope.READ, Scope.EVIDENCE))
    assert link.startswith(f"{server.url}/v1/links/")
    assert link.endswith(".jpg")
    shown = httpx.get(link)
    assert (shown.status_code, shown.content) == (200, JPEG)
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["cross-origin-resource-policy"] == "cross-origin"
    assert shown.headers["cache-control"] == "private, no-store"
    with store.reading() as session:
        (look,) = session.scalars(select(AuditRow).where(AuditRow.kind == "link"))
        assert (look.who, look.act) == ("city-app", "evidence.view")


def test_a_key_that_may_not_see_pictures_is_given_no_link(server: Api, store: Store) -> None:
    assert media_url(server, key(store, "counts-only", Scope.READ)) is None


def test_a_changed_link_shows_nothing(server: Api, store: Store) -> None:
    link = media_url(server, key(store, "tampers", Scope.READ, Scope.EVIDENCE))
    root, _, name = link.rpartition("/")
    token = name.removesuffix(".jpg")
    # The last letter's last bits mean nothing.
    for at in range(0, len(token) - 1, 7):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        answer = httpx.get(f"{root}/{changed}.jpg")
        assert (answer.status_code, answer.json()["type"][-12:]) == (404, "unknown-link")
    for wrong in ("x", "%E4%B8%AD", token[:-2], f"A{token}", unsigned(token)):
        assert httpx.get(f"{root}/{wrong}").status_code == 404, wrong


def unsigned(token: str) -> str:
    """The same claims under the algorithm that signs nothing (RFC 8725, 2.1)."""
    header = urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    return ".".join([header, token.split(".")[1], ""])


def test_a_link_ends_with_its_time(server: Api, store: Store) -> None:
    long_ago = datetime.now(UTC) - LASTS - timedelta(days=1)
    (found,) = httpx.get(
        f"{server.url}/v1/cases", headers={"authorization": f"Bearer {OPERATOR}"}
    ).json()["items"]
    sha256 = found["thumbnail"].rpartition("/")[2]
    late = Links(store.vault).make(sha256, "image/jpeg", "late", long_ago)
    answer = httpx.get(server.url + late)
    assert (answer.status_code, answer.json()["type"][-12:]) == (410, "link-expired")
    good = Links(store.vault).make(sha256, "image/jpeg", "late", long_ago + timedelta(days=1))
    assert httpx.get(server.url + good).content == JPEG


def test_a_link_of_what_no_case_cites_shows_nothing(server: Api, store: Store) -> None:
    link = Links(store.vault).make(SHA256, "image/jpeg", "x", datetime.now(UTC))
    assert httpx.get(server.url + link).status_code == 404


def test_a_link_is_the_same_all_day_and_ends_to_the_second(tmp_path: Any) -> None:
    links = Links(Vault(tmp_path / "secrets.key"))
    path = links.make(SHA256, "image/png", "对接系统", NOW)
    assert path.endswith(".png")
    assert links.make(SHA256, "image/png", "对接系统", NOW + timedelta(hours=15)) == path
    assert links.make(SHA256, "image/png", "对接系统", NOW + timedelta(hours=16)) != path
    name, end = path.rpartition("/")[2], datetime(2026, 12, 3, tzinfo=UTC)
    assert links.read(name, end - timedelta(seconds=1)) == Shown(SHA256, "对接系统")
    assert end - (NOW + timedelta(hours=16)) >= LASTS
    with pytest.raises(LinkExpired):
        links.read(name, end)
    with pytest.raises(LinkInvalid):
        Links(Vault(tmp_path / "other.key")).read(name, NOW)


def test_links_end_when_the_key_is_rotated(server: Api, store: Store) -> None:
    secret = key(store, "rotates", Scope.READ, Scope.EVIDENCE)
    link = media_url(server, secret)
    rotate(store)
    assert httpx.get(link).status_code == 404
    assert httpx.get(media_url(server, secret)).content == JPEG
