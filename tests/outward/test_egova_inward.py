"""What an eGova platform sends us about a case that it has taken."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.settings import Settings
from tests.api.conftest import WORKER_KEY, Api, picture, running

JPEG = picture()
AFTER = picture(7)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings = Settings(tmp_path_factory.mktemp("egova"), (WORKER_KEY,))
    with running(settings) as url, Api(url, settings) as client:
        yield client


@pytest.fixture
def case(server: Api) -> dict[str, Any]:
    """A case that is with a department."""
    filed = server.file(JPEG)
    dispatch(server, filed)
    return filed


def dispatch(server: Api, filed: dict[str, Any]) -> None:
    address = f"/v1/cases/{filed['id']}"
    server.post(f"{address}/verdict", json={"verdict": "confirmed"})
    answer = server.post(f"{address}/actions/dispatch", json={"department": "环卫部门"})
    assert answer.json()["status"] == "dispatched"


def send(server: Api, action: str, uid: str, data: dict[str, Any]) -> httpx.Response:
    body = {"action": action, "senderCode": "ZQ_MIS", "uid": uid, "data": data, "extra": 1}
    address = f"/v1/egova/actions?egova_openapi_token={WORKER_KEY}"
    return server.post(address, json=body, headers={"Authorization": ""})


def told(server: Api, action: str, uid: str, **data: Any) -> dict[str, Any]:
    answer = send(server, action, uid, data)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def read(server: Api, case: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = server.get(f"/v1/cases/{case['id']}").json()
    return found


def test_a_feedback_moves_the_case_to_its_check_with_the_pictures(
    server: Api, case: dict[str, Any]
) -> None:
    media = {
        "mediaName": "after.jpg",
        "content": base64.b64encode(AFTER).decode(),
        "mediaUsage": "处置",
    }
    said = {"caseId": case["number"], "disposeOpinion": "已清理", "medias": [media]}
    assert told(server, "DISPOSE_FEEDBACK", "u-1", **said)["success"]
    found = read(server, case)
    assert found["status"] == "pending_check", "a department's word never closes a case"
    assert server.get(found["evidence"][-1]["url"]).content == AFTER
    history = server.get(f"/v1/cases/{case['id']}/history").json()["items"]
    finish = next(step for step in history if step["action"] == "finish")
    assert (finish["by"], finish["by_kind"]) == ("ZQ_MIS", "integrator")
    assert finish["fields"]["opinion"] == "已清理"
    assert finish["fields"]["pictures"] == [found["evidence"][-1]["sha256"]]


def test_the_same_uid_is_done_once_and_other_content_under_it_is_refused(
    server: Api, case: dict[str, Any]
) -> None:
    said = {"caseId": case["number"], "disposeOpinion": "已清理"}
    first = told(server, "DISPOSE_FEEDBACK", "u-2", **said)
    steps = len(server.get(f"/v1/cases/{case['id']}/history").json()["items"])
    assert told(server, "DISPOSE_FEEDBACK", "u-2", **said) == first
    assert told(server, "DISPOSE_FEEDBACK", "u-2b", **said)["message"] == "此前已反馈"
    assert len(server.get(f"/v1/cases/{case['id']}/history").json()["items"]) == steps
    other = told(server, "DISPOSE_FEEDBACK", "u-2", **(said | {"disposeOpinion": "别的"}))
    assert (other["code"], other["success"]) == (409, False)


@pytest.mark.parametrize(
    ("action", "fields", "event"),
    [
        ("SIGN", {}, "sign"),
        ("APPLY_ROLLBACK", {"applyOpinion": "不属本部门"}, "ask_rollback"),
        ("APPLY_POSTPONE", {"applyOpinion": "下雨", "postponeHours": 4}, "ask_postpone"),
        ("APPLY_CANCEL", {"applyOpinion": "重复"}, "ask_void"),
    ],
)
def test_other_actions_are_what_the_table_has_for_them(
    server: Api, case: dict[str, Any], action: str, fields: dict[str, Any], event: str
) -> None:
    assert told(server, action, f"a-{event}", caseId=case["number"], **fields)["success"]
    history = server.get(f"/v1/cases/{case['id']}/history").json()["items"]
    assert history[-1]["action"] == event


def test_what_cannot_be_done_is_said_and_may_be_sent_again(server: Api) -> None:
    filed = server.file(JPEG)
    said = {"caseId": filed["number"], "disposeOpinion": "已清理"}
    early = told(server, "DISPOSE_FEEDBACK", "u-3", **said)
    assert (early["code"], early["success"]) == (409, False)
    dispatch(server, filed)
    assert told(server, "DISPOSE_FEEDBACK", "u-3", **said)["success"]
    unknown = told(server, "SIGN", "u-4", caseId="370114-20000101-00001")
    assert unknown["code"] == 404
    assert told(server, "APPLY_CANCEL", "u-5", caseId=filed["number"])["code"] == 422
    assert told(server, "APPLY_POSTPONE", "u-6", **said, applyOpinion="x")["code"] == 422


def test_a_picture_that_is_none_is_refused_and_moves_nothing(
    server: Api, case: dict[str, Any]
) -> None:
    for content in ("!!", base64.b64encode(b"no picture").decode()):
        medias = [{"content": content}]
        answer = send(
            server, "DISPOSE_FEEDBACK", "u-7", {"caseId": case["number"], "medias": medias}
        )
        assert answer.status_code == 422
    assert read(server, case)["status"] == "dispatched"


def test_questions_are_answered(server: Api, case: dict[str, Any]) -> None:
    info = told(server, "GET_REC_INFO", "q-1", caseId=case["number"])["data"]
    assert (info["caseId"], info["subTypeId"]) == (case["number"], "0102")
    items = told(server, "GET_REC_PROCESS_INFO", "q-1", caseId=case["number"])["data"]
    assert [item["actionName"] for item in items["itemInstList"]][:2] == ["上报", "立案"]
    assert info["statusName"] == "已派遣"
    assert items["itemInstList"][0]["unitName"] == ""  # the department has yet to do anything


def test_without_a_key_nothing_is_heard(guarded: Any) -> None:
    stranger = guarded(None)
    body = {"action": "SIGN", "senderCode": "x", "uid": "1", "data": {"caseId": "1"}}
    assert stranger.post("/v1/egova/actions", json=body).status_code == 401
    address = f"/v1/egova/actions?egova_openapi_token={WORKER_KEY}"
    assert stranger.post(address, json=body).status_code == 403
