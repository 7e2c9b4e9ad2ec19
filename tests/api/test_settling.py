"""An alert is settled once, whoever presses first; verdicts are taken back; places can wait."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import pytest

from tests.api.conftest import OPERATOR_KEY, Api, picture

JPEG = picture()
Verdict = dict[str, Any]
BIN: Verdict = {"verdict": "dismissed", "kind": "bin_in_order"}


def judge(api: Api, case: dict[str, Any], by: str = "李", **verdict: Any) -> httpx.Response:
    return api.post(f"/v1/cases/{case['id']}/verdict", json={"by": by, **verdict})


def case_of(api: Api, case: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/v1/cases/{case['id']}").json()
    return found


def eventually(api: Api, case: dict[str, Any], status: str, within_s: float = 15) -> dict[str, Any]:
    end = time.monotonic() + within_s
    while (found := case_of(api, case))["status"] != status:
        assert time.monotonic() < end, found["status"]
        time.sleep(0.05)
    return found


def at_once(*calls: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """Calls that begin in the same moment, each on a thread and a connection of its own."""
    ready = threading.Barrier(len(calls))

    def go(call: Callable[[], httpx.Response]) -> httpx.Response:
        ready.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(go, calls))


@pytest.fixture
def desks(api: Api) -> Iterator[tuple[Api, Api]]:
    """Two operators, each at a page of their own."""
    with Api(api.url, api.settings) as one, Api(api.url, api.settings) as other:
        yield one, other


@pytest.mark.parametrize("undo_s", [0, 30])
def test_of_two_operators_who_press_at_once_one_settles_it_and_the_other_is_told(
    api: Api, desks: tuple[Api, Api], undo_s: int
) -> None:
    won: Counter[str] = Counter()
    for _ in range(12):
        case = api.file(JPEG)
        answers = at_once(
            partial(judge, desks[0], case, "王", verdict="confirmed", undo_s=undo_s),
            partial(judge, desks[1], case, "张", **BIN, undo_s=undo_s),
        )
        assert sorted(one.status_code for one in answers) == [200, 409], [a.text for a in answers]
        winner = "王" if answers[0].status_code == 200 else "张"
        won[winner] += 1
        found = case_of(api, case)
        said = found["settling"]["by"] if undo_s else found["decided_by"]
        assert said == winner
        steps = api.get(f"/v1/cases/{case['id']}/history").json()["items"]
        verdicts = [step["by"] for step in steps if step["action"] in ("register", "void")]
        assert verdicts == ([] if undo_s else [winner])
    assert sum(won.values()) == 12


def test_of_two_who_say_the_same_at_once_one_is_named(api: Api, desks: tuple[Api, Api]) -> None:
    case = api.file(JPEG)
    answers = at_once(
        partial(judge, desks[0], case, "王", **BIN), partial(judge, desks[1], case, "张", **BIN)
    )
    assert [one.status_code for one in answers] == [200, 200]
    assert len({one.json()["decided_by"] for one in answers}) == 1
    assert len({one.json()["version"] for one in answers}) == 1


def test_a_verdict_takes_effect_when_its_time_is_over(api: Api) -> None:
    case = api.file(JPEG)
    held = judge(api, case, **BIN, undo_s=1).json()
    assert (held["status"], held["dismiss_reason"]) == ("reported", None)
    assert held["settling"]["verdict"] == "dismissed"
    (brief,) = api.get("/v1/cases").json()["items"]
    assert brief["settling"] == held["settling"]
    settled = eventually(api, case, "voided")
    assert settled["dismiss_reason"] == "垃圾桶未满溢"
    assert settled["dismiss_kind"] == "bin_in_order"
    assert (settled["decided_by"], settled["settling"]) == ("李", None)


def test_what_was_seen_by_a_camera_is_verified_and_registered_in_one(api: Api) -> None:
    case = api.file(JPEG)
    api.post(f"/v1/cases/{case['id']}/actions/ask_verify", json={"by": "李"})
    judge(api, case, verdict="confirmed", undo_s=1)
    eventually(api, case, "pending_dispatch")
    steps = api.get(f"/v1/cases/{case['id']}/history").json()["items"]
    assert [step["action"] for step in steps][-3:] == ["verify", "register", "to_dispatch"]


def test_within_its_time_it_is_taken_back_and_nothing_has_happened(api: Api) -> None:
    case = api.file(JPEG)
    judge(api, case, **BIN, undo_s=30)
    back = api.delete(f"/v1/cases/{case['id']}/verdict")
    assert (back.status_code, back.json()["settling"]) == (200, None)
    steps = api.get(f"/v1/cases/{case['id']}/history").json()["items"]
    assert [step["action"] for step in steps] == ["file"]
    again = api.delete(f"/v1/cases/{case['id']}/verdict")
    assert (again.status_code, again.json()["type"].rsplit(":")[-1]) == (409, "nothing-held")
    with Api(api.url, api.settings, None) as desk:
        (entry,) = desk.get("/v1/audit", params={"act": "verdict.undo"}).json()["items"]
    assert entry["object"] == case["number"]
    assert judge(api, case, "张", verdict="confirmed").json()["decided_by"] == "张"


def test_once_it_has_taken_effect_it_is_too_late_to_take_it_back(api: Api) -> None:
    case = api.file(JPEG)
    judge(api, case, **BIN, undo_s=1)
    eventually(api, case, "voided")
    assert api.delete(f"/v1/cases/{case['id']}/verdict").status_code == 409


def test_of_an_undo_and_the_end_of_its_time_one_wins(api: Api) -> None:
    """Undone: nothing has happened; not undone: all of it has."""
    for _ in range(4):
        case = api.file(JPEG)
        judge(api, case, **BIN, undo_s=1)
        time.sleep(0.9)
        undone = api.delete(f"/v1/cases/{case['id']}/verdict").status_code == 200
        if undone:
            time.sleep(1.2)
            assert case_of(api, case)["status"] == "reported"
        else:
            eventually(api, case, "voided")


def test_what_is_held_stops_every_other_step_of_a_person(api: Api) -> None:
    case = api.file(JPEG)
    judge(api, case, "王", verdict="confirmed", undo_s=30)
    path = f"/v1/cases/{case['id']}/actions"
    refused = api.post(f"{path}/void", json={"by": "张", "reason": "影子"})
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("王正在处理")
    assert judge(api, case, "王", verdict="confirmed", undo_s=30).status_code == 200
    assert judge(api, case, "王", **BIN, undo_s=30).status_code == 409


def test_a_held_verdict_outlives_the_server(api: Api) -> None:
    from tests.api.conftest import running

    case = api.file(JPEG)
    judge(api, case, **BIN, undo_s=2)
    # A second server of the same store takes the first one's jobs over, or finds them done.
    with running(api.settings) as url, Api(url, api.settings) as other:
        assert eventually(other, case, "voided")["dismiss_kind"] == "bin_in_order"


def test_readers_of_the_stream_hear_of_it(api: Api) -> None:
    case = api.file(JPEG)
    with api.stream("GET", "/v1/alerts/stream") as stream:
        lines = stream.iter_lines()
        next(lines)
        judge(api, case, "王", verdict="confirmed", undo_s=30)
        for line in lines:
            if line.startswith("event: case.settling"):
                data = next(lines).removeprefix("data: ")
                break
    assert json.loads(data)["settling"]["by"] == "王"


def test_reasons_are_a_table_that_clerks_change(api: Api) -> None:
    offered = [one["code"] for one in api.get("/v1/dismissal-reasons").json()["items"]]
    assert offered[:2] == ["shadow", "reflection"]
    assert offered[-1] == "other"
    steam = {"name_zh": "蒸汽", "name_en": "steam", "false_positive": True, "position": 0}
    with Api(api.url, api.settings, None) as clerk:
        assert clerk.put("/v1/dismissal-reasons/steam", json=steam).status_code == 201
        off = steam | {"active": False}
        assert clerk.put("/v1/dismissal-reasons/steam", json=off).status_code == 200
    assert "steam" in [one["code"] for one in api.get("/v1/dismissal-reasons").json()["items"]]
    case = api.file(JPEG)
    for kind in ("steam", "nonsense"):
        refused = judge(api, case, verdict="dismissed", kind=kind)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "kind")
    assert judge(api, case, verdict="confirmed", kind="shadow").status_code == 422
    assert judge(api, case, verdict="dismissed").status_code == 422
    said = judge(api, case, verdict="dismissed", kind="shadow", reason="树影").json()
    assert (said["dismiss_kind"], said["dismiss_reason"]) == ("shadow", "树影")


def snooze(api: Api, case: dict[str, Any], minutes: int = 60) -> httpx.Response:
    return api.post(f"/v1/cases/{case['id']}/snooze", json={"minutes": minutes, "by": "王"})


def test_a_place_that_is_snoozed_waits_and_nothing_else_does(api: Api) -> None:
    case = api.file(JPEG)
    made = snooze(api, case)
    assert made.status_code == 201, made.text
    assert (made.json()["by"], made.json()["camera_id"]) == ("王", "gate-3")
    nearby = {"x0": 12.0, "y0": 9.0, "x1": 42.0, "y1": 30.0}
    same = api.file(JPEG, box=nearby)
    others = [
        api.file(JPEG, box={"x0": 50.0, "y0": 40.0, "x1": 60.0, "y1": 47.0}),
        api.file(JPEG, place={"camera_id": "gate-4"}),
        api.file(JPEG, kind="vending", label="street_vendor"),
    ]
    snoozed = {one["id"]: one["snoozed"] for one in api.get("/v1/cases").json()["items"]}
    assert snoozed[same["id"]]["id"] == snoozed[case["id"]]["id"] == made.json()["id"]
    assert [snoozed[one["id"]] for one in others] == [None, None, None]
    assert case_of(api, same)["snoozed"]["until"] == made.json()["until"]


def test_a_snooze_is_seen_and_ended_before_its_time(api: Api) -> None:
    case = api.file(JPEG)
    made = snooze(api, case).json()
    (listed,) = api.get("/v1/snoozes").json()["items"]
    assert listed == made
    version = case_of(api, case)["version"]
    ended = api.delete(f"/v1/snoozes/{made['id']}")
    assert ended.json()["ended_by"]
    assert api.get("/v1/snoozes").json()["items"] == []
    assert len(api.get("/v1/snoozes", params={"active": False}).json()["items"]) == 1
    assert case_of(api, case)["snoozed"] is None
    assert case_of(api, case)["version"] > version
    assert api.delete(f"/v1/snoozes/{made['id']}").status_code == 404


def test_what_is_urgent_cannot_wait(api: Api) -> None:
    case = api.file(JPEG, kind="manhole", label="missing")
    assert case_of(api, case)["urgent"]
    refused = snooze(api, case)
    assert (refused.status_code, refused.json()["detail"][:2]) == (409, "紧急")


def test_a_list_says_why_it_fired_how_surely_and_how_long_is_left(api: Api) -> None:
    why = {"text_zh": "垃圾堆在路沿已 12 分钟", "text_en": "a heap at the kerb for 12 minutes"}
    case = api.file(JPEG, explanation=why)
    judge(api, case, verdict="confirmed")
    (brief,) = api.get("/v1/cases").json()["items"]
    assert (brief["why_zh"], brief["why_en"], brief["score"]) == (*why.values(), 0.71)
    assert brief["due_at"] is None or isinstance(brief["left_s"], float)


def test_who_may_not_settle_may_not_take_back(guarded: Callable[[str | None], Api]) -> None:
    worker, desk = guarded("worker-key-for-tests"), guarded(OPERATOR_KEY)
    case = worker.file(JPEG)
    assert judge(desk, case, **BIN, undo_s=30).status_code == 200
    assert worker.delete(f"/v1/cases/{case['id']}/verdict").status_code == 403
    assert guarded(None).delete(f"/v1/cases/{case['id']}/verdict").status_code == 401
