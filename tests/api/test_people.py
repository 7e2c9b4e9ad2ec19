"""Accounts, sessions, keys, and the record of what was seen and done."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy.exc import OperationalError

from api import keyring, passwords
from api.schema import NewKey, NewPerson, PersonChange, Role, Scope
from api.settings import Settings
from api.store import sessions
from api.store.audit import CONSOLE
from api.store.engine import Store, open_store
from api.store.keys import add_key, find_good_key, revoke_key, rotate_key
from api.store.migrate import upgrade
from api.store.people import LastAdministrator, add_person, change_person
from api.store.sessions import Locked, PasswordWrong, check_password, find_session, open_session
from tests.api.conftest import WORKER_KEY, Api, picture, running, sha256

PASSWORD = "correct horse battery"
JPEG = picture()
NOW = datetime(2026, 11, 25, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are slow to check on purpose; the tests of the commands take that time."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    monkeypatch.setattr(passwords, "_NOBODYS", quick.hash("nobody's"))


class Office:
    """A server with an administrator, and browsers for whoever comes."""

    def __init__(self, url: str, settings: Settings, store: Store) -> None:
        self.url, self.settings, self.store = url, settings, store
        self.people: dict[str, int] = {}
        self.browsers: list[Api] = []
        self.employ("admin", Role.ADMIN)

    def employ(self, name: str, *roles: Role) -> None:
        new = NewPerson(name=name, roles=roles, password=PASSWORD)
        self.people[name] = add_person(self.store, new, CONSOLE, datetime.now(UTC)).id

    def browser(self, name: str | None = None) -> Api:
        browser = Api(self.url, self.settings, key=None)
        browser.headers["Origin"] = self.url
        self.browsers.append(browser)
        if name is not None:
            answer = browser.post("/v1/login", json={"name": name, "password": PASSWORD})
            assert answer.status_code == 204, answer.text
        return browser

    def program(self, key: str) -> Api:
        self.browsers.append(Api(self.url, self.settings, key))
        return self.browsers[-1]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    settings = Settings(tmp_path / "data", (WORKER_KEY,))
    with running(settings) as url:
        store = open_store(settings)
        office = Office(url, settings, store)
        yield office
        for browser in office.browsers:
            browser.close()
        store.engine.dispose()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(Settings(tmp_path, ()))
    upgrade(store)
    yield store
    store.engine.dispose()


def audit(admin: Api, **which: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = admin.get("/v1/audit", params=which).json()["items"]
    return found


def test_once_somebody_has_an_account_being_near_opens_nothing(api: Api) -> None:
    with Api(api.url, api.settings, key=None) as near:
        assert near.get("/v1/me").json()["kind"] == "local"
        assert near.get("/v1/sign-in").json()["open"] is True
        new = {"name": "li", "roles": ["admin"], "password": PASSWORD}
        assert near.post("/v1/people", json=new).status_code == 201
        assert near.get("/v1/cases").status_code == 401
        ways = near.get("/v1/sign-in").json()
        assert (ways["open"], ways["password"], ways["first_run"]) == (False, True, False)
    assert api.get("/v1/cases").status_code == 200, "the worker's key goes on working"


def test_a_person_signs_in_changes_the_password_and_signs_out_everywhere(office: Office) -> None:
    office.employ("li", Role.OPERATOR, Role.CLERK)
    here, there = office.browser("li"), office.browser("li")
    me = here.get("/v1/me").json()
    assert (me["kind"], me["name"], me["roles"]) == ("person", "li", ["clerk", "operator"])
    change = {"old": PASSWORD, "new": "another good password"}
    assert here.post("/v1/password", json=change | {"old": "guess"}).status_code == 422
    assert here.post("/v1/password", json=change | {"new": "short"}).status_code == 422
    assert here.post("/v1/password", json=change).status_code == 204
    assert here.get("/v1/me").status_code == 200
    assert there.get("/v1/me").status_code == 401, "other sessions end"
    new = {"name": " LI ", "password": "another good password"}
    assert there.post("/v1/login", json=new).status_code == 204
    assert there.post("/v1/logout-everywhere").status_code == 204
    assert here.get("/v1/me").status_code == 401
    assert here.post("/v1/login", json=new | {"password": PASSWORD}).status_code == 401


def test_signing_out_ends_the_session_and_not_the_cookie_alone(office: Office) -> None:
    browser = office.browser("admin")
    cookie = browser.cookies["five_chief_session"]
    assert browser.post("/v1/logout").status_code == 204
    again = office.browser()
    again.headers["Cookie"] = f"five_chief_session={cookie}"
    assert again.get("/v1/me").status_code == 401


def test_a_change_that_does_not_say_where_it_comes_from_is_refused(office: Office) -> None:
    browser = office.browser("admin")
    del browser.headers["Origin"]
    assert browser.get("/v1/people").status_code == 200
    new = {"name": "x", "roles": ["admin"]}
    assert browser.post("/v1/people", json=new).status_code == 403
    foreign = {"Origin": "https://elsewhere.example"}
    assert browser.post("/v1/people", json=new, headers=foreign).status_code == 403
    assert [person["name"] for person in browser.get("/v1/people").json()["items"]] == ["admin"]


def test_a_disabled_person_is_out_at_once_and_may_come_back(office: Office) -> None:
    office.employ("li", Role.OPERATOR)
    li, admin = office.browser("li"), office.browser("admin")
    address = f"/v1/people/{office.people['li']}"
    assert admin.patch(address, json={"disabled": True}).json()["disabled_at"]
    assert li.get("/v1/me").status_code == 401
    wrong = li.post("/v1/login", json={"name": "li", "password": PASSWORD})
    assert wrong.status_code == 401
    assert admin.patch(address, json={"disabled": False}).json()["disabled_at"] is None
    assert li.post("/v1/login", json={"name": "li", "password": PASSWORD}).status_code == 204
    assert admin.patch(address, json={"roles": ["clerk"]}).status_code == 200
    assert li.get("/v1/me").json()["roles"] == ["clerk"], "roles are looked up each time"


def test_one_administrator_always_stays(office: Office) -> None:
    admin = office.browser("admin")
    address = f"/v1/people/{office.people['admin']}"
    for change in ({"disabled": True}, {"roles": ["operator"]}):
        answer = admin.patch(address, json=change)
        assert (answer.status_code, answer.json()["type"]) == (
            409,
            "urn:five-chief:problem:last-administrator",
        )
    office.employ("wang", Role.ADMIN)
    assert admin.patch(address, json={"disabled": True}).status_code == 200


def test_who_changes_an_account_second_is_told_and_writes_over_nothing(office: Office) -> None:
    office.employ("li", Role.CHIEF)
    admin = office.browser("admin")
    address = f"/v1/people/{office.people['li']}"
    seen = {
        "If-Match": {p["name"]: p for p in admin.get("/v1/people").json()["items"]}["li"]["etag"]
    }
    first = admin.patch(address, json={"assignments": ["east"]}, headers=seen)
    assert first.json()["assignments"] == ["east"]
    second = admin.patch(address, json={"assignments": ["west"]}, headers=seen)
    assert (second.status_code, second.headers["content-language"]) == (412, "zh-CN")
    assert admin.get("/v1/people").json()["items"][1]["assignments"] == ["east"]
    again = {"If-Match": first.json()["etag"]}
    assert admin.patch(address, json={"assignments": ["west"]}, headers=again).is_success
    changes = [entry["detail"] for entry in audit(admin, act="person.change")]
    assert changes == [{"assignments": ["west"]}, {"assignments": ["east"]}]


def test_names_are_taken_once_and_unknown_people_are_not_found(office: Office) -> None:
    admin = office.browser("admin")
    new = {"name": "li", "roles": ["clerk"], "password": PASSWORD}
    assert admin.post("/v1/people", json=new).status_code == 201
    assert admin.post("/v1/people", json=new).status_code == 409
    assert admin.post("/v1/people", json=new | {"name": "Li!"}).status_code == 422
    assert admin.patch("/v1/people/999", json={"disabled": True}).status_code == 404
    assert PASSWORD not in admin.post("/v1/people", json=new | {"x": 1}).text


def test_an_address_that_guesses_is_slowed(office: Office) -> None:
    thief = office.browser()
    codes = [
        thief.post("/v1/login", json={"name": f"name-{i}", "password": "guess"}).status_code
        for i in range(21)
    ]
    assert codes == [401] * 20 + [429]
    answer = thief.post("/v1/login", json={"name": "admin", "password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 61


@pytest.mark.parametrize("name", ["li", "nobody"])
def test_five_wrong_passwords_lock_a_name_whoever_has_it_and_longer_each_time(
    store: Store, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    add_person(store, NewPerson(name="li", roles=(Role.CLERK,)), CONSOLE, NOW)
    monkeypatch.setattr(sessions, "is_password", lambda given, _hash: given == PASSWORD)
    for _ in range(5):
        with pytest.raises(PasswordWrong):
            check_password(store, name, "guess", NOW)
    now = NOW
    for minutes in (1, 2, 4, 8, 15, 15):
        with pytest.raises(Locked) as locked:
            check_password(store, name, PASSWORD, now + timedelta(seconds=10))
        assert locked.value.wait_s == minutes * 60 - 10 + 1
        now += timedelta(minutes=minutes)
        with pytest.raises(PasswordWrong):
            check_password(store, name, "guess", now)


def test_the_right_password_after_a_lock_forgets_the_failures(store: Store) -> None:
    person = NewPerson(name="li", roles=(Role.CLERK,), password=PASSWORD)
    number = add_person(store, person, CONSOLE, NOW).id
    for _ in range(2):
        with pytest.raises(PasswordWrong):
            check_password(store, "li", "guess", NOW)
    assert check_password(store, "li", PASSWORD, NOW) == number
    for _ in range(4):
        with pytest.raises(PasswordWrong):
            check_password(store, "li", "guess", NOW)
    assert check_password(store, "li", PASSWORD, NOW) == number


def test_a_session_lasts_twelve_hours(store: Store) -> None:
    new = NewPerson(name="li", roles=(Role.CLERK,))
    person = add_person(store, new, CONSOLE, NOW)
    cookie = open_session(store, person.id, CONSOLE, NOW)
    assert find_session(store, cookie, NOW + timedelta(hours=11, minutes=59)) is not None
    assert find_session(store, cookie, NOW + timedelta(hours=12)) is None
    assert find_session(store, cookie + "x", NOW) is None


def test_the_last_administrator_is_missed_only_where_there_was_one(store: Store) -> None:
    clerk = add_person(store, NewPerson(name="li", roles=(Role.CLERK,)), CONSOLE, NOW)
    change_person(store, clerk.id, PersonChange(roles=(Role.ADMIN,)), CONSOLE, NOW)
    with pytest.raises(LastAdministrator):
        change_person(store, clerk.id, PersonChange(roles=(Role.CLERK,)), CONSOLE, NOW)


def test_a_key_is_shown_once_and_works_for_its_scopes_alone(office: Office) -> None:
    admin = office.browser("admin")
    made = admin.post("/v1/keys", json={"name": "worker-1", "scopes": ["work"]}).json()
    worker = office.program(made["secret"])
    worker.file(JPEG)
    assert worker.get("/v1/cases").status_code == 403
    listed = admin.get("/v1/keys")
    assert made["secret"] not in listed.text
    (key,) = listed.json()["items"]
    assert key["last_used_at"] is not None
    again = admin.post("/v1/keys", json={"name": "worker-1", "scopes": ["work"]})
    assert again.status_code == 409


def test_a_rotated_key_has_two_secrets_for_a_while_and_a_revoked_one_none(office: Office) -> None:
    admin = office.browser("admin")
    made = admin.post("/v1/keys", json={"name": "eyes", "scopes": ["read"]}).json()
    address = f"/v1/keys/{made['id']}"
    new = admin.post(f"{address}/rotate", json={"overlap_s": 3600}).json()
    both = [office.program(each["secret"]) for each in (made, new)]
    assert [each.get("/v1/cases").status_code for each in both] == [200, 200]
    last = admin.post(f"{address}/rotate", json={"overlap_s": 0}).json()
    both.append(office.program(last["secret"]))
    assert [each.get("/v1/cases").status_code for each in both] == [401, 401, 200]
    assert admin.post(f"{address}/revoke").json()["revoked_at"]
    assert both[2].get("/v1/cases").status_code == 401
    assert admin.post(f"{address}/rotate", json={}).status_code == 409
    assert admin.post("/v1/keys/999/revoke").status_code == 404


def test_keys_and_their_secrets_end_when_they_are_said_to(store: Store) -> None:
    new = NewKey(name="eyes", scopes=(Scope.READ,), expires_at=NOW + timedelta(days=2))
    first = add_key(store, new, CONSOLE, NOW)
    second = rotate_key(store, first.id, timedelta(days=1), CONSOLE, NOW)
    hours = {25: (False, True), 23: (True, True), 49: (False, False)}
    for hour, works in hours.items():
        at = NOW + timedelta(hours=hour)
        found = [find_good_key(store, key.secret, at) for key in (first, second)]
        assert tuple(each is not None for each in found) == works, hour


def test_a_key_that_another_process_revokes_stops_within_seconds(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add_key(office.store, NewKey(name="eyes", scopes=(Scope.READ,)), CONSOLE, NOW)
    program = office.program(key.secret)
    assert program.get("/v1/cases").status_code == 200
    revoke_key(office.store, key.id, CONSOLE, NOW)
    assert program.get("/v1/cases").status_code == 200, "still remembered"
    monkeypatch.setattr(keyring, "FRESH_S", 0.0)
    assert program.get("/v1/cases").status_code == 401


def test_the_audit_says_who_saw_which_picture_and_who_did_what(office: Office) -> None:
    office.employ("li", Role.OPERATOR)
    li, admin = office.browser("li"), office.browser("admin")
    office.program(WORKER_KEY).file(JPEG)
    for _ in range(3):
        assert li.get(f"/v1/evidence/{sha256(JPEG)}").status_code == 200
    (seen,) = audit(admin, act="evidence.view")
    assert (seen["kind"], seen["who"], seen["object"]) == ("person", "li", sha256(JPEG))
    assert seen["address"] == "127.0.0.1"
    assert audit(admin, object=sha256(JPEG)) == [seen]
    admin.post("/v1/keys", json={"name": "eyes", "scopes": ["read"]})
    done = [(entry["who"], entry["act"], entry["object"]) for entry in audit(admin)]
    assert done[0] == ("admin", "key.add", "eyes")
    assert ("console", "person.add", "li") in done
    assert ("li", "session.open", "li") in done
    page = admin.get("/v1/audit", params={"limit": 2}).json()
    rest = admin.get("/v1/audit", params={"limit": 500, "cursor": page["next"]}).json()
    assert len(page["items"]) + len(rest["items"]) == len(done)
    assert rest["next"] is None


def test_a_picture_that_cannot_be_noted_is_not_shown(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.employ("li", Role.OPERATOR)
    li = office.browser("li")
    office.program(WORKER_KEY).file(JPEG)

    def refuses(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr("api.viewings.note_alone", refuses)
    answer = li.get(f"/v1/evidence/{sha256(JPEG)}")
    assert answer.status_code == 503
    assert JPEG not in answer.content


@pytest.mark.parametrize("how", ["sign out", "account disabled"])
def test_an_open_stream_ends_when_its_reader_may_no_longer_read(
    office: Office, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("api.routes.alerts.CHECK_AGAIN_S", 0.1)
    office.employ("li", Role.CLERK)
    li, admin = office.browser("li"), office.browser("admin")
    with li.stream("GET", "/v1/alerts/stream", timeout=10) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("id:")
        if how == "sign out":
            assert sign_out(li) == 204
        else:
            change = {"disabled": True}
            assert admin.patch(f"/v1/people/{office.people['li']}", json=change).is_success
        assert [line for line in lines if line.startswith("event:")] == []  # and it ends


def sign_out(browser: Api) -> int:
    with Api(browser.url, browser.settings, key=None) as other:
        other.headers["Origin"] = browser.url
        other.cookies = browser.cookies
        return other.post("/v1/logout").status_code


def test_an_open_stream_ends_when_its_key_is_revoked(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.routes.alerts.CHECK_AGAIN_S", 0.1)
    monkeypatch.setattr(keyring, "FRESH_S", 0.1)
    admin = office.browser("admin")
    made = admin.post("/v1/keys", json={"name": "reader", "scopes": ["read"]}).json()
    reader = office.program(made["secret"])
    with reader.stream("GET", "/v1/alerts/stream", timeout=20) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("id:")
        assert admin.post(f"/v1/keys/{made['id']}/revoke").is_success
        assert [line for line in lines if line.startswith("event:")] == []
