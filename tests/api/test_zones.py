"""What is drawn in a camera's picture: one list, versions with authors, faults by zone."""

from typing import Any

import pytest

from api.schema.cameras import CameraConfig
from api.schema.zones import ZonesWrite
from api.zones import calibration_in, drawn_in, redrawn
from tests.api.conftest import Api
from tests.api.test_workers_line import Worker, camera, put

KERB = [[0.1, 0.5], [0.9, 0.5], [0.9, 0.95], [0.1, 0.95]]
ROAD = [[0.2, 0.1], [0.8, 0.1], [0.8, 0.3]]
KNOT = [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]]
CODE = "3701140101000001"


def config(**changes: Any) -> dict[str, Any]:
    """A camera with zones of its own, with one of a rule, and with what only its worker knows."""
    rule = camera()["rules"][0] | {"zone": KERB, "exclude": [ROAD]}
    areas = [{"kind": "shopfront", "polygon": ROAD, "name": "刘记粥铺"}]
    return camera(rules=[rule], options={"areas": areas, "novel": 3}) | changes


@pytest.fixture
def drawn(api: Api) -> Api:
    put(api, config())
    return api


def draw(api: Api, *zones: dict[str, Any], match: str | None = '"1"', **more: Any) -> Any:
    headers = {} if match is None else {"If-Match": match}
    body = {"zones": zones} | more
    return api.put("/v1/cameras/gate-3/zones", json=body, headers=headers)


def points(*places: tuple[float, float]) -> list[dict[str, Any]]:
    return [{"picture": place, "metres": [index, index**2]} for index, place in enumerate(places)]


def test_all_that_is_drawn_is_one_list_whoever_drew_it(drawn: Api) -> None:
    found = drawn.get("/v1/cameras/gate-3/zones")
    assert found.headers["ETag"] == '"1"'
    body = found.json()
    kinds = [(zone["kind"], zone["of_rule"]) for zone in body["zones"]]
    assert kinds == [("shopfront", None), ("include", "kerb"), ("exclude", "kerb")]
    assert body["rules"] == [{"id": "kerb", "kind": "litter"}]
    assert (body["author"], body["state"], body["calibration"]) == ("worker", "waiting", [])


def test_what_is_drawn_is_a_new_version_and_all_else_stays(drawn: Api) -> None:
    square = points((0.1, 0.9), (0.9, 0.9), (0.7, 0.4), (0.3, 0.4))
    answer = draw(
        drawn,
        {"kind": "include", "polygon": ROAD, "of_rule": "kerb"},
        {"kind": "component", "polygon": KERB, "code": CODE, "name": "雨水井盖"},
        {"kind": "exclude", "polygon": ROAD, "rules": ["litter"], "when": [{"hours": ["6-9"]}]},
        calibration=square,
        note="南门挪了摊位",
    )
    assert answer.status_code == 200, answer.text
    assert (answer.headers["ETag"], answer.json()["note"]) == ('"2"', "南门挪了摊位")
    now = drawn.get("/v1/cameras/gate-3").json()["config"]
    assert now["rules"][0]["zone"] == ROAD
    assert now["rules"][0]["exclude"] == []
    assert [area["kind"] for area in now["options"]["areas"]] == ["component", "exclude"]
    assert len(now["options"]["ground"]["points"]) == 4
    assert (now["options"]["novel"], now["url"]) == (3, "rtsp://viewer:***@192.0.2.10:554/101")
    assert len(draw(drawn, match='"2"').json()["zones"]) == 0
    assert "ground" not in drawn.get("/v1/cameras/gate-3").json()["config"]["options"]


def test_the_worker_is_told_with_the_password_that_nobody_sees(api: Api) -> None:
    worker = Worker(api)
    with worker.line({"camera_id": "gate-3", "version": None, "config": config()}) as line:
        assert draw(api, {"kind": "exclude", "polygon": ROAD}).status_code == 200
        sent = worker.take(line)["order"]
    assert sent["version"] == 2
    assert sent["config"]["url"] == config()["url"]
    assert sent["config"]["options"]["areas"] == [{"kind": "exclude", "polygon": ROAD}]


def test_of_two_who_draw_at_once_the_second_is_told_and_nothing_is_lost(drawn: Api) -> None:
    assert draw(drawn, {"kind": "exclude", "polygon": ROAD}).status_code == 200
    late = draw(drawn, {"kind": "include", "polygon": KERB})
    assert (late.status_code, late.json()["detail"][:4]) == (412, "此摄像头")
    assert draw(drawn, match=None).status_code == 428
    assert draw(drawn, match="*").status_code == 200


def test_an_older_drawing_can_be_had_again(drawn: Api) -> None:
    before = drawn.get("/v1/cameras/gate-3/zones").json()
    draw(drawn)
    again = drawn.post("/v1/cameras/gate-3/versions/1/restore", headers={"If-Match": '"2"'})
    assert again.status_code == 200
    after = drawn.get("/v1/cameras/gate-3/zones").json()
    assert (after["zones"], after["version"]) == (before["zones"], 3)


@pytest.mark.parametrize(
    ("zone", "field", "zh"),
    [
        ({"kind": "exclude", "polygon": KNOT, "name": "停车场"}, "polygon", "排除区“停车场”边线"),
        ({"kind": "include", "polygon": KERB[:2]}, "polygon", "检测区“2”至少要有三个"),
        ({"kind": "include", "polygon": [[0, 0], [0.5, 0.5], [1, 1]]}, "polygon", "没有面积"),
        ({"kind": "component", "polygon": KERB}, "code", "十六位部件编码"),
        ({"kind": "shopfront", "polygon": KERB, "code": CODE}, "code", "十六位部件编码"),
        ({"kind": "roadway", "polygon": KERB, "when": [{"hours": ["6-9"]}]}, "when", "时段"),
        ({"kind": "exclude", "polygon": KERB, "rules": ["kerp"]}, "rules", "kerp 不存在"),
        ({"kind": "include", "polygon": KERB, "of_rule": "kerp"}, "of_rule", "kerp 不存在"),
        ({"kind": "include", "polygon": ROAD, "of_rule": "kerb"}, "of_rule", "只能有一个"),
    ],
)
def test_a_fault_names_the_zone_and_nothing_is_kept(
    drawn: Api, zone: dict[str, Any], field: str, zh: str
) -> None:
    good = {"kind": "include", "polygon": KERB, "of_rule": "kerb"}
    answer = draw(drawn, good, zone)
    assert answer.status_code == 422
    assert zh in answer.json()["detail"]
    assert f"zones.1.{field}" in [one["field"] for one in answer.json()["errors"]]
    assert drawn.get("/v1/cameras/gate-3").json()["version"] == 1


@pytest.mark.parametrize(
    ("calibration", "zh"),
    [
        (points((0.1, 0.9), (0.9, 0.9), (0.7, 0.4)), "至少需要四个点"),
        (points((0.1, 0.9), (0.5, 0.9), (0.9, 0.9), (0.3, 0.4)), "三个点在一条线上"),
        ([{"picture": [0.1, 0.9]}, *points((0.9, 0.9), (0.7, 0.4), (0.3, 0.4))], "第 1 点"),
    ],
)
def test_points_that_calibrate_nothing_are_refused(
    drawn: Api, calibration: list[dict[str, Any]], zh: str
) -> None:
    answer = draw(drawn, calibration=calibration)
    assert (answer.status_code, zh in answer.json()["detail"]) == (422, True)


def test_what_is_read_and_written_back_is_the_same_configuration() -> None:
    before = CameraConfig.model_validate(config())
    same = ZonesWrite(zones=drawn_in(before), calibration=calibration_in(before))
    assert redrawn(before, same) == before


def test_to_confirm_a_moved_view_is_an_order_to_its_worker(api: Api) -> None:
    worker = Worker(api)
    with worker.line({"camera_id": "gate-3", "version": None, "config": camera()}) as line:
        for _ in range(2):  # said twice it is one order that waits
            assert api.post("/v1/cameras/gate-3/confirm-view").status_code == 202
        order = worker.take(line)["order"]
    assert (order["type"], order["camera_id"]) == ("confirm_view", "gate-3")
    (audit, *_) = api.get("/v1/audit", params={"act": "camera.confirm_view"}).json()["items"]
    assert audit["object"] == "gate-3"
    assert api.post("/v1/cameras/nowhere/confirm-view").status_code == 404
