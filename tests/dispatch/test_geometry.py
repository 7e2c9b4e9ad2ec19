"""Which place holds a point; distances against the haversine formula."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, box

from api.dispatch.geometry import BadGeometry, Places, Plane, read_geojson, read_wkt

# Around 明水, the seat of 章丘.
LON, LAT = 117.534, 36.714


def haversine_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    (lon1, lat1), (lon2, lat2) = (tuple(map(math.radians, pair)) for pair in (a, b))
    h = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * 6_371_008.8 * math.asin(math.sqrt(h))


def east(metres: float) -> float:
    return LON + metres / (111_320 * math.cos(math.radians(LAT)))


def north(metres: float) -> float:
    return LAT + metres / 111_320


near = st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)).map(lambda d: (LON + d[0], LAT + d[1]))


@given(near, near)
def test_distances_on_the_plane_are_those_of_the_globe_to_half_a_percent(
    a: tuple[float, float], b: tuple[float, float]
) -> None:
    plane = Plane(LON, LAT)
    flat = plane.point(*a).distance(plane.point(*b))
    assert flat == pytest.approx(haversine_m(a, b), rel=5e-3, abs=0.01)


def test_the_smallest_that_holds_a_point_comes_first_and_edges_count() -> None:
    street = box(east(-1000), north(-1000), east(1000), north(1000))
    lane = box(east(0), north(0), east(100), north(100))
    places = Places([("street", street, 0.0), ("lane", lane, 0.0)])
    assert [hit.key for hit in places.holding(east(50), north(50))] == ["lane", "street"]
    assert [hit.key for hit in places.holding(east(0), north(50))] == ["lane", "street"]
    assert [hit.key for hit in places.holding(east(-1), north(50))] == ["street"]
    assert places.holding(east(1002), LAT) == []


def test_a_line_has_a_width_and_a_point_too() -> None:
    road = LineString([(east(-500), LAT), (east(500), LAT)])
    places = Places([("road", road, 30.0), ("cover", Point(east(0), north(100)), 10.0)])
    assert [hit.key for hit in places.holding(LON, north(14.9))] == ["road"]
    assert places.holding(LON, north(15.2)) == []
    assert [hit.key for hit in places.holding(LON, north(104.9))] == ["cover"]


def test_what_is_near_comes_after_what_holds_and_nearest_first() -> None:
    def shop(x: float) -> Polygon:
        return box(east(x), LAT, east(x + 5), north(8))

    places = Places([(name, shop(x), 0.0) for name, x in (("c", 20), ("a", 0), ("b", 6))])
    found = places.near(east(2), north(-3), 12)
    assert [hit.key for hit in found] == ["a", "b"]
    assert found[0].distance_m == pytest.approx(3, abs=0.05)
    assert places.near(east(8), north(4), 0)[0].distance_m == 0.0


@given(st.lists(near, max_size=30), near, st.floats(1, 20_000))
def test_a_search_finds_just_what_looking_at_each_finds(
    points: list[tuple[float, float]], where: tuple[float, float], within_m: float
) -> None:
    places = Places([(index, Point(*point), 0.0) for index, point in enumerate(points)])
    plane = places._plane
    here = plane.point(*where)
    expected = {
        index
        for index, point in enumerate(points)
        if plane.point(*point).distance(here) <= within_m + 1e-6
    }
    assert {hit.key for hit in places.near(*where, within_m)} == expected


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, "valid"),
        ({"type": "Point", "coordinates": [36.7, 117.5]}, "longitude, then latitude"),
        ({"type": "Point", "coordinates": []}, "empty"),
        ({"type": "GeometryCollection", "geometries": []}, "empty"),
        ({"type": "MultiPoint", "coordinates": [[1, 1]]}, "point, a line or a polygon"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}, "GeoJSON"),
        ({"type": "Polygon"}, "GeoJSON"),
        ({"kind": "Polygon"}, "GeoJSON"),
        ("POINT (1 2)", "GeoJSON"),
        (None, "GeoJSON"),
    ],
)
def test_what_is_no_place_is_told(value: object, told: str) -> None:
    with pytest.raises(BadGeometry, match=told):
        read_geojson(value)


def test_wkt_is_read_and_checked_too() -> None:
    assert read_wkt("POINT (117.5 36.7)").geom_type == "Point"
    with pytest.raises(BadGeometry, match="WKT"):
        read_wkt("PONT (117.5 36.7)")
