"""Areas in a camera's view: what counts in them, when, and what they say of what stands there."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from detector.look import Look, Sighting, sort_sightings
from detector.rules import Rule
from detector.site import Area, Site, area_of

AT = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
LEFT = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]
RIGHT = [[0.5, 0], [1, 0], [1, 1], [0.5, 1]]
IN_LEFT, IN_RIGHT = (100.0, 300.0, 160.0, 400.0), (500.0, 300.0, 560.0, 400.0)
CODE = "3701140103000001"


def rule(**changes) -> Rule:
    values = {"id": "kerb", "kind": "litter", "model": "litter", "classes": ["litter"]}
    return Rule.model_validate(values | changes)


def area(kind: str, polygon, **more) -> Area:
    return Area.model_validate({"kind": kind, "polygon": polygon, **more})


def sorted_by(ours: Rule, *areas: Area):
    """Which of the two boxes opens, and which is excused by a schedule."""
    seen = tuple(Sighting("litter", 0.9, box) for box in (IN_LEFT, IN_RIGHT))
    look = Look("cam", AT, "litter@1", 640, 480, seen, 0.5, site=Site(areas))
    found = sort_sightings(ours, look)
    return [s.box for s in found.strong], [s.box for s in found.paused]


def test_without_areas_all_counts():
    assert sorted_by(rule()) == ([IN_LEFT, IN_RIGHT], [])


def test_where_there_are_included_areas_nothing_outside_them_counts():
    assert sorted_by(rule(), area("include", LEFT)) == ([IN_LEFT], [])
    both = area("include", LEFT), area("include", RIGHT)
    assert sorted_by(rule(), *both) == ([IN_LEFT, IN_RIGHT], [])


def test_in_an_excluded_area_nothing_counts():
    assert sorted_by(rule(), area("exclude", LEFT)) == ([IN_RIGHT], [])


@pytest.mark.parametrize(
    ("hours", "found"),
    [("1-3", ([IN_RIGHT], [IN_LEFT])), ("3-5", ([IN_LEFT, IN_RIGHT], []))],
)
def test_an_area_that_is_excluded_at_times_excuses_what_stands_there_then(hours, found):
    assert sorted_by(rule(), area("exclude", LEFT, when=[{"hours": [hours]}])) == found


def test_an_area_that_is_included_at_times_counts_then_alone():
    open_now = area("include", LEFT, when=[{"hours": ["1-3"]}])
    open_later = area("include", LEFT, when=[{"hours": ["3-5"]}])
    assert sorted_by(rule(), open_now) == ([IN_LEFT], [])
    assert sorted_by(rule(), open_later) == ([], [IN_LEFT])


def test_an_area_is_for_the_rules_and_kinds_that_it_names():
    assert sorted_by(rule(), area("exclude", LEFT, rules=["vending"])) == ([IN_LEFT, IN_RIGHT], [])
    for name in ("kerb", "litter"):
        assert sorted_by(rule(), area("exclude", LEFT, rules=[name])) == ([IN_RIGHT], [])


def test_a_rule_within_roadways_looks_there_alone_where_the_camera_has_some():
    ours = rule(within=["roadway"])
    assert sorted_by(ours) == ([IN_LEFT, IN_RIGHT], [])
    assert sorted_by(ours, area("roadway", RIGHT)) == ([IN_RIGHT], [])


def test_a_rule_that_pauses_opens_nothing_anywhere():
    assert sorted_by(rule(pauses=[{"hours": ["1-3"]}])) == ([], [IN_LEFT, IN_RIGHT])


def test_what_stands_in_several_areas_is_told_by_the_one_that_says_most():
    cover = area("component", [[0.15, 0.6], [0.26, 0.6], [0.26, 0.85], [0.15, 0.85]], code=CODE)
    shop = area("shopfront", [[0, 0.8], [0.5, 0.8], [0.5, 0.9], [0, 0.9]], name="水果店")
    road = area("roadway", LEFT)
    places = [
        (Site((road, shop, cover)), "component"),
        (Site((road, shop)), "shopfront"),
        (Site((road,)), "roadway"),
        (Site((area("include", LEFT),)), "include"),
    ]
    for site, kind in places:
        assert area_of(rule(), site, IN_LEFT, (640, 480)).kind == kind
        assert area_of(rule(), site, IN_RIGHT, (640, 480)) is None
    assert area_of(rule(), places[0][0], IN_LEFT, (640, 480)).code == CODE


def test_a_shop_is_touched_by_one_end_of_the_lower_edge_but_not_from_behind():
    shop = Site((area("shopfront", [[0, 0.8], [0.2, 0.8], [0.2, 0.9], [0, 0.9]]),))
    one_end = (100.0, 300.0, 300.0, 400.0)
    in_front = (20.0, 300.0, 100.0, 470.0)  # it hides the shop, but stands before its ground
    assert area_of(rule(), shop, one_end, (640, 480)).kind == "shopfront"
    assert area_of(rule(), shop, in_front, (640, 480)) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "market"}, "'include', 'exclude', 'shopfront'"),
        ({"kind": "component"}, "needs its `code`"),
        ({"kind": "component", "code": "37011401"}, "pattern"),
        ({"kind": "exclude", "code": CODE}, "no other area has one"),
        ({"kind": "shopfront", "when": [{"hours": ["6-9"]}]}, "leave `when` out"),
        ({"kind": "exclude", "polygon": [[0, 0], [1, 1]]}, "at least 3 corners"),
    ],
)
def test_an_area_that_makes_no_sense_is_told(given, said):
    with pytest.raises(ValidationError, match=said):
        Area.model_validate({"polygon": LEFT, **given})
