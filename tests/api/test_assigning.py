"""An alert is given to an operator, seen by all, and found by whose it is."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from api.schema import NewPerson, PersonChange, Role
from api.store.audit import CONSOLE
from api.store.engine import open_store
from api.store.people import add_person, change_person
from tests.api.conftest import OPERATOR_KEY, Api, picture

JPEG = picture()


def give(api: Api, case: dict[str, Any], to: str | None) -> httpx.Response:
    return api.put(f"/v1/cases/{case['id']}/assignee", json={"to": to})


def mine(api: Api, name: str) -> list[int]:
    items = api.get("/v1/cases", params={"assigned_to": name, "status": "reported"}).json()["items"]
    return [one["id"] for one in items]


def test_an_alert_is_given_passed_on_and_taken_from_again(api: Api) -> None:
    case, other = api.file(JPEG), api.file(JPEG)
    assert give(api, case, "王").json()["assigned_to"] == "王"
    assert (mine(api, "王"), mine(api, "张")) == ([case["id"]], [])
    passed = give(api, case, "张")
    assert passed.headers["etag"] != f'"{case["id"]}-{case["version"]}"'
    assert (mine(api, "王"), mine(api, "张")) == ([], [case["id"]])
    again = give(api, case, "张")
    assert (again.json()["version"], again.headers["etag"]) == (
        passed.json()["version"],
        passed.headers["etag"],
    )
    assert give(api, case, None).json()["assigned_to"] is None
    assert mine(api, "张") == []
    assert {one["assigned_to"] for one in api.get("/v1/cases").json()["items"]} == {None}
    assert give(api, other, "").status_code == 422


def test_it_stops_nobody_and_ends_with_the_verdict(api: Api) -> None:
    case = api.file(JPEG)
    give(api, case, "王")
    path = f"/v1/cases/{case['id']}/verdict"
    body = {"verdict": "confirmed", "by": "张", "undo_s": 30}
    assert api.post(path, json=body).status_code == 200
    held = give(api, case, "李")
    assert (held.status_code, held.json()["detail"][:1]) == (409, "张")
    api.delete(path)
    assert api.post(path, json=body | {"undo_s": 0}).json()["assigned_to"] == "王"
    late = give(api, case, "李")
    assert (late.status_code, late.json()["type"].rsplit(":")[-1]) == (409, "already-settled")
    assert give(api, {"id": 999_999}, "李").status_code == 404


def test_readers_of_the_stream_and_of_the_audit_hear_of_it(api: Api) -> None:
    case = api.file(JPEG)
    with api.stream("GET", "/v1/alerts/stream") as stream:
        lines = stream.iter_lines()
        next(lines)
        give(api, case, "王")
        event = next(line for line in lines if line.startswith("event: "))
        assert event == "event: case.given"
        assert '"assigned_to":"王"' in next(lines)
    with Api(api.url, api.settings, None) as desk:
        (entry,) = desk.get("/v1/audit", params={"act": "alert.give"}).json()["items"]
    assert (entry["object"], entry["detail"]) == (case["number"], {"from": None, "to": "王"})


def test_colleagues_are_those_with_an_account_who_may_settle(
    guarded: Callable[[str | None], Api],
) -> None:
    desk, now = guarded(OPERATOR_KEY), datetime.now(UTC)
    assert desk.get("/v1/colleagues").json() == {"items": []}
    store = open_store(desk.settings)
    for name, role in (("wang", Role.OPERATOR), ("eng", Role.ENGINEER), ("gone", Role.CLERK)):
        new = NewPerson(name=name, display=name.title(), roles=(role,))
        made = add_person(store, new, CONSOLE, now)
    change_person(store, made.id, PersonChange(disabled=True), CONSOLE, now)
    store.engine.dispose()
    found = desk.get("/v1/colleagues").json()["items"]
    assert found == [{"name": "wang", "display": "Wang"}]
    assert guarded("worker-key-for-tests").get("/v1/colleagues").status_code == 403


def test_a_worker_gives_nothing(guarded: Callable[[str | None], Api]) -> None:
    worker, desk = guarded("worker-key-for-tests"), guarded(OPERATOR_KEY)
    case = worker.file(JPEG)
    assert give(worker, case, "王").status_code == 403
    assert give(desk, case, "王").status_code == 200
