"""A chief comes in by the link of a notice, sees the own cases alone, and is out when it is taken
back."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.cookies import COOKIE
from api.passwords import hash_secret
from api.settings import Settings
from api.store.engine import Store, open_store
from api.store.people_tables import ChiefLinkRow
from tests.api.conftest import OPERATOR_KEY, WORKER_KEY, Api, picture, running, sha256
from tests.api.test_life import done

JPEG, AFTER = picture(1), picture(2)
HERE = {"camera_id": "gate-3", "longitude": 117.50, "latitude": 36.70, "crs": "wgs84"}
ELSEWHERE = HERE | {"longitude": 117.60, "latitude": 36.80}
CHIEFS = """
roles:
  - {code: road, name_zh: 路长, name_en: road chief, order: 1, geometry: polygon}
assignments:
  - code: east
    role: road
    place: 东大街
    chief: {name: 赵, phone: "13800000001"}
    geometry:
      type: Polygon
      coordinates:
        [[[117.49, 36.69], [117.51, 36.69], [117.51, 36.71], [117.49, 36.71], [117.49, 36.69]]]
  - code: west
    role: road
    place: 西大街
    chief: {name: 钱, phone: "13800000002"}
    geometry:
      type: Polygon
      coordinates:
        [[[117.59, 36.79], [117.61, 36.79], [117.61, 36.81], [117.59, 36.81], [117.59, 36.79]]]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Api]:
    """A clerk at a server whose district has two chiefs."""
    chiefs = tmp_path / "chiefs.yaml"
    chiefs.write_text(CHIEFS, "utf-8")
    settings = Settings(tmp_path / "data", (WORKER_KEY,), OPERATOR_KEY, chiefs=chiefs)
    with running(settings) as url, Api(url, settings, OPERATOR_KEY) as client:
        yield client


@pytest.fixture
def store(desk: Api) -> Iterator[Store]:
    opened = open_store(desk.settings)
    yield opened
    opened.engine.dispose()


def dispatched(desk: Api, place: dict[str, Any]) -> dict[str, Any]:
    with Api(desk.url, desk.settings, WORKER_KEY) as worker:
        case = worker.file(JPEG, place=place)
    done(desk, case, "register")
    found: dict[str, Any] = desk.get(f"/v1/cases/{case['id']}").json()
    if found["status"] == "pending_dispatch":
        done(desk, case, "dispatch", department="环卫所")
    return case


def link(desk: Api, assignment: str = "east") -> str:
    made = desk.post("/v1/chief-links", json={"assignment": assignment, "name": "赵"})
    assert made.status_code == 201, made.text
    path: str = made.json()["path"]
    page, _, secret = path.partition("#")
    assert page == "/shift/chief"
    return secret


@contextmanager
def phone(desk: Api, secret: str) -> Iterator[httpx.Client]:
    """A browser that has pressed the link."""
    same = {"Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=desk.url, headers=same, trust_env=False, timeout=20) as browser:
        entered = browser.post("/v1/chief-sessions", json={"token": secret})
        assert entered.status_code == 204, entered.text
        assert "HttpOnly" in entered.headers["Set-Cookie"]
        assert COOKIE in browser.cookies
        yield browser


def test_the_link_leads_to_the_own_cases_and_to_nothing_beside(desk: Api) -> None:
    mine, other = dispatched(desk, HERE), dispatched(desk, ELSEWHERE)
    with phone(desk, link(desk)) as chief:
        me = chief.get("/v1/me").json()
        assert (me["roles"], me["display"]) == (["chief"], "赵")
        assert [one["id"] for one in chief.get("/v1/mine").json()["items"]] == [mine["id"]]
        assert chief.get(f"/v1/cases/{mine['id']}").status_code == 200
        assert chief.get(f"/v1/cases/{mine['id']}/actions").status_code == 200
        assert chief.get(f"/v1/evidence/{sha256(JPEG)}").content == JPEG
        assert chief.get("/v1/map").status_code == 200  # what their own cases are drawn upon
        assert chief.get("/v1/map/streets").status_code == 200
        for path in (
            f"/v1/cases/{other['id']}",
            f"/v1/cases/{other['id']}/history",
            "/v1/cases/999999",
            "/v1/cases",
            "/v1/cases/export.csv",
            "/v1/alerts/stream",
            "/v1/wall",
            "/v1/cameras/gate-3/live",
            "/v1/map/cases",
            "/v1/statistics/figures",
            "/v1/chiefs",
            "/v1/people",
            "/open311/v2/requests.json",
        ):
            assert chief.get(path).status_code in (401, 403), path


def test_a_chief_does_the_work_with_a_picture_after_and_asks_for_more_time(desk: Api) -> None:
    case = dispatched(desk, HERE)
    address = f"/v1/cases/{case['id']}"
    with phone(desk, link(desk)) as chief:

        def act(action: str, **fields: Any) -> httpx.Response:
            return chief.post(f"{address}/actions/{action}", json=fields)

        assert act("sign").json()["status"] == "pending_handle"
        assert act("assign", handler="赵").json()["status"] == "handling"
        more = {"amount": 2, "unit": "work_hour"}
        assert act("ask_postpone", reason="要调车", limit=more).status_code == 200
        assert act("withdraw").status_code == 200
        assert act("ask_rollback", reason="不是我的路段").status_code == 200
        assert act("withdraw").status_code == 200
        sent = chief.post(
            f"{address}/files",
            params={"usage": "handled"},
            content=AFTER,
            headers={"Content-Type": "image/jpeg"},
        )
        assert sent.status_code in (200, 201), sent.text
        finished = act("finish", opinion="已清运", pictures=[sha256(AFTER)])
        assert finished.json()["status"] == "pending_check"
        assert chief.get(f"/v1/evidence/{sha256(AFTER)}").content == AFTER
        assert act("pass").status_code in (403, 409)  # the work is not checked by who did it
        steps = chief.get(f"{address}/history").json()["items"]
    assert {step["by"] for step in steps if step["action"] == "finish"} == {"赵"}


def test_a_link_that_is_taken_back_and_all_who_came_by_it_are_out_at_once(desk: Api) -> None:
    dispatched(desk, HERE)
    secret = link(desk)
    with phone(desk, secret) as chief, phone(desk, link(desk, "west")) as other:
        assert desk.delete("/v1/chief-links/east").status_code == 204
        assert chief.get("/v1/mine").status_code == 401
        assert other.get("/v1/mine").status_code == 200
        again = chief.post("/v1/chief-sessions", json={"token": secret})
        assert again.status_code == 401


def test_a_link_is_good_for_a_day_and_no_other_will_do(desk: Api, store: Store) -> None:
    secret = link(desk)
    with store.writing() as session:
        row = session.get_one(ChiefLinkRow, hash_secret(secret))
        left = row.expires_at - datetime.now(UTC)
        assert timedelta(hours=23) < left <= timedelta(hours=24)
        row.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    for token in (secret, "chief_guess", "x" * 200):
        answer = httpx.post(
            f"{desk.url}/v1/chief-sessions",
            json={"token": token},
            headers={"Sec-Fetch-Site": "same-origin"},
            trust_env=False,
        )
        assert answer.status_code in (401, 422)
    unknown = desk.post("/v1/chief-links", json={"assignment": "north", "name": ""})
    assert unknown.status_code == 404


def test_who_came_in_by_which_link_stands_in_the_audit(desk: Api, store: Store) -> None:
    from api.store.audit import AuditFilter, read_audit

    with phone(desk, link(desk)):
        pass
    acts = [(entry.act, entry.object) for entry in read_audit(store, AuditFilter(), limit=50).items]
    assert ("chief-link.make", "east") in acts
    assert ("session.open", "chief east") in acts


def test_guessing_links_is_slowed_down(desk: Api) -> None:
    def guess() -> int:
        token = {"token": f"chief_{threading.get_ident()}"}
        headers = {"Sec-Fetch-Site": "same-origin"}
        address = f"{desk.url}/v1/chief-sessions"
        return httpx.post(address, json=token, headers=headers, trust_env=False).status_code

    codes = [guess() for _ in range(60)]
    assert codes[0] == 401
    assert 429 in codes


def test_an_account_of_a_chief_is_tied_to_assignments(desk: Api, store: Store) -> None:
    from api.schema import NewPerson, Role
    from api.store.audit import CONSOLE
    from api.store.people import add_person

    mine, other = dispatched(desk, ELSEWHERE), dispatched(desk, HERE)
    new = NewPerson(
        name="qian", roles=(Role.CHIEF,), password="correct horse", assignments=("west",)
    )
    assert add_person(store, new, CONSOLE, datetime.now(UTC)).assignments == ("west",)
    with httpx.Client(
        base_url=desk.url, headers={"Sec-Fetch-Site": "same-origin"}, trust_env=False
    ) as chief:
        login = {"name": "qian", "password": "correct horse"}
        assert chief.post("/v1/login", json=login).status_code == 204
        assert [one["id"] for one in chief.get("/v1/mine").json()["items"]] == [mine["id"]]
        assert chief.get(f"/v1/cases/{other['id']}").status_code == 403
