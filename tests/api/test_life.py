"""A case's life over HTTP, from report to closing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from api.life.machine import replay
from api.problems import prefers_english
from api.schema import Action, CaseStatus
from api.store.engine import Store, open_store
from api.store.look_again import Seen, answer, take
from tests.api.conftest import Api, picture

JPEG = picture()


@pytest.fixture
def store(shared: Api):
    opened = open_store(shared.settings)
    yield opened
    opened.engine.dispose()


def do(api: Api, case: dict[str, Any], action: str, by: str = "李", **fields: Any) -> Any:
    headers = fields.pop("headers", {})
    address = f"/v1/cases/{case['id']}/actions/{action}"
    return api.post(address, json={"by": by, **fields}, headers=headers)


def done(api: Api, case: dict[str, Any], action: str, by: str = "李", **fields: Any) -> str:
    answered = do(api, case, action, by, **fields)
    assert answered.status_code == 200, answered.text
    status: str = answered.json()["status"]
    return status


def handled(api: Api, **changes: Any) -> dict[str, Any]:
    """A case that the department says is done."""
    case = api.file(JPEG, **changes)
    assert done(api, case, "register") == "pending_dispatch"
    assert done(api, case, "dispatch", department="环卫所") == "dispatched"
    assert done(api, case, "sign") == "pending_handle"
    assert done(api, case, "assign", handler="张") == "handling"
    assert done(api, case, "finish", "张", opinion="已清运") == "pending_check"
    return case


def history(api: Api, case: dict[str, Any]) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = api.get(f"/v1/cases/{case['id']}/history").json()["items"]
    return steps


def test_a_camera_that_sees_it_gone_closes_the_case(shared: Api, store: Store) -> None:
    case = handled(shared, place={"camera_id": "look-1"})
    now = datetime.now(UTC)
    (look,) = take(store, "w", {"look-1"}, now)
    assert (look.case_id, str(look.violation_id)) == (case["id"], case["violation_id"])
    assert shared.get(f"/v1/cases/{case['id']}").json()["status"] == "checking"
    closed = answer(store, look.id, Seen.CLEARED, (), now)
    assert closed.case.status is CaseStatus.CLOSED
    assert closed.case.closed_at == now
    assert answer(store, look.id, Seen.CLEARED, (), now).new is False
    steps = history(shared, case)
    assert steps[-4]["by_kind"] == "camera"
    told = [
        (Action(s["action"]), s["before"] and CaseStatus(s["before"]), CaseStatus(s["after"]))
        for s in steps
    ]
    assert replay(told) is CaseStatus.CLOSED


def test_a_camera_that_still_sees_it_sends_the_case_back_to_work(shared: Api, store: Store) -> None:
    case = handled(shared, place={"camera_id": "look-2"})
    now = datetime.now(UTC)
    (look,) = take(store, "w", {"look-2"}, now)
    again = answer(store, look.id, Seen.STILL_THERE, (), now).case
    assert (again.status, again.reworks) == (CaseStatus.HANDLING, 1)
    assert done(shared, case, "finish", "张", opinion="又清了一遍") == "pending_check"
    assert len(take(store, "w", {"look-2"}, now)) == 1


def test_a_camera_that_cannot_tell_leaves_it_to_a_person(shared: Api, store: Store) -> None:
    case = handled(shared, place={"camera_id": "look-3"})
    now = datetime.now(UTC)
    (look,) = take(store, "w", {"look-3"}, now)
    assert answer(store, look.id, Seen.CANNOT_TELL, (), now).case.status == "pending_check"
    assert take(store, "w", {"look-3"}, now + timedelta(days=1)) == []
    refused = do(shared, case, "pass", "张")
    assert (refused.status_code, refused.json()["type"][-9:]) == (403, "not-yours")
    assert do(shared, case, "pass", "").status_code == 403
    assert done(shared, case, "pass", "王") == "closed"


def test_what_was_asked_is_decided_by_another(shared: Api) -> None:
    case = shared.file(JPEG)
    done(shared, case, "register")
    done(shared, case, "dispatch", department="环卫所")
    assert done(shared, case, "ask_rollback", "张", reason="不归我们管") == "dispatched"
    assert do(shared, case, "grant_rollback", "张").status_code == 403
    assert do(shared, case, "ask_void", "张", reason="x").status_code == 409
    assert done(shared, case, "grant_rollback", "王") == "returned"
    (asked,) = shared.get(f"/v1/cases/{case['id']}/approvals").json()["items"]
    assert (asked["kind"], asked["status"], asked["asked_by"], asked["decided_by"]) == (
        "rollback",
        "granted",
        "张",
        "王",
    )


def test_what_may_be_done_now_is_offered_with_its_fields(shared: Api) -> None:
    case = shared.file(JPEG)
    offers = shared.get(f"/v1/cases/{case['id']}/actions").json()
    names = [offer["action"] for offer in offers["items"]]
    assert {"register", "void", "ask_verify"} <= set(names)
    assert not {"dispatch", "finish", "pass", "close"} & set(names)
    void = offers["items"][names.index("void")]
    assert (void["after"], void["fields"]["required"]) == ("voided", ["reason"])


def test_two_clerks_cannot_overwrite_each_other(shared: Api) -> None:
    case = shared.file(JPEG)
    seen = {"If-Match": shared.get(f"/v1/cases/{case['id']}/actions").json()["etag"]}
    assert done(shared, case, "ask_verify", headers=seen) == "pending_verify"
    assert do(shared, case, "verify", "王", headers=seen).status_code == 412


def test_a_case_rests_until_tomorrow_or_later(api: Api) -> None:
    case = api.file(JPEG)
    for until in (date(2020, 1, 1), datetime.now(api.settings.zone).date()):
        said = {"reason": "冬季", "ground": "seasonal", "until": until.isoformat()}
        answer = do(api, case, "ask_suspend", **said)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["until"]


def test_a_refusal_is_said_in_the_readers_language_with_what_is_open_instead(shared: Api) -> None:
    case = shared.file(JPEG)
    done(shared, case, "register")
    refused = do(shared, case, "sign")
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (409, "urn:five-chief:problem:not-now")
    assert problem["detail"].startswith("案卷现为「待派遣」，不能签收。您现在可以办理：派遣、移交")
    assert refused.headers["Content-Language"] == "zh-CN"
    offers = shared.get(f"/v1/cases/{case['id']}/actions?by=李").json()["items"]
    assert [step["action"] for step in problem["allowed"]] == [one["action"] for one in offers]
    assert problem["allowed"][0] == {
        "action": "dispatch",
        "name_zh": "派遣",
        "name_en": "dispatch",
    }
    english = do(shared, case, "sign", headers={"Accept-Language": "en-GB, en;q=0.9, zh;q=0.5"})
    assert english.headers["Content-Language"] == "en"
    assert english.json()["detail"].startswith(
        "sign cannot be done: the case is at pending_dispatch. Open to you now: dispatch, hand_over"
    )
    assert english.json()["allowed"] == problem["allowed"]


def test_a_field_that_is_missing_is_named_in_chinese_too(shared: Api) -> None:
    case = shared.file(JPEG)
    done(shared, case, "register")
    wrong = do(shared, case, "hand_over")
    assert wrong.status_code == 422
    assert wrong.json()["detail"] == "移交填写有误：reason、agency"
    english = do(shared, case, "hand_over", headers={"Accept-Language": "en"}).json()
    assert english["detail"] == "the hand_over breaks its schema in 2 place(s)"


@pytest.mark.parametrize(
    ("asked", "english"),
    [
        ("", False),
        ("*", False),
        ("zh-CN,zh;q=0.9,en;q=0.8", False),
        ("en-US,en;q=0.9", True),
        ("en;q=0.8, zh;q=0.9", False),
        ("de, en;q=0.3", True),
        ("en;q=nonsense, zh", False),
    ],
)
def test_chinese_is_spoken_unless_english_is_asked_for_first(asked: str, english: bool) -> None:
    assert prefers_english(asked) is english
