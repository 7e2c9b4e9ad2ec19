"""Figures of a time with their formulas, hot spots, and the layers of the map."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.settings import Settings
from api.store.engine import open_store
from api.store.map_layers import SCALE
from tests.api.conftest import WORKER_KEY, Api, picture, running
from tests.api.test_life import done, handled
from tests.api.test_workers_line import camera, put

JPEG = picture()
HERE = {"longitude": 117.53, "latitude": 36.72, "crs": "wgs84"}


def figures(api: Api, **query: str) -> dict[str, Any]:
    answer = api.get("/v1/statistics/figures", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def by(counts: list[dict[str, Any]]) -> dict[str, int]:
    return {one["key"]: one["cases"] for one in counts}


def test_what_came_is_counted_by_class_street_camera_hour_and_day(api: Api) -> None:
    place = {"camera_id": "gate-3", "street": "明水街道"}
    api.file(JPEG, place=place)
    api.file(JPEG, place=place | {"camera_id": "gate-4"})
    vendor = api.file(JPEG, kind="vending", label="street_vendor")
    assert done(api, vendor, "void", reason="影子") == "voided"
    said = figures(api)
    assert (said["received"], said["voided"], said["open"], said["registered"]) == (3, 1, 2, 0)
    assert by(said["by_class"])["E-0102"] == 2
    names = {one["key"]: one["name_zh"] for one in said["by_class"]}
    assert names["E-0102"] == "暴露垃圾"
    assert by(said["by_street"]) == {"明水街道": 2}
    assert by(said["by_camera"]) == {"gate-3": 2, "gate-4": 1}
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    assert sum(by(said["by_hour"]).values()) == 3
    assert len(said["by_hour"]) == 24
    assert by(said["by_day"])[now.date().isoformat()] in (0, 3)  # over midnight it was yesterday
    assert len(said["by_day"]) == 8


def test_rates_are_of_what_fell_due_and_say_their_formula(api: Api) -> None:
    handled(api)
    open_one = api.file(JPEG)
    done(api, open_one, "register")
    done(api, open_one, "dispatch", department="环卫所")
    soon = (datetime.now(UTC) + timedelta(days=20)).isoformat()
    since = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    rates = {one["name_zh"]: one for one in figures(api, since=since, until=soon)["rates"]}
    assert (rates["处置率"]["part"], rates["处置率"]["whole"]) == (1, 2)
    assert rates["按期处置率"]["share"] == 0.5
    assert (rates["处结率"]["part"], rates["处结率"]["whole"]) == (0, 2)
    assert rates["处结率"]["formula_zh"].startswith("结案数 / 应处置数")


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2020-01-01T00:00:00Z"},
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"until": "0001-01-01T00:00:00Z"},
    ],
)
def test_a_time_that_is_empty_or_too_long_is_refused(shared: Api, query: dict[str, str]) -> None:
    assert shared.get("/v1/statistics/figures", params=query).status_code == 422


def test_a_place_to_which_it_comes_back_is_a_hot_spot(api: Api) -> None:
    for _ in range(3):
        case = api.file(JPEG, place={"camera_id": "gate-3", **HERE})
        done(api, case, "register")
        for action, more in (
            ("dispatch", {"department": "环卫所"}),
            ("sign", {}),
            ("assign", {"handler": "张"}),
            ("finish", {"opinion": "已清运"}),
        ):
            done(api, case, action, "张", **more)
        done(api, case, "pass", "王")  # closed, so that the next one is a case of its own
    api.file(JPEG, place={"camera_id": "gate-3", **HERE, "latitude": 36.73})
    (spot,) = api.get("/v1/statistics/hot-spots").json()["items"]
    assert (spot["cases"], spot["days"], spot["service_code"]) == (3, 1, "E-0102")
    assert (spot["longitude"], spot["latitude"]) == (pytest.approx(117.53), pytest.approx(36.72))
    assert api.get("/v1/statistics/hot-spots", params={"days": 2}).json()["items"] == []


def test_the_map_has_cameras_open_cases_and_chiefs_places(api: Api) -> None:
    put(api, camera(place={"camera_id": "gate-3", "camera_name": "三号门", **HERE}))
    case = api.file(JPEG, place={"camera_id": "gate-3", **HERE})
    voided = api.file(JPEG)
    done(api, voided, "void", reason="影子")
    (there,) = api.get("/v1/map/cameras").json()["features"]
    assert there["geometry"] == {"type": "Point", "coordinates": [117.53, 36.72]}
    answer = api.get("/v1/map/cases")
    assert answer.headers["Content-Type"] == "application/geo+json"
    (open_one,) = answer.json()["features"]
    assert open_one["properties"]["case_id"] == case["id"]
    assert open_one["properties"]["name_zh"] == "暴露垃圾"
    again = api.get("/v1/map/cases", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    chiefs = api.get("/v1/map/chiefs").json()
    assert chiefs["type"] == "FeatureCollection"


def test_streets_are_the_file_that_the_settings_name(tmp_path: Path) -> None:
    streets = tmp_path / "streets.geojson"
    line = {"type": "LineString", "coordinates": [[117.5, 36.7], [117.6, 36.7]]}
    text = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": line}]}
    streets.write_text(json.dumps(text), "utf-8")
    settings = Settings(tmp_path / "data", (WORKER_KEY,), streets=streets)
    with running(settings) as url, Api(url, settings) as api:
        assert api.get("/v1/map/streets").json() == text
        streets.unlink()
        assert api.get("/v1/map/streets").status_code == 503


def covers(api: Api, count: int) -> None:
    from sqlalchemy import insert

    from api.store.dispatch_tables import ComponentRow
    from api.store.indexes import changed

    rows = [
        {
            "code": f"3701140101{number:06d}",
            "category": "0101" if number % 3 else "0103",
            "scheme": "cjj214-2",
            "name": "井盖",
            "owner": "自来水公司",
            "longitude": 117.4 + (number % 217) * 0.0011,
            "latitude": 36.6 + (number // 217) * 0.0007,
        }
        for number in range(count)
    ]
    store = open_store(api.settings)
    with store.writing() as session:
        session.execute(insert(ComponentRow), rows)
        changed(session, "components")
    store.engine.dispose()


def test_forty_seven_thousand_covers_come_small_and_once(api: Api) -> None:
    covers(api, 47_000)
    answer = api.get("/v1/map/components", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) < 600_000
    said = answer.json()
    assert len(said["codes"]) == len(said["kinds"]) == len(said["points"]) // 2 == 47_000
    at = [0, 0]
    for index in range(1000):
        at[0] += said["points"][2 * index]
        at[1] += said["points"][2 * index + 1]
    number = int(said["codes"][999][-6:])
    assert at[0] / said["scale"] == pytest.approx(117.4 + (number % 217) * 0.0011, abs=2 / SCALE)
    assert at[1] / said["scale"] == pytest.approx(36.6 + (number // 217) * 0.0007, abs=2 / SCALE)
    began = time.perf_counter()
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert api.get("/v1/map/components", headers=tag).status_code == 304
    assert time.perf_counter() - began < 1.0
    plain = api.get("/v1/map/components", headers={"Accept-Encoding": "identity"})
    assert plain.json() == said
