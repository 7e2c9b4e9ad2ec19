"""What is told to whom when a case is dispatched, and who is told next."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.app import create_app
from api.schema.dispatch import ChiefAssignment, Component
from api.schema.notices import NoticeView
from api.settings import Settings
from api.store.chiefs import put_assignments
from api.store.dispatching import route_of
from api.store.escalating import escalate
from api.store.models import CaseRow
from api.store.notice_tables import NoticeRow
from api.store.notices import notices_of_case
from api.store.shops import put_components
from tests.api.conftest import WORKER_KEY
from tests.clocks.conftest import District
from tests.clocks.test_reckon import moment
from tests.dispatch.test_geometry import LAT, LON, east, north
from tests.dispatch.test_imports import LINE, square

SHIPPED = Path("configs/dispatch.yaml").read_text("utf-8")
PLACE = {"camera_id": "c", "address": "山泉路 8 号", "longitude": east(100), "latitude": north(5)}


def chief(code: str, role: str, geometry: dict[str, Any], phone: str) -> ChiefAssignment:
    person = {"name": f"{role}-{code}", "phone": phone}
    said = {"code": code, "role": role, "place": "某处", "chief": person, "geometry": geometry}
    return ChiefAssignment.model_validate(said)


def district_with(folder: Path, text: str) -> District:
    file = folder / "dispatch.yaml"
    file.write_text(text, "utf-8")
    settings = Settings(folder / "data", (WORKER_KEY,), dispatch=file)
    services = create_app(settings).state.services
    put_assignments(
        services.store,
        (
            chief("L-1", "lane", LINE, "13800000001"),
            chief("R-1", "road", LINE, "13800000002"),
            chief("J-1", "street", square(-1000, 3000), "13800000003"),
        ),
    )
    return District(services.store, services.terms)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    found = district_with(tmp_path_factory.mktemp("dispatch"), SHIPPED)
    yield found
    found.store.engine.dispose()


def dispatched(own: District, **changes: Any) -> int:
    case = own.file("2026-11-25 09:30", **{"place": PLACE} | changes)
    own.do(case, "register", "2026-11-25 09:45")
    own.do(case, "dispatch", "2026-11-25 10:00", department="环卫部门")
    return case


def told(place: District, case: int) -> list[NoticeView]:
    found = notices_of_case(place.store, case)
    assert found is not None
    return list(found)


def roles(place: District, case: int) -> list[str]:
    return [notice.role for notice in told(place, case)]


def test_the_nearest_chief_is_told_in_the_transaction_that_dispatches(place: District) -> None:
    case = dispatched(place)
    (notice,) = told(place, case)
    assert (notice.role, notice.name, notice.phone) == ("巷长", "lane-L-1", "13800000001")
    assert (notice.channel, notice.state, notice.why) == ("sms", "waiting", "duty")
    assert notice.title == "【巷长】暴露垃圾待处置"
    assert "山泉路 8 号" in notice.text
    assert "期限11月25日16:00" in notice.text


def test_an_open_hole_is_to_be_guarded_first_and_the_notice_says_until_when(
    place: District,
) -> None:
    case = dispatched(place, kind="manhole", label="missing")
    assert "请先于11月25日10:30前设置警示、看护现场。" in told(place, case)[0].text
    other = dispatched(place)
    assert "看护" not in told(place, other)[0].text


def test_the_next_in_order_is_told_when_nobody_takes_it_on_until_there_is_none(
    place: District,
) -> None:
    case = dispatched(place)
    for at, expected in (
        ("10:29", ["巷长"]),
        ("10:31", ["巷长", "路长"]),
        ("10:45", ["巷长", "路长"]),
        ("11:31", ["巷长", "路长", "街长"]),
        ("20:00", ["巷长", "路长", "街长"]),
    ):
        escalate(place.store, moment(f"2026-11-25 {at}"))
        assert roles(place, case) == expected, at
    assert told(place, case)[1].title.startswith("【升级·路长】")
    assert "31分钟" in told(place, case)[1].text
    place.do(case, "sign", "2026-11-25 20:10", "环")
    place.do(case, "assign", "2026-11-25 20:10", "环", handler="张")


def test_nobody_else_is_told_once_somebody_has_taken_it_on(place: District) -> None:
    case = dispatched(place)
    place.do(case, "sign", "2026-11-25 10:05", "环")
    place.do(case, "assign", "2026-11-25 10:10", "环", handler="张")
    escalate(place.store, moment("2026-11-25 13:00"))
    assert roles(place, case) == ["巷长"]
    route = route_of(place.store, case, moment("2026-11-25 13:00"))
    assert route is not None
    assert (route.told, route.next_at) == (None, None)


def test_shelving_stops_the_way_up_and_resuming_gives_the_last_one_told_the_time_anew(
    place: District,
) -> None:
    case = dispatched(place)
    place.do(case, "ask_suspend", "2026-11-25 10:10", "环", reason="雪", ground="seasonal")
    place.do(case, "grant_suspend", "2026-11-25 10:20")
    escalate(place.store, moment("2026-11-25 12:00"))
    assert roles(place, case) == ["巷长"]
    place.do(case, "resume", "2026-11-25 15:00")
    escalate(place.store, moment("2026-11-25 15:29"))
    assert roles(place, case) == ["巷长"]
    escalate(place.store, moment("2026-11-25 15:31"))
    assert roles(place, case) == ["巷长", "路长"]


def test_a_case_dispatched_again_begins_again_at_the_nearest(place: District) -> None:
    case = dispatched(place)
    escalate(place.store, moment("2026-11-25 10:31"))
    place.do(case, "ask_rollback", "2026-11-25 10:40", "环", reason="不归我们")
    place.do(case, "grant_rollback", "2026-11-25 10:50")
    escalate(place.store, moment("2026-11-25 13:00"))
    place.do(case, "dispatch", "2026-11-25 14:00", department="园林")
    assert roles(place, case) == ["巷长", "路长", "巷长"]
    escalate(place.store, moment("2026-11-25 14:31"))
    assert roles(place, case) == ["巷长", "路长", "巷长", "路长"]


def test_where_nobody_is_in_charge_nobody_is_told_and_the_route_says_so(place: District) -> None:
    case = dispatched(place, place=PLACE | {"longitude": east(9_000)})
    assert told(place, case) == []
    route = route_of(place.store, case, moment("2026-11-25 11:00"))
    assert route is not None
    assert (route.chiefs, route.department, route.department_by) == ((), "环卫部门", "condition")
    assert dispatched(place, place={"camera_id": "nowhere"}) > 0


def cover(code: str, owner: str, x: float) -> Component:
    said = {
        "code": code, "category": "0102", "owner": owner, "phone": "053100000000",
        "longitude": east(x), "latitude": LAT,
    }  # fmt: skip
    return Component.model_validate(said)


def test_what_is_registered_goes_by_itself_to_the_covers_owner_or_the_lead_department(
    tmp_path: Path,
) -> None:
    text = SHIPPED.replace("auto_dispatch: false", "auto_dispatch: true").replace(
        "departments: {}", "departments: {环卫部门: {phone: '053100000001'}}"
    )
    own = district_with(tmp_path, text)
    covers = (cover("3701140102000017", "水务集团", 0), cover("3701140102000018", "热力公司", 14))
    put_components(own.store, covers, (), "李", moment("2026-11-25 09:00"))

    def registered(**changes: Any) -> str | None:
        case = own.file("2026-11-25 09:30", **changes)
        assert own.do(case, "register", "2026-11-25 09:45") == "dispatched"
        with own.store.reading() as session:
            return session.get_one(CaseRow, case).department

    def hole(x: float, **more: Any) -> dict[str, Any]:
        place = {"camera_id": "c", "longitude": east(x), "latitude": LAT} | more
        return {"kind": "manhole", "label": "missing", "place": place}

    assert registered(**hole(3)) == "水务集团"
    assert registered(**hole(-8)) == "水务集团"  # within the reach of a C survey
    assert registered(**hole(12)) == "热力公司"
    assert registered(**hole(3, component_id="3701140102000018")) == "热力公司"
    assert registered(**hole(40)) == "权属单位（未明确前由道路主管部门）"
    assert registered(place=PLACE) == "环卫部门"
    last = [notice for notice in told(own, 6) if notice.audience == "department"]
    assert [(notice.name, notice.phone) for notice in last] == [("环卫部门", "053100000001")]
    assert "成堆" in last[0].text
    with own.store.reading() as session:
        unknown = session.scalars(
            select(NoticeRow).where(NoticeRow.name.startswith("权属单位"))
        ).all()
    assert {(one.audience, one.phone, one.channel) for one in unknown} == {
        ("department", "", "sms")
    }
    own.store.engine.dispose()


def test_the_point_of_the_geometry_is_where_the_tests_think_it_is() -> None:
    assert LINE["coordinates"][0] == [east(0), north(5)]
    assert (LON, LAT) == (117.534, 36.714)
