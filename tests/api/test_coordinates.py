"""GCJ-02 and BD-09 to WGS 84 and back, distances, and the cells that places are found by."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.coordinates import (
    Bounds,
    NotInChina,
    around,
    cell_of,
    cells_in,
    distance_m,
    from_wgs84,
    to_wgs84,
)
from api.schema import Crs, Report
from tests.api.conftest import Api, evidence_of, picture, report_of

JPEG = picture()

in_china = st.tuples(st.floats(74.5, 134.5), st.floats(4.5, 53.0))
DISPLACED = [Crs.GCJ02, Crs.BD09]


@pytest.mark.parametrize("crs", DISPLACED)
@given(point=in_china)
def test_there_and_back_ends_within_a_millimetre(crs: Crs, point: tuple[float, float]) -> None:
    assert distance_m(to_wgs84(from_wgs84(point, crs), crs), point) < 0.001


@pytest.mark.parametrize("crs", [Crs.WGS84, Crs.CGCS2000])
def test_cgcs2000_is_kept_as_wgs84(crs: Crs) -> None:
    assert to_wgs84((117.2, 36.7), crs) == (117.2, 36.7)
    assert from_wgs84((117.2, 36.7), crs) == (117.2, 36.7)


def test_beijing_railway_station_is_where_both_maps_have_it() -> None:
    # Both measured on Google's maps, by the author of geoChina (R): to five digits, about a metre.
    wgs84, gcj02 = (116.42079, 39.90105), (116.42703, 39.90245)
    assert distance_m(to_wgs84(gcj02, Crs.GCJ02), wgs84) < 3
    assert 500 < distance_m(gcj02, wgs84) < 600


@given(point=in_china)
def test_a_mix_up_of_systems_is_far_more_than_a_merging_radius(point: tuple[float, float]) -> None:
    assert 50 < distance_m(point, from_wgs84(point, Crs.BD09)) < 3000


@pytest.mark.parametrize("crs", DISPLACED)
@pytest.mark.parametrize("point", [(36.7, 117.2 - 90), (2.35, 48.86), (0.0, 0.0)])
def test_what_is_not_in_china_is_refused(crs: Crs, point: tuple[float, float]) -> None:
    with pytest.raises(NotInChina, match=r"not in China.*the right way round"):
        to_wgs84(point, crs)


def test_distances_are_metres() -> None:
    # A degree of latitude on a sphere of the Earth's mean radius; one of longitude at 60° is half.
    assert distance_m((117.0, 36.0), (117.0, 37.0)) == pytest.approx(111_195, abs=1)
    assert distance_m((10.0, 60.0), (10.001, 60.0)) == pytest.approx(55.6, abs=0.1)
    assert distance_m((117.2, 36.7), (117.2, 36.7)) == 0


@given(
    point=in_china,
    radius=st.floats(1, 5000),
    east=st.floats(-0.06, 0.06),
    north=st.floats(-0.06, 0.06),
)
def test_the_cells_around_a_point_hold_all_that_is_near_it(
    point: tuple[float, float], radius: float, east: float, north: float
) -> None:
    other = (point[0] + east, point[1] + north)
    bounds = around(point, radius)
    if distance_m(point, other) <= radius:
        assert bounds.west <= other[0] <= bounds.east
        assert bounds.south <= other[1] <= bounds.north
        cells = cells_in(bounds, at_most=10_000)
        assert cells is not None
        assert cell_of(other) in cells


def test_a_box_of_too_many_cells_says_so() -> None:
    assert cells_in(Bounds(117.0, 36.0, 118.0, 37.0), at_most=100) is None
    assert cells_in(around((117.2, 36.7), 50), at_most=4) is not None


def placed(**place: Any) -> dict[str, Any]:
    return {"place": {"camera_id": "gate-3", "longitude": 117.2, "latitude": 36.7} | place}


def test_a_report_in_gcj02_is_kept_in_wgs84_and_says_what_came(shared: Api) -> None:
    longitude, latitude = from_wgs84((117.2, 36.7), Crs.GCJ02)
    sent = placed(longitude=longitude, latitude=latitude, crs="gcj02")
    place = shared.file(JPEG, **sent)["place"]
    assert (place["longitude"], place["latitude"]) == (117.2, 36.7)
    assert place["crs"] == "gcj02"
    assert (place["sent_longitude"], place["sent_latitude"]) == (longitude, latitude)
    assert "crs_assumed" not in place


def test_a_report_without_a_system_is_taken_for_wgs84_and_says_so(shared: Api) -> None:
    place = shared.file(JPEG, **placed(latitude=36.8))["place"]
    assert (place["longitude"], place["latitude"], place["crs"]) == (117.2, 36.8, "wgs84")
    assert place["crs_assumed"] is True


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ({"crs": "bd09", "longitude": 36.7, "latitude": 17.2}, "place.crs"),
        ({"longitude": 2.35, "latitude": 48.86}, "place.longitude"),
        ({"crs": "wgs84", "longitude": 36.7, "latitude": 62.8}, "place.longitude"),
        ({"crs": "cgcs2000", "longitude": 0.0, "latitude": 0.0}, "place.longitude"),
        ({"crs": "beijing54"}, "place.crs"),
        ({"latitude": None}, "place"),
        ({"component_id": "12"}, "place.component_id"),
    ],
)
def test_a_place_that_cannot_be_is_refused(shared: Api, place: dict[str, Any], field: str) -> None:
    answer = shared.submit(report_of(evidence_of(JPEG), **placed(**place)), JPEG)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_a_report_of_before_is_still_the_same_report() -> None:
    # A worker that was upgraded sends again what its old self wrote: the digest must not change.
    report = Report.model_validate(report_of(evidence_of(JPEG), **placed()))
    assert set(report.model_dump(mode="json")["place"]) == {
        "camera_id",
        "camera_name",
        "address",
        "longitude",
        "latitude",
    }
