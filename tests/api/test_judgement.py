"""What a worker's rule knows beside the detection: it is kept, shown, and decides where it goes."""

import json
from typing import Any

import pytest

from tests.api.conftest import Api, evidence_of, picture, report_of

JPEG = picture()
EXPLAINED = {
    "data": {"looks": 12, "scores": [0.6, 0.7], "dwell_s": 612.0, "rule": {"version": "3"}},
    "text_zh": "10 分钟内看了 12 次，11 次看到",
    "text_en": "seen in 11 of 12 looks within 10 minutes",
}
LOOKED = {
    "passes": True,
    "score": 0.9,
    "label": "shop_overflow",
    "by": "verifier@1",
    "text_zh": "复看属实",
    "text_en": "confirmed at full resolution",
    "evidence": {"attended": True},
}


def vending(**more: Any) -> dict[str, Any]:
    return {"kind": "vending", "label": "stall", **more}


def test_why_it_fired_stands_on_the_case_as_data_and_in_both_languages(shared: Api) -> None:
    case = shared.file(JPEG, explanation=EXPLAINED, second_look=LOOKED, severity="B")
    assert case["explanation"] == EXPLAINED
    assert case["second_look"] == LOOKED
    assert case["severity"] == "B"
    assert shared.get(f"/v1/cases/{case['id']}").json()["explanation"] == EXPLAINED


def test_a_report_that_says_nothing_of_it_has_the_digest_that_it_always_had(shared: Api) -> None:
    """A worker's repeat from before an upgrade must still be known for one."""
    report = report_of(evidence_of(JPEG))
    assert shared.submit(report, JPEG).status_code == 201
    unsaid = {
        "explanation": None,
        "second_look": None,
        "spot": None,
        "component_code": None,
        "zone_kind": None,
        "severity": None,
        "confirm_before_filing": False,
    }
    assert shared.submit(report | unsaid, JPEG).status_code == 200


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"label": "stall"}, "E-0501"),
        ({"label": "shop_overflow"}, "E-0504"),
        ({"label": "stall", "zone_kind": "shopfront"}, "E-0504"),
        ({"label": "stall", "zone_kind": "roadway"}, "E-0501"),
        ({"kind": "litter", "label": "litter", "zone_kind": "shopfront"}, "E-0102"),
    ],
)
def test_vending_that_touches_a_shopfront_is_a_shop_trading_outside(
    shared: Api, said: dict[str, Any], code: str
) -> None:
    assert shared.file(JPEG, **(vending() | said))["category"]["service_code"] == code


def test_where_the_thing_lies_counts_not_where_its_camera_stands(shared: Api) -> None:
    spot = {"longitude": 117.5, "latitude": 36.7, "crs": "wgs84"}
    case = shared.file(JPEG, spot=spot)
    assert (case["place"]["longitude"], case["place"]["latitude"]) == (117.5, 36.7)
    gcj = spot | {"crs": "gcj02"}
    moved = shared.file(JPEG, spot=gcj)["place"]
    assert moved["crs"] == "gcj02"
    assert moved["sent_longitude"] == 117.5
    assert moved["longitude"] != 117.5


def test_grade_a_is_urgent_whatever_its_label(shared: Api) -> None:
    covers = {"kind": "manhole", "label": "cover_damaged"}
    assert shared.file(JPEG, **covers, severity="A")["urgent"] is True
    assert shared.file(JPEG, **covers, severity="B")["urgent"] is False


def test_what_a_person_must_confirm_waits_for_one(shared: Api) -> None:
    case = shared.file(JPEG, confirm_before_filing=True)
    assert case["status"] == "pending_verify"
    told = shared.post(f"/v1/cases/{case['id']}/verdict", json={"verdict": "confirmed", "by": "李"})
    assert told.status_code == 200, told.text
    assert told.json()["status"] == "pending_dispatch"
    steps = shared.get(f"/v1/cases/{case['id']}/history").json()["items"]
    assert [step["action"] for step in steps] == [
        "file", "ask_verify", "verify", "register", "to_dispatch",
    ]  # fmt: skip
    again = shared.post(
        f"/v1/cases/{case['id']}/verdict", json={"verdict": "confirmed", "by": "李"}
    )
    assert again.status_code == 200


def test_a_stale_page_cannot_confirm_it(shared: Api) -> None:
    case = shared.file(JPEG, confirm_before_filing=True)
    here = f"/v1/cases/{case['id']}"
    tag = shared.get(here).headers["ETag"]
    other = {"standard": "litter.rubble", "reason": "渣土"}
    shared.post(f"{here}/actions/set_standard", json=other)
    told = shared.post(
        f"{here}/verdict", json={"verdict": "confirmed", "by": "李"}, headers={"If-Match": tag}
    )
    assert told.status_code == 412
    fresh = {"If-Match": shared.get(here).headers["ETag"]}
    told = shared.post(f"{here}/verdict", json={"verdict": "confirmed", "by": "李"}, headers=fresh)
    assert told.json()["status"] == "pending_dispatch"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"explanation": {"data": {"x": "a" * 17_000}}}, "explanation.data"),
        ({"explanation": {"data": {"x": "a\u0000"}}}, "explanation.data"),
        ({"severity": "D"}, "severity"),
        ({"component_code": "12"}, "component_code"),
        ({"zone_kind": "Shop Front"}, "zone_kind"),
        ({"spot": {"longitude": 117.5, "latitude": 36.7}}, "spot.crs"),
    ],
)
def test_what_cannot_be_is_refused_by_name(shared: Api, wrong: dict[str, Any], field: str) -> None:
    answer = shared.submit(report_of(evidence_of(JPEG), **wrong), JPEG)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_spot_that_cannot_be_where_it_says_is_refused(shared: Api) -> None:
    spot = {"longitude": -0.1, "latitude": 51.5, "crs": "gcj02"}
    answer = shared.submit(report_of(evidence_of(JPEG), spot=spot), JPEG)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["spot.crs"]


def test_numbers_that_json_has_not_are_refused(shared: Api) -> None:
    report = report_of(evidence_of(JPEG), explanation={"data": {"x": "HERE"}})
    answer = shared.submit(json.dumps(report).replace('"HERE"', "NaN"), JPEG)
    assert answer.status_code == 422
