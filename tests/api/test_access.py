"""Every route, tried by nobody, by each role and with each kind of key, against docs/access.md."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from api.app import create_app
from api.cookies import COOKIE
from api.schema import NewKey, NewPerson, Role, Scope
from api.settings import Settings
from api.store.audit import CONSOLE
from api.store.engine import Store, open_store
from api.store.keys import add_key
from api.store.people import add_person
from api.store.sessions import open_session
from tests.api.conftest import running

TABLE = Path(__file__).parents[2] / "docs" / "access.md"
UNROUTED = {"/v1/openapi.json"}
Door = tuple[str, str]


def table() -> dict[Door, set[str] | None]:
    """(method, path) to the roles and scopes that get in; None for everyone."""
    found: dict[Door, set[str] | None] = {}
    for line in TABLE.read_text("utf-8").splitlines():
        row = re.fullmatch(r"\| `(\S+) (\S+)` \|([^|]*)\|([^|]*)\|", line)
        if row is not None:
            method, path, roles, scopes = row.groups()
            who = {*roles.split(), *scopes.split()}
            assert (method, path) not in found, f"{method} {path} is there twice"
            found[method, path] = None if who == {"everyone"} else who
    return found


def routes(settings: Settings) -> set[Door]:
    app = create_app(settings)
    app.state.services.store.engine.dispose()
    return {
        (method, route.path)
        for route in iter_route_contexts(app.routes)
        if route.path is not None and route.path not in UNROUTED
        for method in (route.methods or set()) - {"HEAD"}
    }


class Callers:
    """Nobody, a person of each role, a key of each scope."""

    def __init__(self, store: Store) -> None:
        self._store, now = store, datetime.now(UTC)
        self._people = {
            role.value: add_person(store, NewPerson(name=role.value, roles=(role,)), CONSOLE, now)
            for role in Role
        }
        self._keys = {
            scope.value: add_key(store, NewKey(name=scope.value, scopes=(scope,)), CONSOLE, now)
            for scope in Scope
        }

    def names(self) -> list[str]:
        return ["nobody", *self._people, *self._keys]

    def headers(self, name: str) -> dict[str, str]:
        if name in self._keys:
            return {"Authorization": f"Bearer {self._keys[name].secret}"}
        if name not in self._people:
            return {}
        # A new session for each try, since some tries end them.
        session = open_session(self._store, self._people[name].id, CONSOLE, datetime.now(UTC))
        return {"Cookie": f"{COOKIE}={session}", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(tmp_path_factory.mktemp("access"), ())


@pytest.fixture(scope="module")
def url(settings: Settings) -> Iterator[str]:
    with running(settings) as url:
        yield url


@pytest.fixture(scope="module")
def callers(settings: Settings, url: str) -> Iterator[Callers]:
    store = open_store(settings)
    yield Callers(store)
    store.engine.dispose()


def test_the_table_names_every_route_and_no_other(settings: Settings) -> None:
    doors = routes(settings)
    assert doors - set(table()) == set(), "these are missing in docs/access.md"
    assert set(table()) - doors == set(), "docs/access.md names what is not there"


def is_let_in(client: httpx.Client, door: Door, headers: dict[str, str]) -> str:
    method, path = door
    address = re.sub(r"\{[^}]*\}", "999999", path)  # nobody's number
    request = client.build_request(method, address, headers=headers)
    try:
        # The answer alone counts: some are streams that do not end.
        answer = client.send(request, stream=True)
    except httpx.ReadTimeout:
        return "in"
    answer.close()
    assert answer.status_code < 500, (door, answer.status_code)
    return {401: "unknown", 403: "not allowed"}.get(answer.status_code, "in")


@pytest.mark.parametrize("door", sorted(table()), ids=" ".join)
def test_each_caller_gets_in_where_the_table_says_so_and_nowhere_else(
    callers: Callers, url: str, door: Door
) -> None:
    allowed, path = table()[door], door[1]
    with httpx.Client(base_url=url, trust_env=False, timeout=5) as client:
        for name in callers.names():
            headers = callers.headers(name)
            if path.startswith("/open311/") and name in [*Role]:
                continue  # that protocol knows keys alone
            if allowed is None:
                wanted = "in"
            elif name == "nobody" and not path.startswith("/open311/"):
                wanted = "unknown"
            else:
                wanted = "in" if name in allowed else "not allowed"
            client.cookies.clear()
            assert is_let_in(client, door, headers) == wanted, name
