"""Who is in charge of a place, and who is told when."""

from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from api.clocks import Limit, Unit, WorkCalendar
from api.dispatch.chiefs import Assignment, Chiefs, Role, Where
from api.dispatch.duty import Duty, Person, Shift, on_duty
from tests.dispatch.test_geometry import LAT, LON, east, north

CALENDAR = WorkCalendar(ZoneInfo("Asia/Shanghai"))
DAY = date(2026, 11, 25)
HALF_HOUR = Limit(Decimal("0.5"), Unit.URGENT_HOUR)


def role(code: str, order: int, geometry: str = "polygon", width_m: float = 0.0) -> Role:
    return Role(code, code, code, order, geometry, width_m, HALF_HOUR)  # type: ignore[arg-type]


def person(name: str) -> Person:
    return Person(name, "13800000000")


STREET = Assignment(
    "s1", "street", "明水街道", person("街"),
    geometry=box(east(-2000), north(-2000), east(2000), north(2000)),
)  # fmt: skip
ROAD = Assignment(
    "r1", "road", "山泉路", person("路"), geometry=LineString([(east(-500), LAT), (east(500), LAT)])
)
LANE = Assignment("l1", "lane", "一巷", person("巷"), geometry=box(LON, LAT, east(200), north(200)))
SMALL_LANE = Assignment(
    "l0", "lane", "二巷", person("小巷"), geometry=box(LON, LAT, east(100), north(100))
)
SHOP = Assignment("d1", "shop", "老王烧烤", person("店"), ref="S-1")
CHIEFS = Chiefs(
    [role("street", 5), role("road", 4, "line", 40.0), role("lane", 3), role("shop", 1, "shop")],
    [STREET, ROAD, LANE, SMALL_LANE, SHOP],
)


def codes(where: Where, day: date = DAY) -> list[str]:
    return [each.code for each in CHIEFS.in_charge(where, day)]


def test_one_a_role_in_order_and_of_each_the_smallest_that_holds_the_point() -> None:
    assert codes(Where(east(50), north(10))) == ["l0", "r1", "s1"]
    assert codes(Where(east(150), north(100))) == ["l1", "s1"]
    assert codes(Where(east(1900), north(100))) == ["s1"]
    assert codes(Where(east(5000), north(100))) == []


def test_a_shop_is_known_by_its_code_and_comes_first() -> None:
    assert codes(Where(east(50), north(10), shop="S-1")) == ["d1", "l0", "r1", "s1"]
    assert codes(Where(shop="S-1")) == ["d1"]
    assert codes(Where(shop="S-2")) == []


def test_an_assignment_holds_in_its_days_alone() -> None:
    past = Assignment(
        "p", "lane", "", person("前"), valid_to=date(2026, 11, 24), geometry=LANE.geometry
    )
    next_one = Assignment(
        "n", "lane", "", person("后"), valid_from=date(2026, 11, 25), geometry=LANE.geometry
    )
    chiefs = Chiefs([role("lane", 1)], [past, next_one])
    where = Where(east(50), north(50))
    assert [each.code for each in chiefs.in_charge(where, date(2026, 11, 24))] == ["p"]
    assert [each.code for each in chiefs.in_charge(where, date(2026, 11, 25))] == ["n"]


def test_roles_are_whatever_the_district_has() -> None:
    chiefs = Chiefs(
        [role("河长", 2), role("园长", 1)],
        [Assignment("x", "河长", "绣江河", person("河"), geometry=LANE.geometry)],
    )
    assert [each.role for each in chiefs.in_charge(Where(east(1), north(1)), DAY)] == ["河长"]
    assert [each.code for each in chiefs.above("园长")] == ["河长"]


def shift(days: str, start: str, end: str) -> Shift:
    return Shift(frozenset(days.split()), time.fromisoformat(start), time.fromisoformat(end))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CALENDAR.zone)


@pytest.mark.parametrize(
    ("hours", "moment", "on"),
    [
        (shift("workday", "08:00", "18:00"), "2026-11-25 08:00", True),
        (shift("workday", "08:00", "18:00"), "2026-11-25 18:00", False),
        (shift("workday", "08:00", "18:00"), "2026-11-28 09:00", False),  # a Saturday
        (shift("workday", "08:00", "18:00"), "2026-10-10 09:00", True),  # worked: 调休
        (shift("day_off", "08:00", "18:00"), "2026-10-01 09:00", True),
        (shift("fri", "22:00", "06:00"), "2026-11-27 23:00", True),
        (shift("fri", "22:00", "06:00"), "2026-11-28 05:59", True),  # begun on Friday
        (shift("fri", "22:00", "06:00"), "2026-11-28 06:00", False),
        (shift("fri", "22:00", "06:00"), "2026-11-27 05:00", False),  # begun on Thursday
        (shift("sun", "00:00", "00:00"), "2026-11-29 23:59", True),
        (shift("sun", "00:00", "00:00"), "2026-11-30 00:00", False),
    ],
)
def test_shifts(hours: Shift, moment: str, on: bool) -> None:
    assert hours.holds(at(moment), CALENDAR) is on


def test_who_is_off_duty_has_a_deputy_and_where_none_is_there_is_told_all_the_same() -> None:
    day, night = (
        Duty((shift("workday", "08:00", "18:00"),)),
        Duty((shift("workday", "18:00", "08:00"),)),
    )
    chief, deputy = person("正"), person("副")

    def told(moment: str, *deputies: tuple[Person, Duty]) -> tuple[str, str]:
        found = on_duty(chief, day, deputies, at(moment), CALENDAR)
        return found.person.name, found.why

    assert told("2026-11-25 09:00", (deputy, night)) == ("正", "duty")
    assert told("2026-11-25 22:00", (deputy, night)) == ("副", "deputy")
    assert told("2026-11-28 22:00", (deputy, night)) == ("正", "off_duty")
    assert told("2026-11-25 22:00") == ("正", "off_duty")


def test_days_away_come_before_shifts() -> None:
    duty = Duty(away=((date(2026, 11, 25), date(2026, 11, 26)),))
    assert [duty.is_on(at(f"2026-11-{day} 12:00"), CALENDAR) for day in (24, 25, 26, 27)] == [
        True, False, False, True,
    ]  # fmt: skip


@given(
    st.lists(
        st.tuples(st.integers(-400, 400), st.integers(-400, 400), st.integers(1, 400)), max_size=12
    ),
    st.integers(-500, 500),
    st.integers(-500, 500),
)
def test_the_one_in_charge_is_the_smallest_whatever_the_order(
    squares: list[tuple[int, int, int]], x: int, y: int
) -> None:
    given_ones = [
        Assignment(
            f"{index:02}", "lane", "", person(""),
            geometry=box(east(left), north(bottom), east(left + size), north(bottom + size)),
        )
        for index, (left, bottom, size) in enumerate(squares)
    ]  # fmt: skip
    # A quarter of a metre off the grid, so that no point is on an edge.
    where = Where(east(x + 0.25), north(y + 0.25))
    inside = [
        (size, f"{index:02}")
        for index, (left, bottom, size) in enumerate(squares)
        if left <= x < left + size and bottom <= y < bottom + size
    ]
    found = Chiefs([role("lane", 1)], reversed(given_ones)).in_charge(where, DAY)
    sizes = {each.code: squares[int(each.code)][2] for each in found}
    assert list(sizes.values()) == [size for size, _ in sorted(inside)[:1]]
