"""A lead, not a penalty: what must be on record first, and how leads are handed over."""

from typing import Any
from uuid import uuid4

import pytest

from api.store.engine import open_store
from api.store.models import CaseRow
from tests.api.conftest import Api, picture
from tests.api.test_doors import sample
from tests.api.test_intake import brought, case_of, ticket
from tests.api.test_life import do, done, history

JPEG = picture()
RECORD = {
    "legal_review_id": "法审〔2026〕3号",
    "legal_reviewed_on": "2026-01-05",
    "tech_review_id": "技审〔2026〕9号",
    "tech_reviewed_on": "2026-01-06",
    "published_location_url": "https://www.example.gov.cn/cameras",
    "sign_posted_on": "2026-01-08",
}
LACKS = {
    "legal_review_id",
    "tech_review_id",
    "published_location_url",
    "sign_posted_on",
    "reviewed_by",
}


def dispatched(api: Api, camera: str) -> dict[str, Any]:
    case = api.file(JPEG, place={"camera_id": camera})
    done(api, case, "register")
    done(api, case, "dispatch", department="执法队")
    return case


def transfers(api: Api, case: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get(f"/v1/cases/{case['id']}/transfers").json()["items"]
    return items


def test_a_lead_stays_a_lead_until_everything_is_on_record_and_signed(shared: Api) -> None:
    case = dispatched(shared, "law-1")
    address = "/v1/cameras/law-1/compliance"
    refused = do(shared, case, "to_penalty", agency="执法局")
    assert (refused.status_code, refused.json()["type"]) == (
        409,
        "urn:five-chief:problem:lead-only",
    )
    assert {error["field"] for error in refused.json()["errors"]} == LACKS
    assert {one["field"] for one in shared.get(address).json()["lacks"]} == LACKS - {"reviewed_by"}

    assert shared.put(address, json=RECORD | {"sign_posted_on": None}).status_code == 200
    done(shared, case, "review", "王芳")
    refused = do(shared, case, "to_penalty", agency="执法局")
    assert [error["field"] for error in refused.json()["errors"]] == ["sign_posted_on"]

    put = shared.put(address, json=RECORD)
    assert put.json()["lacks"] == []
    assert (
        done(shared, case, "to_penalty", agency="执法局", penalty_file="罚〔2026〕1号")
        == "dispatched"
    )
    (made,) = transfers(shared, case)
    assert (made["direction"], made["agency"], made["document"]) == (
        "penalty",
        "执法局",
        "罚〔2026〕1号",
    )


def test_each_camera_that_saw_the_case_must_have_its_record(shared: Api) -> None:
    place = {"longitude": 116.5, "latitude": 37.5, "crs": "wgs84"}
    case = shared.file(JPEG, place=place | {"camera_id": "law-full"})
    again = shared.file(picture(1), place=place | {"camera_id": "law-bare"})
    assert again["id"] == case["id"]
    shared.put("/v1/cameras/law-full/compliance", json=RECORD)
    done(shared, case, "register")
    done(shared, case, "review", "王芳")
    refused = do(shared, case, "to_penalty", agency="执法局")
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "lead-only")
    errors = refused.json()["errors"]
    assert {error["field"] for error in errors} == LACKS - {"reviewed_by"}
    assert all("law-bare" in error["message"] for error in errors)
    assert "law-full" not in refused.text
    shared.put("/v1/cameras/law-bare/compliance", json=RECORD)
    assert done(shared, case, "to_penalty", agency="执法局") == "pending_dispatch"


def test_what_no_camera_saw_needs_the_reviewers_signature_alone(shared: Api) -> None:
    place = {"longitude": 116.6, "latitude": 37.6, "crs": "wgs84"}
    case = case_of(shared, brought(shared, "collector", ticket(place)))
    done(shared, case, "register")
    refused = do(shared, case, "to_penalty", agency="执法局")
    assert [error["field"] for error in refused.json()["errors"]] == ["reviewed_by"]
    done(shared, case, "review", "王芳")
    assert done(shared, case, "to_penalty", agency="执法局") == "pending_dispatch"


def test_a_vendors_alarm_that_names_no_camera_stays_a_lead(shared: Api) -> None:
    alarm = sample("dahua_icc.json")
    alarm["info"] |= {"alarmCode": uuid4().hex, "nodeCode": "", "channelId": "", "deviceCode": ""}
    case = case_of(shared, brought(shared, "dahua", alarm))
    done(shared, case, "register")
    done(shared, case, "review", "王芳")
    refused = do(shared, case, "to_penalty", agency="执法局")
    assert [error["field"] for error in refused.json()["errors"]] == ["camera_id"]


def test_a_case_goes_to_a_penalty_file_once(shared: Api) -> None:
    case = dispatched(shared, "law-6")
    shared.put("/v1/cameras/law-6/compliance", json=RECORD)
    done(shared, case, "review", "王芳")
    done(shared, case, "to_penalty", agency="执法局")
    again = do(shared, case, "to_penalty", agency="执法局")
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (409, "not-now")
    assert [step["action"] for step in history(shared, case)].count("to_penalty") == 1
    assert len(transfers(shared, case)) == 1


def test_a_penalty_files_number_is_noted_once_it_is_known_also_after_the_case_is_closed(
    shared: Api,
) -> None:
    case = dispatched(shared, "law-7")
    shared.put("/v1/cameras/law-7/compliance", json=RECORD)
    assert "number_penalty" not in actions_of(shared, case)
    refused = do(shared, case, "number_penalty", penalty_file="罚〔2026〕2号")
    assert refused.json()["detail"].startswith("案卷未转行政处罚。")
    done(shared, case, "review", "王芳")
    done(shared, case, "to_penalty", agency="执法局")
    (made,) = transfers(shared, case)
    assert made["document"] is None
    done(shared, case, "sign")
    done(shared, case, "assign", handler="张")
    done(shared, case, "finish", "张", opinion="已清运")
    assert done(shared, case, "pass", "王芳") == "closed"
    assert actions_of(shared, case) == {"number_penalty"}
    assert done(shared, case, "number_penalty", penalty_file="罚〔2026〕2号") == "closed"
    (made,) = transfers(shared, case)
    assert made["document"] == "罚〔2026〕2号"
    assert actions_of(shared, case) == set()
    assert do(shared, case, "number_penalty", penalty_file="x").status_code == 409
    assert history(shared, case)[-1]["fields"] == {"penalty_file": "罚〔2026〕2号"}


def test_a_number_that_came_with_the_case_needs_no_other(shared: Api) -> None:
    case = dispatched(shared, "law-8")
    shared.put("/v1/cameras/law-8/compliance", json=RECORD)
    done(shared, case, "review", "王芳")
    done(shared, case, "to_penalty", agency="执法局", penalty_file="罚〔2026〕3号")
    refused = do(shared, case, "number_penalty", penalty_file="x")
    assert refused.json()["detail"].startswith("处罚案号已登记。")


@pytest.mark.parametrize(
    ("source", "lacks"),
    [("12345", ["reviewed_by"]), ("collector", ["reviewed_by"]), ("districts-own", ["camera_id"])],
)
def test_what_came_before_sources_kinds_were_kept_is_told_by_the_sources_name(
    shared: Api, source: str, lacks: list[str]
) -> None:
    place = {"longitude": 116.9, "latitude": 37.9 + len(source) / 100, "crs": "wgs84"}
    case = case_of(shared, brought(shared, "collector", ticket(place)))
    done(shared, case, "register")
    store = open_store(shared.settings)
    with store.writing() as session:
        (witness,) = session.get_one(CaseRow, case["id"]).witnesses
        body = dict(witness.report.body)
        del body["source_kind"]
        witness.report.body, witness.source = body, source
    store.engine.dispose()
    if lacks == ["camera_id"]:
        done(shared, case, "review", "王芳")
    refused = do(shared, case, "to_penalty", agency="执法局")
    assert [error["field"] for error in refused.json()["errors"]] == lacks


def test_a_review_is_signed_by_somebody_with_a_name(shared: Api) -> None:
    case = dispatched(shared, "law-2")
    shared.put("/v1/cameras/law-2/compliance", json=RECORD)
    assert do(shared, case, "review", "").status_code == 403
    refused = do(shared, case, "to_penalty", agency="执法局")
    assert [error["field"] for error in refused.json()["errors"]] == ["reviewed_by"]
    assert done(shared, case, "review", "王芳") == "dispatched"
    assert shared.get(f"/v1/cases/{case['id']}").json()["reviewed_by"] == "王芳"


def test_to_penalty_is_offered_when_nothing_is_missing_any_more(shared: Api) -> None:
    case = dispatched(shared, "law-3")

    def offers() -> Any:
        return shared.get(f"/v1/cases/{case['id']}/actions?by=李").json()

    def offered() -> set[str]:
        return {item["action"] for item in offers()["items"]}

    assert "to_penalty" not in offered()
    (blocked,) = offers()["blocked"]
    assert (blocked["action"], blocked["name_zh"]) == ("to_penalty", "转行政处罚")
    assert {lack["field"] for lack in blocked["missing"]} == LACKS
    assert {lack["camera_id"] for lack in blocked["missing"]} == {"law-3", None}
    assert blocked["missing"][0]["text_zh"] == "摄像机 law-3 的法制审核编号"
    shared.put("/v1/cameras/law-3/compliance", json=RECORD)
    done(shared, case, "review", "王芳")
    assert "to_penalty" in offered()
    assert offers()["blocked"] == []
    done(shared, case, "to_penalty", agency="执法局")
    assert offers()["blocked"] == []
    assert "to_penalty" not in offered()


def test_two_clerks_do_not_overwrite_each_others_record(shared: Api) -> None:
    address = "/v1/cameras/law-4/compliance"
    empty = shared.get(address)
    assert (empty.headers["ETag"], empty.json()["updated_by"]) == ('"0"', None)
    first = shared.put(address, json=RECORD, headers={"If-Match": '"0"'})
    assert (first.status_code, first.headers["ETag"]) == (200, '"1"')
    late = shared.put(address, json={}, headers={"If-Match": '"0"'})
    assert (late.status_code, late.json()["type"][-8:]) == (412, "outdated")
    assert shared.get(address).json()["legal_review_id"] == RECORD["legal_review_id"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"published_location_url": "javascript:alert(1)"}, "published_location_url"),
        ({"sign_posted_on": "yesterday"}, "sign_posted_on"),
        ({"legal_review_id": "  "}, "legal_review_id"),
        ({"sign": True}, "sign"),
    ],
)
def test_a_wrong_record_names_the_field(shared: Api, change: dict[str, Any], field: str) -> None:
    answer = shared.put("/v1/cameras/law-5/compliance", json=RECORD | change)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_handing_over_is_a_step_with_a_receipt_that_the_other_side_signs(shared: Api) -> None:
    case = shared.file(JPEG)
    done(shared, case, "register")
    assert do(shared, case, "hand_over", agency="市场监管局").status_code == 422
    step = {"agency": "市场监管局", "reason": "食品摊点，归市场监管"}
    assert done(shared, case, "hand_over", **step) == "dispatched"
    (made,) = transfers(shared, case)
    assert (made["direction"], made["receipt"], made["signed_at"]) == (
        "out",
        f"{case['number']}-T1",
        None,
    )
    assert shared.get(f"/v1/cases/{case['id']}").json()["department"] == "市场监管局"
    assert done(shared, case, "sign", "赵", receipt="市监收〔2026〕88号") == "pending_handle"
    (signed,) = transfers(shared, case)
    assert (signed["document"], signed["signed_by"]) == ("市监收〔2026〕88号", "赵")


def actions_of(api: Api, case: dict[str, Any]) -> set[str]:
    offers = api.get(f"/v1/cases/{case['id']}/actions?by=李").json()
    return {item["action"] for item in offers["items"]}


def test_what_nobody_handed_over_is_not_taken_in(shared: Api) -> None:
    place = {"longitude": 116.7, "latitude": 37.7, "crs": "wgs84"}
    collected = case_of(shared, brought(shared, "collector", ticket(place)))
    for case in (shared.file(JPEG), collected):
        assert "take_in" not in actions_of(shared, case)
        refused = do(shared, case, "take_in", agency="交警大队", document="交移〔2026〕7号")
        assert refused.status_code == 409
        assert refused.json()["detail"].startswith("案卷不是其他部门移送的。")


def test_taking_a_lead_in_gives_a_receipt_and_wants_it_verified(shared: Api) -> None:
    place = {"longitude": 116.8, "latitude": 37.8, "crs": "wgs84"}
    case = case_of(shared, brought(shared, "agency", ticket(place)))
    assert "take_in" in actions_of(shared, case)
    step = {"agency": "交警大队", "document": "交移〔2026〕7号"}
    assert done(shared, case, "take_in", **step) == "pending_verify"
    (made,) = transfers(shared, case)
    assert (made["direction"], made["agency"], made["document"], made["receipt"]) == (
        "in",
        "交警大队",
        "交移〔2026〕7号",
        f"{case['number']}-T1",
    )


def test_the_filing_conditions_can_be_read_with_their_limits_and_sources(shared: Api) -> None:
    found = shared.get("/v1/standards").json()
    by_id = {one["id"]: one for one in found["items"]}
    missing = by_id["manhole.missing"]
    assert (missing["service_code"], missing["grade"]) == ("C-0114", "A")
    assert [(limit["stage"], limit["amount"], limit["unit"]) for limit in missing["limits"]] == [
        ("guard", 0.5, "urgent_hour"),
        ("handle", 6.0, "urgent_hour"),
    ]
    assert all(one["source"] for one in found["items"])
