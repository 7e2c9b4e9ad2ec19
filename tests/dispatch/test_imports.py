"""Shops, components and chiefs come in as tables: all or nothing, and every mistake is named."""

import json
import time
from typing import Any

import pytest

from api.coordinates import to_wgs84
from api.schema import Crs
from tests.api.conftest import OPERATOR_KEY, WORKER_KEY, Api
from tests.dispatch.test_geometry import LAT, LON, east, north

HEADING = "编号,店名,店长,电话,地址,经度,纬度,轮廓,责任书编号,签订日期,到期日期"


def row(code: str, x: float = 0.0, **changes: str) -> str:
    left, right, bottom, top = east(x), east(x + 6), north(0), north(9)
    ring = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
    outline = "POLYGON((" + ", ".join(f"{a:.7f} {b:.7f}" for a, b in ring) + "))"
    cells = {
        "code": code, "name": f"小店{code}", "keeper": "王某", "phone": "13800000000",
        "address": "山泉路", "lon": f"{east(x + 3):.7f}", "lat": f"{north(4.5):.7f}",
        "outline": f'"{outline}"', "contract": f"WB-{code}",
        "signed": "2026-01-05", "to": "2026-12-31",
    } | changes  # fmt: skip
    return ",".join(cells.values())


def table(*rows: str, heading: str = HEADING) -> bytes:
    return "\r\n".join([heading, *rows, ""]).encode()


def send(api: Api, body: bytes, what: str = "shops", **query: str) -> Any:
    return api.post(
        f"/v1/{what}/import", content=body, params=query, headers={"Content-Type": "text/csv"}
    )


def shops(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/v1/shops").json()["items"]
    return found


def test_a_table_of_shops_is_taken_over_and_again_changes_nothing(api: Api) -> None:
    body = table(row("S-1"), row("S-2", 10))
    answer = send(api, body)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"added": 2, "changed": 0, "same": 0, "left_out": 0, "wrong": []}
    assert send(api, body).json()["same"] == 2
    assert send(api, table(row("S-2", 10, phone="13900000000"))).json()["changed"] == 1
    assert [(shop["code"], shop["phone"]) for shop in shops(api)] == [
        ("S-1", "13800000000"),
        ("S-2", "13900000000"),
    ]
    found = api.get("/v1/shops/S-1").json()
    assert (found["record"]["grade"], found["record"]["points"]) == ("green", 0)
    one = found["shop"]
    assert one["outline"]["type"] == "Polygon"
    assert (one["contract"], one["valid_to"]) == ("WB-S-1", "2026-12-31")
    assert api.get("/v1/shops/S-9").status_code == 404


def test_each_mistake_is_named_by_row_and_column_and_nothing_is_imported(api: Api) -> None:
    answer = send(
        api,
        table(
            row("S-1"),
            row("S-2", phone="无"),
            row("S-3", keeper="", lat="north"),
            row("S-1", 20),
            row("S-5", lon="36.7"),
            row("S-6", outline='"POLYGON((0 0, 1 1))"'),
            row("S-7", outline='"POINT(117.5 36.7)"', to="31/12/2026"),
        ),
    )
    assert answer.status_code == 422
    assert "nothing was imported" in answer.json()["detail"]
    assert [each["field"] for each in answer.json()["errors"]] == [
        "row 3, 电话",
        "row 4, 店长",
        "row 4, 纬度",
        "row 5, 编号",
        "row 6, 轮廓",
        "row 7, 轮廓",
        "row 8, 轮廓",
    ]
    assert "stands in row 2 too" in answer.text
    assert shops(api) == []


def test_the_right_rows_are_imported_without_the_wrong_ones_when_asked(api: Api) -> None:
    two_mistakes = row("S-2", phone="无", keeper="")
    answer = send(api, table(row("S-1"), two_mistakes), leave_out_wrong="true")
    assert answer.status_code == 200
    result = answer.json()
    assert (result["added"], result["left_out"]) == (1, 1)
    assert [each.partition(":")[0] for each in result["wrong"]] == ["row 3, 店长", "row 3, 电话"]
    assert [shop["code"] for shop in shops(api)] == ["S-1"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "no rows"),
        (HEADING.encode(), "no rows"),
        ("编号,店名\n1,2".encode(), "columns are missing: 店长, 经度, 纬度"),
        (table(row("S-1"), heading=HEADING + ",备注"), "'备注' is no column here"),
        (table(row("S-1"), heading=HEADING.replace("地址", "店名")), "stands twice"),
        (table(row("S-1") + ",x"), "row 2: has 12 cells under 11 headings"),
        (HEADING.encode() + b'\n"S-1,never closed', "row 2: is no CSV"),
        (b"\xff\xfe\x00\x81\x30", "UTF-8"),
    ],
)
def test_a_table_that_cannot_be_read_is_told_so(shared: Api, body: bytes, told: str) -> None:
    answer = send(shared, body)
    assert answer.status_code == 422
    assert told in answer.json()["errors"][0]["message"]


def test_what_spreadsheets_in_china_save_is_read(api: Api) -> None:
    text = table(row("S-1")).decode()
    assert send(api, text.encode("gb18030")).json()["added"] == 1
    assert send(api, b"\xef\xbb\xbf" + text.encode()).json()["same"] == 1


def test_coordinates_of_a_map_are_moved_outlines_too(api: Api) -> None:
    assert send(api, table(row("S-1")), crs="gcj02").status_code == 200
    shop = shops(api)[0]
    expected = to_wgs84((round(east(3), 7), round(north(4.5), 7)), Crs.GCJ02)
    assert (shop["longitude"], shop["latitude"]) == pytest.approx(expected, abs=1e-7)
    assert abs(shop["longitude"] - east(3)) > 0.003
    west = min(x for x, _ in shop["outline"]["coordinates"][0])
    assert shop["longitude"] - west == pytest.approx(east(3) - east(0), abs=1e-6)


def test_twelve_thousand_shops_come_in_within_seconds_and_one_is_found_at_once(api: Api) -> None:
    rows = [row(f"S-{n:05}", 8.0 * n) for n in range(12_000)]
    begun = time.perf_counter()
    answer = send(api, table(*rows))
    took = time.perf_counter() - begun
    assert answer.json()["added"] == 12_000
    assert took < 30, took
    place = {"longitude": east(8.0 * 7_000 + 2), "latitude": north(3)}
    assert api.get("/v1/chiefs/at", params=place).json()["shop"] == "S-07000"
    begun = time.perf_counter()
    for n in range(0, 12_000, 600):
        where = {"longitude": east(8.0 * n + 2), "latitude": north(3)}
        assert api.get("/v1/chiefs/at", params=where).json()["shop"] == f"S-{n:05}"
    assert (time.perf_counter() - begun) / 20 < 0.25


def test_covers_come_with_their_owners(api: Api) -> None:
    heading = "部件标识码,小类代码,名称,权属单位,电话,经度,纬度"
    cover = f"3701140102000017,0102,污水井盖,章丘水务（虚构）,053100000000,{LON},{LAT}"
    assert send(api, table(cover, heading=heading), "components").json()["added"] == 1
    near = {"longitude": east(8), "latitude": LAT}
    assert api.get("/v1/chiefs/at", params=near).json()["owner"] == "章丘水务（虚构）"
    far = {"longitude": east(12), "latitude": LAT}
    assert api.get("/v1/chiefs/at", params=far).json()["owner"] is None
    wrong = send(api, table(cover.replace(",0102,", ",102,"), heading=heading), "components")
    assert wrong.json()["errors"][0]["field"] == "row 2, 小类代码"


def feature(code: str, role: str, geometry: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    properties = {"code": code, "role": role, "place": "某处", "chief": {"name": "某人"}} | more
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def bring(api: Api, *features: dict[str, Any], **query: str) -> Any:
    body = json.dumps({"type": "FeatureCollection", "features": features})
    headers = {"Content-Type": "application/geo+json"}
    return api.post("/v1/chiefs/import", content=body, params=query, headers=headers)


def square(x: float, size: float) -> dict[str, Any]:
    ring = [[east(x), north(0)], [east(x + size), north(0)], [east(x + size), north(size)],
            [east(x), north(size)], [east(x), north(0)]]  # fmt: skip
    return {"type": "Polygon", "coordinates": [ring]}


LINE = {"type": "LineString", "coordinates": [[east(0), north(5)], [east(500), north(5)]]}


def test_chiefs_come_as_geojson_and_answer_for_their_places(api: Api) -> None:
    answer = bring(
        api,
        feature("J-1", "street", square(-1000, 3000), chief={"name": "街", "phone": "13800000001"}),
        feature("L-1", "road", LINE),
    )
    assert answer.json()["added"] == 2, answer.text
    found = api.get("/v1/chiefs/at", params={"longitude": east(100), "latitude": north(6)}).json()
    assert [(c["role_zh"], c["name"], c["why"]) for c in found["chiefs"]] == [
        ("路长", "某人", "duty"),
        ("街长", "街", "duty"),
    ]
    assert bring(api, feature("L-1", "road", LINE)).json() | {"wrong": []} == {
        "added": 0, "changed": 0, "same": 1, "left_out": 0, "wrong": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("features", "told"),
    [
        ([feature("X", "mayor", square(0, 9))], "X.role"),
        ([feature("X", "road", square(0, 9))], "X.geometry"),
        ([feature("X", "shopkeeper", None)], "X.ref"),
        ([feature("X", "shopkeeper", square(0, 9), ref="S-1")], "X.geometry"),
        ([feature("X", "road", LINE, valid_from="2026-02-02", valid_to="2026-02-01")], "valid_to"),
        (
            [feature("X", "road", {"type": "LineString", "coordinates": [[1, 2]]})],
            "features.1.geom",
        ),
        ([feature("X", "road", LINE), feature("X", "road", LINE)], "stands twice"),
        ([feature("a b", "road", LINE)], "features.1.code"),
        ([{"type": "Feature"}], "FeatureCollection"),
    ],
)
def test_a_wrong_feature_is_named_and_nothing_is_taken_over(
    shared: Api, features: list[dict[str, Any]], told: str
) -> None:
    answer = bring(shared, feature("OK", "road", LINE), *features)
    assert answer.status_code == 422, answer.text
    assert told in answer.text
    assert shared.get("/v1/chiefs").json()["assignments"] == []


def test_roles_are_the_districts_own(api: Api) -> None:
    roles = api.get("/v1/chiefs").json()["roles"]
    assert [role["name_zh"] for role in roles] == ["店长", "楼长", "巷长", "路长", "街长"]
    river = {
        "code": "river",
        "name_zh": "河长",
        "name_en": "river chief",
        "order": 9,
        "geometry": "line",
    }
    assert api.put("/v1/chiefs/roles/river", json=river | {"width_m": 80}).status_code == 201
    assert api.put("/v1/chiefs/roles/river", json=river | {"width_m": 90}).status_code == 200
    clash = api.put("/v1/chiefs/roles/river", json=river | {"order": 5})
    assert "that of street" in clash.json()["errors"][0]["message"]
    assert bring(api, feature("R", "river", LINE)).json()["added"] == 1
    assert api.delete("/v1/chiefs/roles/river").status_code == 409
    polygon = api.put("/v1/chiefs/roles/river", json=river | {"geometry": "polygon"})
    assert polygon.status_code == 422
    assert api.delete("/v1/chiefs/assignments/R").status_code == 204
    assert api.delete("/v1/chiefs/roles/river").status_code == 204
    assert api.delete("/v1/chiefs/roles/river").status_code == 404
    other = api.put("/v1/chiefs/roles/lake", json=river)
    assert "the address says 'lake'" in other.text


def test_a_duty_calendar_and_a_deputy_say_who_is_told(api: Api) -> None:
    day = {"shifts": [{"days": ["workday"], "hours": "08:00-18:00"}]}
    said = {
        "code": "L-1", "role": "road", "place": "山泉路", "geometry": LINE,
        "chief": {"name": "正"}, "duty": day, "deputies": [{"person": {"name": "副"}}],
    }  # fmt: skip
    assert api.put("/v1/chiefs/assignments/L-1", json=said).status_code == 201
    where = {"longitude": east(100), "latitude": north(5)}

    def told(at: str) -> list[tuple[str, str]]:
        found = api.get("/v1/chiefs/at", params=where | {"at": at}).json()["chiefs"]
        return [(each["name"], each["why"]) for each in found]

    assert told("2026-10-10T09:00:00+08:00") == [("正", "duty")]  # a worked Saturday
    assert told("2026-10-01T09:00:00+08:00") == [("副", "deputy")]
    hours = api.put(
        "/v1/chiefs/assignments/L-1",
        json=said | {"duty": {"shifts": [{"days": ["holiday"], "hours": "8-18"}]}},
    )
    assert hours.status_code == 422
    wrong = {each["field"] for each in hours.json()["errors"]}
    assert wrong >= {"duty.shifts.0.days.0", "duty.shifts.0.hours"}


def test_only_those_who_keep_them_change_chiefs_and_shops(guarded: Any) -> None:
    worker, operator, nobody = guarded(WORKER_KEY), guarded(OPERATOR_KEY), guarded(None)
    assert send(nobody, table(row("S-1"))).status_code == 401
    assert send(worker, table(row("S-1"))).status_code == 403
    assert send(operator, table(row("S-1"))).status_code == 200
    assert worker.get("/v1/shops").status_code == 200
    assert nobody.get("/v1/chiefs").status_code == 401
