"""Exports have every case that the filters want, in full and in the field's own terms."""

import csv
import io
from typing import Any

import openpyxl

from tests.api.conftest import Api, evidence_of, picture
from tests.api.test_intake import brought, ticket
from tests.api.test_life import done

JPEG = picture()
SPOT = {"longitude": 117.5, "latitude": 36.7, "crs": "wgs84"}


def rows(api: Api, **query: Any) -> list[dict[str, str]]:
    answer = api.get("/v1/cases/export.csv", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="cases.csv"'
    text = io.StringIO(answer.content.decode("utf-8-sig"), newline="")
    return list(csv.DictReader(text))


def test_a_case_is_exported_with_its_whole_course(api: Api) -> None:
    case = api.file(
        JPEG, place=SPOT | {"camera_id": "gate-1", "address": "市场口", "street": "明水"}
    )
    done(api, case, "register")
    done(api, case, "dispatch", department="环卫所")
    done(api, case, "sign")
    done(api, case, "assign", handler="张")
    sha256 = evidence_of(JPEG)["sha256"]
    (before,) = rows(api)
    done(api, case, "finish", "张", opinion="已清运", pictures=[sha256])
    done(api, case, "pass", "王")
    told = brought(api, "12345", ticket(SPOT | {"longitude": 118.5}))
    first, second = rows(api)
    assert first["任务号"] == case["number"]
    assert (first["大类名称"], first["小类名称"], first["问题类型"]) == (
        "市容环境",
        "暴露垃圾",
        "事件",
    )
    assert (first["问题来源"], second["问题来源"]) == ("视频上报", "12345热线转办工单")
    assert (first["当前阶段名称"], second["当前阶段名称"]) == ("已结案", "待核实")
    assert (first["处置部门"], first["所属街道"], first["地址描述"]) == ("环卫所", "明水", "市场口")
    assert first["结案时间"] >= first["上报时间"]
    assert first["处置截止时间"] == before["处置截止时间"] != ""
    assert (before["监督员"], first["监督员"]) == ("李", "王")
    assert (first["延期案件"], first["返工案件"], first["is_overtime"]) == ("否", "否", "0")
    assert (first["X坐标"], first["Y坐标"]) == ("117.5", "36.7")
    assert first["上报medias"] == first["处置medias"] == f"{api.url}/v1/evidence/{sha256}"
    assert second["任务号"] == told["number"]
    assert second["问题描述"].startswith("市民反映")
    assert second["处置截止时间"] != ""


def test_the_lists_filters_hold_for_exports(api: Api) -> None:
    api.file(JPEG)
    stall = api.file(JPEG, kind="vending")
    assert [row["任务号"] for row in rows(api, kind="vending")] == [stall["number"]]
    assert rows(api, street="nowhere") == []
    assert api.get("/v1/cases/export.csv?status=open").status_code == 422


def test_the_workbook_has_the_same_rows(api: Api) -> None:
    for _ in range(3):
        api.file(JPEG)
    answer = api.get("/v1/cases/export.xlsx")
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    numbers = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert numbers == [row["任务号"] for row in rows(api)]
    left = [path for path in api.settings.data.iterdir() if path.is_file()]
    assert all(path.name.startswith(("five-chief.sqlite3", "store.json")) for path in left)


def test_more_cases_than_a_batch_come_whole_and_once(api: Api, monkeypatch: Any) -> None:
    monkeypatch.setattr("api.store.exporting._BATCH", 3)
    filed = [api.file(JPEG)["number"] for _ in range(7)]
    assert [row["任务号"] for row in rows(api)] == filed
