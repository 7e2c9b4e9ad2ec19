"""Two cameras that see one place make one case with two witnesses; what comes back is linked."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.coordinates import from_wgs84
from api.schema import Crs
from api.store.engine import open_store
from api.store.look_again import Seen, answer, take
from api.store.models import CaseRow
from tests.api.conftest import Api, evidence_of, picture, report_of, running, sighting_of
from tests.api.test_life import done, handled

JPEG, OTHER = picture(), picture(1)
METRE = 1 / 111_195
_north = iter(range(1000))


@pytest.fixture
def spot() -> dict[str, Any]:
    """A place that no other test uses."""
    return {"longitude": 118.0, "latitude": 36.0 + next(_north) / 100, "crs": "wgs84"}


def at(spot: dict[str, Any], camera: str = "gate-1", metres: float = 0, **more: Any) -> Any:
    return spot | {"camera_id": camera, "latitude": spot["latitude"] + metres * METRE} | more


def test_a_second_camera_is_a_second_witness_of_the_same_case(
    shared: Api, spot: dict[str, Any]
) -> None:
    first = shared.file(JPEG, place=at(spot))
    both = shared.file(OTHER, place=at(spot, "gate-2", 30))
    assert both["id"] == first["id"]
    assert both["violation_id"] == first["violation_id"]
    assert both["sighting_count"] == 2
    assert [witness["place"]["camera_id"] for witness in both["witnesses"]] == ["gate-1", "gate-2"]
    assert both["witnesses"][1]["distance_m"] == pytest.approx(30, abs=0.1)
    assert [(item["sha256"], item["witness"]) for item in both["evidence"]] == [
        (evidence_of(JPEG)["sha256"], 1),
        (evidence_of(OTHER)["sha256"], 2),
    ]


def test_51_m_on_it_is_another_case(shared: Api, spot: dict[str, Any]) -> None:
    first = shared.file(JPEG, place=at(spot))
    assert shared.file(JPEG, place=at(spot, "gate-2", 51))["id"] != first["id"]


def test_the_distance_is_taken_after_conversion(shared: Api, spot: dict[str, Any]) -> None:
    first = shared.file(JPEG, place=at(spot))
    longitude, latitude = from_wgs84((spot["longitude"], spot["latitude"]), Crs.BD09)
    baidu = at(spot, "gate-2") | {"longitude": longitude, "latitude": latitude, "crs": "bd09"}
    assert shared.file(JPEG, place=baidu)["id"] == first["id"]
    mistaken = at(spot, "gate-3") | {"longitude": longitude, "latitude": latitude}
    assert shared.file(JPEG, place=mistaken)["id"] != first["id"]


def test_another_class_is_another_case(shared: Api, spot: dict[str, Any]) -> None:
    first = shared.file(JPEG, place=at(spot))
    assert shared.file(JPEG, kind="vending", place=at(spot))["id"] != first["id"]
    rubble = shared.file(JPEG, label="rubble", place=at(spot, "gate-2"))
    assert rubble["id"] == first["id"], "E-0103 is kept as one with E-0102"


def test_an_attached_report_sent_again_is_the_same_one(shared: Api, spot: dict[str, Any]) -> None:
    shared.file(JPEG, place=at(spot))
    report = report_of(evidence_of(OTHER), place=at(spot, "gate-2"))
    answers = [shared.submit(report, OTHER) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert {answer.json()["sighting_count"] for answer in answers} == {2}
    changed = shared.submit(report | {"score": 0.9}, OTHER)
    assert changed.status_code == 409


def test_sightings_of_each_witness_reach_the_case(shared: Api, spot: dict[str, Any]) -> None:
    case = shared.file(JPEG, place=at(spot))
    report = report_of(evidence_of(OTHER), place=at(spot, "gate-2"))
    shared.submit(report, OTHER)
    first = f"/v1/reports/{case['violation_id']}/sightings"
    second = f"/v1/reports/{report['violation_id']}/sightings"
    shared.post(first, json=sighting_of(1))
    after = shared.post(second, json=sighting_of(1)).json()
    assert after["id"] == case["id"]
    assert after["sighting_count"] == 4
    assert [(item["number"], item["witness"]) for item in after["sightings"]] == [(1, 1), (1, 2)]
    # One camera sees it gone, the other still has it in its picture.
    assert shared.post(first, json=sighting_of(2, "cleared")).json()["cleared_at"] is None
    assert shared.post(second, json=sighting_of(2, "cleared")).json()["cleared_at"] is not None
    # A third that sees it says that it is not gone.
    assert shared.file(JPEG, place=at(spot, "gate-3"))["cleared_at"] is None


def test_without_a_position_nothing_is_merged(shared: Api) -> None:
    one, two = (shared.file(JPEG, place={"camera_id": "nowhere"}) for _ in range(2))
    assert one["id"] != two["id"]


def test_what_comes_back_after_closing_is_a_new_case_linked_to_the_old(
    shared: Api, spot: dict[str, Any]
) -> None:
    old = handled(shared, place=at(spot, "recurs"))
    store = open_store(shared.settings)
    now = datetime.now(UTC)
    (look,) = take(store, "w", {"recurs"}, now)
    answer(store, look.id, Seen.CLEARED, (), now)
    again = shared.file(JPEG, place=at(spot, "gate-2", 20))
    assert again["id"] != old["id"]
    assert (again["status"], again["recurs_of"]) == ("reported", old["id"])
    assert shared.get(f"/v1/cases/{old['id']}").json()["status"] == "closed"
    # Long after, it is a case like any other.
    done(shared, again, "void", reason="已清")
    with store.writing() as session:
        session.get_one(CaseRow, old["id"]).closed_at = now - timedelta(hours=73)
    assert shared.file(JPEG, place=at(spot))["recurs_of"] is None
    store.engine.dispose()


def test_what_was_void_is_neither_open_nor_come_back(shared: Api, spot: dict[str, Any]) -> None:
    case = shared.file(JPEG, place=at(spot))
    done(shared, case, "void", reason="影子")
    again = shared.file(JPEG, place=at(spot))
    assert (again["id"] != case["id"], again["recurs_of"]) == (True, None)


def test_a_missing_cover_never_disappears_in_a_cracked_ones_case(
    shared: Api, spot: dict[str, Any]
) -> None:
    cracked = shared.file(JPEG, kind="manhole", label="broken", place=at(spot))
    missing = shared.file(JPEG, kind="manhole", label="missing", place=at(spot, "gate-2", 3))
    assert missing["id"] != cracked["id"]
    assert (missing["urgent"], cracked["urgent"]) == (True, False)
    again = shared.file(JPEG, kind="manhole", label="missing", place=at(spot, "gate-3", 3))
    assert again["id"] == missing["id"]


def test_a_rule_of_our_own_is_used(api: Api, tmp_path: Any, spot: dict[str, Any]) -> None:
    own = tmp_path / "merging.yaml"
    own.write_text(
        'version: "x"\ndefault: {radius_m: 5, component_radius_m: 1, recurs_within_h: 1, '
        "source: here}\n",
        "utf-8",
    )
    first = api.file(JPEG, place=at(spot))
    with running(replace(api.settings, merging=own)) as url, Api(url, api.settings) as two:
        assert two.file(JPEG, place=at(spot, "gate-2", 10))["id"] != first["id"]


def at_once(apis: tuple[Api, ...], spot: dict[str, Any], count: int = 12) -> None:
    """As many cameras as there are threads report one place at once: one case."""
    reports = [
        report_of(evidence_of(JPEG), place=at(spot, f"gate-{index}", index % 5))
        for index in range(count)
    ]
    with ThreadPoolExecutor(count) as pool:
        answers = list(
            pool.map(lambda i: apis[i % len(apis)].submit(reports[i], JPEG), range(count))
        )
    assert Counter(answer.status_code for answer in answers) == {201: count}
    assert len({answer.json()["id"] for answer in answers}) == 1
    case = apis[0].get(f"/v1/cases/{answers[0].json()['id']}").json()
    assert case["sighting_count"] == count
    assert [witness["number"] for witness in case["witnesses"]] == list(range(1, count + 1))
    sent = {report["violation_id"] for report in reports}
    assert {witness["violation_id"] for witness in case["witnesses"]} == sent


def test_reports_of_one_place_at_once_make_one_case(api: Api, spot: dict[str, Any]) -> None:
    with running(api.settings) as url, Api(url, api.settings) as other:
        at_once((api, other), spot)
