"""Cases are found by what they are, where they are, whose they are and when they are due."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from api.coordinates import from_wgs84
from api.finding import CaseFilter, Sort
from api.schema import CasePage, Crs
from api.settings import Settings
from api.store import asking, narrowing
from api.store.engine import open_store
from api.store.finding import list_cases
from api.store.models import CaseRow
from api.store.notice_tables import NoticeRow
from tests.api.conftest import WORKER_KEY, Api, picture, running
from tests.api.test_intake import brought, ticket
from tests.api.test_life import done

JPEG = picture()
METRE = 1 / 111_195
HERE = {"longitude": 117.5, "latitude": 36.7, "crs": "wgs84"}


def found(api: Api, **query: Any) -> list[int]:
    answer = api.get("/v1/cases", params=query)
    assert answer.status_code == 200, answer.text
    CasePage.model_validate(answer.json())
    return [item["id"] for item in answer.json()["items"]]


def walk(api: Api, **query: Any) -> list[int]:
    ids: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get("/v1/cases", params=query | cursor).json()
        ids += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return ids
        cursor = {"cursor": page["next"]}


def north(metres: float, **more: Any) -> dict[str, Any]:
    return HERE | {"latitude": HERE["latitude"] + metres * METRE, "camera_id": "gate-1"} | more


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, new_store: Callable[[], str | None]) -> Any:
    """A few cases in a town: (server, ids by name)."""
    folder = tmp_path_factory.mktemp("town")
    settings = Settings(folder, (WORKER_KEY,), database_url=new_store())
    with running(settings) as url, Api(url, settings) as api:
        ids = {
            "heap": api.file(
                JPEG,
                place=north(0, street="明水街道", community="汇泉社区", address="市场路 100% 口"),
            )["id"],
            "stall": api.file(
                JPEG, kind="vending", place=north(300, street="双山街道", camera_id="gate-2")
            )["id"],
            "rubble": api.file(JPEG, label="rubble", place=north(2000))["id"],
            "hole": api.file(JPEG, kind="manhole", label="missing", place=north(9000))["id"],
        }
        told = ticket({"longitude": 118.5, "latitude": 36.7, "crs": "wgs84"})
        told["place"]["address"] = "文祖街道 7 号"
        ids["told"] = brought(api, "12345", told)["case_id"]
        done(api, {"id": ids["stall"]}, "void", reason="影子")
        yield api, ids


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, "told hole rubble stall heap"),
        ({"status": "voided"}, "stall"),
        ({"status": ["voided", "pending_verify"]}, "told stall"),
        ({"kind": "litter"}, "told rubble heap"),
        ({"type": "事件", "code": "0103"}, "rubble"),
        ({"type": "部件", "code": "0103"}, ""),
        ({"service_code": ["E-0501", "C-0114"]}, "hole stall"),
        ({"street": "明水街道"}, "heap"),
        ({"community": "汇泉社区"}, "heap"),
        ({"source": "12345"}, "told"),
        ({"camera_id": "gate-2"}, "stall"),
        ({"urgent": True}, "hole"),
        ({"urgent": False, "kind": "manhole"}, ""),
        ({"near": "117.5,36.7", "radius_m": 299}, "heap"),
        ({"near": "117.5,36.7", "radius_m": 301}, "stall heap"),
        ({"near": "117.5,36.7", "radius_m": 20_000}, "hole rubble stall heap"),
        ({"bbox": "117.4,36.69,117.6,36.71"}, "stall heap"),
        ({"bbox": "117.4,36.69,119,36.8"}, "told hole rubble stall heap"),
        ({"bbox": "117.4,36.69,117.6,36.71", "near": "117.5,36.7", "radius_m": 10}, "heap"),
        ({"q": "100%"}, "heap"),
        ({"q": "%"}, "heap"),
        ({"q": "_"}, ""),
        ({"q": "文祖"}, "told"),
        ({"q": "00003"}, "rubble"),
        ({"q": "370114-"}, "told hole rubble stall heap"),
        ({"recurring": True}, ""),
        ({"overdue": True}, ""),
        ({"until": "2020-01-01T00:00:00Z"}, ""),
        ({"kind": "litter", "street": "双山街道"}, ""),
    ],
)
def test_filters_find_what_they_name(town: Any, query: dict[str, Any], names: str) -> None:
    api, ids = town
    assert found(api, **query) == [ids[name] for name in names.split()]


@pytest.mark.parametrize(
    "steps", [(1,), (1, 2, 3)], ids=["nothing is rare", "what is rare is seen"]
)
@pytest.mark.parametrize("many", [0, 1_000], ids=["every text is common", "texts are rare"])
def test_how_cases_are_found_changes_nothing_of_what_is_found(
    town: Any, monkeypatch: pytest.MonkeyPatch, steps: tuple[int, ...], many: int
) -> None:
    api, _ = town
    pairs = [
        {"status": ["reported", "voided"], "camera_id": "gate-1"},
        {"kind": "litter", "near": "117.5,36.7", "radius_m": 3000},
        {"bbox": "117,36,118,37", "service_code": ["E-0102", "E-0501"]},
        {"bbox": "100,20,120,40", "urgent": False, "source": "camera"},
        {"street": "明水街道", "q": "100%"},
        {"q": "00", "since": "2020-01-01T00:00:00Z", "source": ["camera", "12345"]},
        {"q": "370114", "status": "voided"},
        {"chief": "nobody", "overdue": False},
        {"recurring": False, "until": "2100-01-01T00:00:00Z", "camera_id": "gate-2"},
        {"kind": "no-such-kind", "q": "路"},
    ]
    before = [found(api, **query) for query in pairs]
    assert [len(ids) for ids in before] == [3, 2, 2, 3, 1, 5, 1, 0, 1, 0]
    monkeypatch.setattr(narrowing, "_STEPS", steps)
    monkeypatch.setattr(asking, "_MANY", many)
    assert [found(api, **query) for query in pairs] == before
    for query in pairs:
        assert walk(api, **query, limit=1) == found(api, **query)


def test_on_sqlite_cases_are_found_by_what_is_rarest(
    town: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrowing, "_STEPS", (2, 50))
    store = open_store(town[0].settings)
    asked: list[tuple[str, Any]] = []
    event.listen(
        store.engine,
        "before_cursor_execute",
        lambda _conn, _cursor, statement, values, *_: asked.append((statement, values)),
    )
    wanted = CaseFilter(statuses=("voided",), sources=("camera",), service_codes=("E-0501", "x"))
    list_cases(store, wanted, Sort.RECEIVED, None, 50)
    (listed,) = [one for one in asked if "ORDER BY cases.id DESC" in one[0]]
    with store.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {listed[0]}", listed[1]).all()
    store.engine.dispose()
    steps = " ".join(str(row) for row in plan)
    assert "ix_cases_status_id" in steps
    assert "ix_cases_source_id" not in steps
    assert "TEMP B-TREE" not in steps


def test_a_point_of_another_map_is_converted(town: Any) -> None:
    api, ids = town
    longitude, latitude = from_wgs84((117.5, 36.7), Crs.BD09)
    query = {"near": f"{longitude},{latitude}", "radius_m": 5}
    assert found(api, **query, crs="bd09") == [ids["heap"]]
    assert found(api, **query) == []


def test_a_witness_that_came_later_finds_the_case_too(town: Any) -> None:
    api, ids = town
    api.file(JPEG, place=north(5, camera_id="gate-7"))
    assert found(api, camera_id="gate-7") == [ids["heap"]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("bbox=1,2,3", "bbox"),
        ("bbox=118,36,117,37", "bbox"),
        ("bbox=a,b,c,d", "bbox"),
        ("bbox=nan,0,1,1", "bbox"),
        ("near=200,36", "near"),
        ("near=0,0&crs=gcj02", "near"),
        ("near=117,36&radius_m=60000", "radius_m"),
        ("type=%E4%BA%8B%E4%BB%B6", "code"),
        ("cursor=1.2", "cursor"),
        ("cursor=12&sort=deadline", "cursor"),
        ("cursor=0", "cursor"),
        ("sort=size", "sort"),
        ("q=%0a", "q"),
    ],
)
def test_a_wrong_query_is_named(town: Any, query: str, field: str) -> None:
    answer = town[0].get(f"/v1/cases?{query}")
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_lists_are_light_and_name_a_picture(town: Any) -> None:
    api, _ = town
    item = api.get("/v1/cases?kind=litter&limit=1&street=明水街道").json()["items"][0]
    assert not {"evidence", "sightings", "witnesses"} & set(item)
    assert api.get(item["thumbnail"]).content == JPEG
    assert item["box"] is not None
    assert item["place"]["address"] == "市场路 100% 口"


def test_pages_stay_as_they_were_while_new_cases_come(api: Api) -> None:
    filed = [api.file(JPEG)["id"] for _ in range(5)]
    page = api.get("/v1/cases?limit=2").json()
    later = api.file(JPEG)["id"]
    rest = api.get("/v1/cases", params={"limit": 10, "cursor": page["next"]}).json()["items"]
    assert [item["id"] for item in [*page["items"], *rest]] == filed[::-1]
    assert later not in [item["id"] for item in rest]


def test_what_is_due_next_comes_first_and_what_is_late_is_found(api: Api) -> None:
    ids = [api.file(JPEG)["id"] for _ in range(6)]
    store = open_store(api.settings)
    now = datetime.now(UTC)
    due = [2, -1, None, 2, -3, 1]
    with store.writing() as session:
        for case_id, hours in zip(ids, due, strict=True):
            row = session.get_one(CaseRow, case_id)
            row.due_at = None if hours is None else now + timedelta(hours=hours)
        for case_id in ids[:2]:
            session.add(
                NoticeRow(
                    key=uuid4().hex,
                    case_id=case_id,
                    audience="chief",
                    text_kind="x",
                    role="路长",
                    assignment="road-7",
                    name="李",
                    why="duty",
                    channel="x",
                    title="x",
                    text="x",
                    created_at=now,
                    state="sent",
                    tries=1,
                    next_at=now,
                    detail="",
                )
            )
    store.engine.dispose()
    in_order = [ids[index] for index in (4, 1, 5, 0, 3)]
    assert found(api, sort="deadline") == in_order
    for limit in (1, 2, 3):
        assert walk(api, sort="deadline", limit=limit) == in_order
    assert found(api, overdue=True, sort="deadline") == [ids[4], ids[1]]
    assert found(api, overdue=False) == [ids[index] for index in (5, 3, 2, 0)]
    assert found(api, chief="road-7") == [ids[1], ids[0]]


def test_a_case_is_due_when_its_timer_says(api: Api) -> None:
    case = api.file(JPEG)
    (timer,) = api.get(f"/v1/cases/{case['id']}/timers").json()["items"]
    assert api.get("/v1/cases").json()["items"][0]["due_at"] == timer["deadline"]
    done(api, case, "void", reason="影子")
    assert api.get("/v1/cases").json()["items"][0]["due_at"] is None


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ("status = 'reported' ORDER BY id DESC", "ix_cases_status_id"),
        ("service_code = 'E-0102' ORDER BY id DESC", "ix_cases_service_code_id"),
        ("source = '12345' ORDER BY id DESC", "ix_cases_source_id"),
        ("street = 'x' ORDER BY id DESC", "ix_cases_street_id"),
        ("department = 'x' ORDER BY id DESC", "ix_cases_department_id"),
        ("urgent = 1 ORDER BY id DESC", "ix_cases_urgent_id"),
        ("address_id IN (1, 2) ORDER BY id DESC", "ix_cases_address_id_id"),
        ("recurs_of IS NOT NULL", "ix_cases_recurs_of"),
        ("cell IN (1, 2) ORDER BY id DESC", "ix_cases_place"),
        ("due_at IS NOT NULL AND due_at >= 1 ORDER BY due_at, id", "ix_cases_due_at_id"),
        ("due_at < 1 ORDER BY due_at, id", "ix_cases_due_at_id"),
        (
            "id IN (SELECT case_id FROM witnesses WHERE camera_id = 'x') ORDER BY id DESC",
            "ix_witnesses_camera_id_case_id",
        ),
    ],
)
def test_on_sqlite_each_filter_goes_by_an_index(town: Any, where: str, index: str) -> None:
    store = open_store(town[0].settings)
    with store.reading() as session:
        plan = session.execute(text(f"EXPLAIN QUERY PLAN SELECT * FROM cases WHERE {where}")).all()  # noqa: S608
    store.engine.dispose()
    assert index in " ".join(str(row) for row in plan)


def test_a_word_that_the_list_does_not_know_is_refused_by_name(api: Api) -> None:
    for path in ("/v1/cases", "/v1/cases/export.csv"):
        answer = api.get(f"{path}?statuz=closed&q=1")
        assert answer.status_code == 422, path
        (error,) = answer.json()["errors"]
        assert error["field"] == "statuz"
        assert "status" in error["message"]
