"""A report of a cover is matched to the surveyed one: its number, its own class, its owner."""

import csv
import io
import time
from typing import Any

import pytest

from api.coordinates import from_wgs84
from api.schema import Crs
from tests.api.conftest import Api, picture
from tests.dispatch.test_geometry import LAT, LON, east, north
from tests.dispatch.test_imports import send, table

HEADING = "部件标识码,小类代码,名称,权属单位,电话,经度,纬度"
WATER, HEAT = "3701140101000017", "3701140110000018"
JPEG = picture()


def line(number: str, category: str, owner: str, x: float, y: float = 0) -> str:
    return f"{number},{category},井盖,{owner},053100000000,{east(x):.7f},{north(y):.7f}"


@pytest.fixture
def surveyed(api: Api) -> Api:
    rows = (line(WATER, "0101", "供水公司", 0), line(HEAT, "0110", "热力公司", 30))
    answer = send(api, table(*rows, heading=HEADING), "components")
    assert answer.json()["added"] == 2, answer.text
    return api


def place(x: float, y: float = 0, camera: str = "gate-3", **more: Any) -> dict[str, Any]:
    here = {"camera_id": camera, "longitude": east(x), "latitude": north(y), "crs": "wgs84"}
    return here | more


def hole(api: Api, where: dict[str, Any], **more: Any) -> dict[str, Any]:
    said = {"kind": "manhole", "label": "cover_missing", "place": where} | more
    return api.file(JPEG, **said)


def test_within_5_m_it_is_the_surveyed_cover(surveyed: Api) -> None:
    case = hole(surveyed, place(4))
    assert case["category"] == {
        "scheme": "cjj214-2", "type": "部件", "code": "0101", "service_code": "C-0101",
        "name_zh": "上水井盖", "name_en": "water-supply cover",
    }  # fmt: skip
    assert case["place"]["component_id"] == WATER
    assert case["place"]["component_distance_m"] == pytest.approx(4, abs=0.1)
    assert case["ownership"] == "surveyed"
    assert case["component"]["owner"] == "供水公司"
    assert case["urgent"] is True
    brief = surveyed.get("/v1/cases", params={"service_code": "C-0101"}).json()["items"]
    assert [item["category"]["name_zh"] for item in brief] == ["上水井盖"]


def test_beyond_that_it_is_a_cover_without_an_owner(surveyed: Api) -> None:
    case = hole(surveyed, place(15))
    assert (case["category"]["code"], case["category"]["name_zh"]) == ("0114", "无主井盖")
    assert "component_id" not in case["place"]
    assert (case["ownership"], case["component"]) == ("to_verify", None)


def test_of_two_the_nearest(surveyed: Api) -> None:
    near = table(line("3701140107000019", "0107", "通信公司", 3), heading=HEADING)
    send(surveyed, near, "components")
    assert hole(surveyed, place(2.2))["category"]["code"] == "0107"
    assert hole(surveyed, place(-3))["category"]["code"] == "0101"


def test_the_number_that_came_with_the_report_decides(surveyed: Api) -> None:
    case = hole(surveyed, place(2), component_code=HEAT)
    assert (case["category"]["code"], case["component"]["number"]) == ("0110", HEAT)
    assert "component_distance_m" not in case["place"]
    unknown = hole(surveyed, place(200), component_code="3701140105000001")
    assert unknown["place"]["component_id"] == "3701140105000001"
    assert (unknown["category"]["code"], unknown["ownership"]) == ("0114", "to_verify")


def test_the_spot_of_the_thing_counts_not_its_cameras_place(surveyed: Api) -> None:
    spot = {"longitude": east(30.5), "latitude": north(0), "crs": "wgs84"}
    assert hole(surveyed, place(300), spot=spot)["category"]["code"] == "0110"


def test_an_export_has_its_class_and_its_number(surveyed: Api) -> None:
    hole(surveyed, place(4))
    text = surveyed.get("/v1/cases/export.csv").content.decode("utf-8-sig")
    (found,) = csv.DictReader(io.StringIO(text))
    assert found["小类名称"] == "上水井盖"
    assert found["部件编码"].strip("\t'=\"") == WATER


def test_open311_offers_each_class_that_its_requests_have(surveyed: Api) -> None:
    case = hole(surveyed, place(4))
    offered = surveyed.get("/open311/v2/services.json").json()
    codes = [service["service_code"] for service in offered]
    found = surveyed.get("/open311/v2/requests.json", params={"service_code": "C-0101"}).json()
    assert [request["service_request_id"] for request in found] == [case["number"]]
    assert "C-0101" in codes
    assert len(set(codes)) == len(codes)
    defined = surveyed.get("/open311/v2/services/C-0101.json").json()
    keys = [value["key"] for value in defined["attributes"][0]["values"]]
    assert keys == ["manhole.missing", "manhole.broken"]


def test_what_is_no_cover_is_not_taken_for_one(surveyed: Api) -> None:
    assert surveyed.file(JPEG, place=place(1))["category"]["service_code"] == "E-0102"
    grate = surveyed.file(JPEG, kind="manhole", label="grate_missing", place=place(1))
    assert grate["category"]["service_code"] == "C-0104"


def test_two_cameras_on_one_surveyed_cover_make_one_case(surveyed: Api) -> None:
    first = hole(surveyed, place(3))
    second = hole(surveyed, place(-4, camera="gate-4"))  # 7 m apart: the number says that it is one
    assert second["id"] == first["id"]


def test_a_case_without_an_owner_learns_it_from_a_closer_sight(surveyed: Api) -> None:
    first = hole(surveyed, place(8))
    assert first["ownership"] == "to_verify"
    both = hole(surveyed, place(4, camera="gate-4"))
    assert both["id"] == first["id"]
    assert (both["category"]["code"], both["component"]["number"]) == ("0101", WATER)


def test_its_owner_gets_it(surveyed: Api) -> None:
    case = hole(surveyed, place(4))
    route = surveyed.get(f"/v1/cases/{case['id']}/route").json()
    assert (route["department"], route["department_by"]) == ("供水公司", "owner")
    assert route["component"] == WATER


def test_another_filing_condition_leaves_the_class_and_another_thing_changes_it(
    surveyed: Api,
) -> None:
    case = hole(surveyed, place(4))
    act = f"/v1/cases/{case['id']}/actions/set_standard"
    broken = surveyed.post(act, json={"standard": "manhole.broken", "reason": "未缺失"}).json()
    assert broken["category"]["code"] == "0101"
    grate = surveyed.post(act, json={"standard": "manhole.grate", "reason": "雨水箅子"}).json()
    assert grate["category"]["service_code"] == "C-0104"
    again = surveyed.post(act, json={"standard": "manhole.missing", "reason": "看错"}).json()
    assert again["category"]["code"] == "0101"


def test_a_ticket_that_names_the_family_keeps_it(surveyed: Api) -> None:
    ticket = {
        "id": "JN1", "at": "2026-11-25T08:00:12+08:00", "type": "部件", "code": "0103",
        "description": "井盖没了", "label": "missing", "place": place(90, camera=""),
    }  # fmt: skip
    answer = surveyed.post("/v1/intake/collector", json=ticket)
    assert answer.status_code == 201, answer.text
    case = surveyed.get(answer.json()["url"]).json()
    assert (case["category"]["name_zh"], case["ownership"]) == ("雨水井盖", "to_verify")


def test_the_register_answers_by_number_and_by_place(surveyed: Api) -> None:
    assert surveyed.get(f"/v1/components/{WATER}").json()["owner"] == "供水公司"
    assert surveyed.get("/v1/components/3701140101009999").status_code == 404
    listed = surveyed.get("/v1/components", params={"category": "0110"}).json()
    assert [item["code"] for item in listed["items"]] == [HEAT]
    where = {"longitude": east(2), "latitude": LAT, "within_m": 50}
    found = surveyed.get("/v1/components/at", params=where).json()["items"]
    assert [item["component"]["code"] for item in found] == [WATER, HEAT]
    assert found[0]["distance_m"] == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize(
    ("row", "field", "why"),
    [
        (line("370114010100001", "0101", "甲", 0), "部件标识码", "match pattern"),
        (line("3701140101000017", "0102", "甲", 0), "部件标识码", "has the class 0101"),
        (line("3701140901000017", "0901", "甲", 0), "部件标识码", "main class"),
        (line("370114010100001712", "0101", "甲", 0), "部件标识码", "16-digit"),
        (line("3701140101000017", "101", "甲", 0), "小类代码", "match pattern"),
        (line("3701140101000017", "0101", "", 0), "权属单位", "required"),
        (line("3701140101000017", "0101", "甲", 0).replace(f"{LON:.7f}", "经"), "经度", "number"),
    ],
)
def test_each_row_of_a_survey_is_checked(api: Api, row: str, field: str, why: str) -> None:
    right = line(HEAT, "0110", "热力公司", 30)
    answer = send(api, table(right, row, heading=HEADING), "components")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == f"row 3, {field}"
    assert why in error["message"]
    assert api.get("/v1/components").json()["items"] == []
    left = send(api, table(right, row, heading=HEADING), "components", leave_out_wrong="true")
    assert (left.json()["added"], left.json()["left_out"]) == (1, 1)


def test_other_schemes_and_longer_numbers_come_in_too(api: Api) -> None:
    sichuan = line("5101000101000000017", "0101", "甲", 0)
    assert send(api, table(sichuan, heading=HEADING), "components").json()["added"] == 1
    newer = line("3701140100100017", "0101", "甲", 5)
    body = table(newer, heading=HEADING)
    assert send(api, body, "components").status_code == 422
    assert send(api, body, "components", scheme="yunguanfu-3").json()["added"] == 1


def test_a_survey_in_gcj02_is_met_by_a_report_in_wgs84(api: Api) -> None:
    longitude, latitude = from_wgs84((east(3), north(0)), Crs.GCJ02)
    row = f"{WATER},0101,井盖,供水公司,053100000000,{longitude:.7f},{latitude:.7f}"
    assert send(api, table(row, heading=HEADING), "components", crs="gcj02").json()["added"] == 1
    assert hole(api, place(4))["place"]["component_distance_m"] == pytest.approx(1, abs=0.1)


@pytest.mark.slow
def test_a_register_of_47_000_covers_answers_in_milliseconds(api: Api) -> None:
    def at(n: int) -> tuple[float, float]:
        return 20.0 * (n % 400), 20.0 * (n // 400)

    rows = (line(f"3701140101{n:06}", "0101", f"单位{n % 30}", *at(n)) for n in range(47_000))
    answer = send(api, table(*rows, heading=HEADING), "components")
    assert answer.json()["added"] == 47_000, answer.text
    spent = []
    for n in range(0, 47_000, 470):
        x, y = at(n)
        begun = time.perf_counter()
        where = {"longitude": east(x + 2), "latitude": north(y + 1)}
        found = api.get("/v1/components/at", params=where).json()["items"]
        spent.append(time.perf_counter() - begun)
        assert [item["component"]["code"] for item in found] == [f"3701140101{n:06}"]
    assert sorted(spent)[len(spent) // 2] < 0.05  # over HTTP, on a busy machine
    x, y = at(46_999)
    assert hole(api, place(x + 2, y))["component"]["number"] == "3701140101046999"
