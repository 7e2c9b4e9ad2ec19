"""When two sights are of one thing."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.catalogue import read_catalogue
from api.coordinates import Point
from api.errors import SettingsInvalid
from api.merging import Sight, read_merging

RULES = read_merging()
HERE: Point = (117.2, 36.7)
HEAP = Sight("E-0102", HERE)
COVER = Sight("C-0114", HERE, camera_id="gate-3", box=(0.1, 0.1, 0.3, 0.3))
METRE = 1 / 111_195
"""A degree of latitude has so many metres on the sphere that distances are taken on."""


def north(metres: float) -> Point:
    return HERE[0], HERE[1] + metres * METRE


def same(new: Sight, old: Sight) -> bool:
    return RULES.distance_if_same(new, old) is not None


@pytest.mark.parametrize(("metres", "one"), [(0, True), (49.9, True), (50.1, False)])
def test_the_same_class_within_50_m_is_one_case(metres: float, one: bool) -> None:
    assert same(HEAP, replace(HEAP, point=north(metres))) is one


def test_classes_that_are_kept_as_one_are_one_and_others_are_not() -> None:
    assert same(HEAP, replace(HEAP, code="E-0103"))
    assert same(replace(HEAP, code="E-0103"), HEAP)
    assert not same(HEAP, replace(HEAP, code="E-0501"))
    assert not same(HEAP, replace(HEAP, code="C-0102"))


def test_nobody_knows_how_far_apart_things_without_a_position_are() -> None:
    assert not same(HEAP, replace(HEAP, point=None))
    assert not same(replace(HEAP, point=None), replace(HEAP, point=None))


NUMBERED = replace(COVER, component_id="3701140102000001")


@pytest.mark.parametrize(("metres", "one"), [(4.9, True), (5.1, False)])
def test_a_numbered_component_is_met_within_5_m(metres: float, one: bool) -> None:
    unnumbered = replace(COVER, point=north(metres), boxes=())
    assert same(NUMBERED, unnumbered) is one
    assert same(unnumbered, NUMBERED) is one


def test_numbers_decide_where_both_are_known() -> None:
    assert same(NUMBERED, replace(NUMBERED, point=north(9)))
    assert not same(NUMBERED, replace(NUMBERED, component_id="3701140102000002"))


def test_two_covers_in_one_picture_are_two_cases() -> None:
    beside = replace(COVER, boxes=(("gate-3", (0.6, 0.1, 0.8, 0.3)),))
    there = replace(COVER, boxes=(("gate-3", (0.12, 0.1, 0.32, 0.3)),))
    from_elsewhere = replace(COVER, boxes=(("gate-4", (0.6, 0.1, 0.8, 0.3)),))
    assert not same(COVER, beside)
    assert same(COVER, there)
    assert same(COVER, from_elsewhere)


def test_two_heaps_in_one_picture_are_one_littered_place() -> None:
    seen = replace(HEAP, camera_id="gate-3", box=(0, 0, 0.1, 0.1))
    assert same(seen, replace(HEAP, boxes=(("gate-3", (0.5, 0.5, 0.6, 0.6)),)))


def test_an_open_hole_never_disappears_in_a_cracked_covers_case() -> None:
    assert RULES.is_urgent("C-0114", "missing")
    assert not RULES.is_urgent("C-0114", "broken")
    assert not RULES.is_urgent("E-0102", "missing")
    hole = replace(COVER, urgent=True)
    assert not same(hole, COVER)
    assert same(hole, hole)
    assert same(COVER, hole), "the lesser sight of the same cover joins the urgent case"


points = st.tuples(st.floats(117.0, 117.001), st.floats(36.5, 36.501))
sights = st.builds(
    Sight,
    code=st.sampled_from(["E-0102", "E-0103", "E-0501", "C-0114"]),
    point=st.none() | points,
    component_id=st.sampled_from([None, "3701140102000001", "3701140102000002"]),
)


@given(one=sights, other=sights)
def test_being_one_goes_both_ways_and_stays_within_reach(one: Sight, other: Sight) -> None:
    there, back = RULES.distance_if_same(one, other), RULES.distance_if_same(other, one)
    assert (there is None) == (back is None)
    if there is not None:
        assert there <= RULES.reach_m(one.code)


def test_a_wrong_figure_is_named_with_its_line(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "configs" / "merging.yaml"
    wrong = tmp_path / "merging.yaml"
    wrong.write_text(shipped.read_text("utf-8").replace("radius_m: 50 ", "radius_m: far "), "utf-8")
    with pytest.raises(SettingsInvalid, match=r"merging\.yaml:6: default\.radius_m"):
        read_merging(wrong)


def test_whatever_the_catalogue_wants_guarded_is_urgent() -> None:
    """Else an open hole would join the case of a cracked cover, which has days."""
    catalogue = read_catalogue()
    guarded = {
        (catalogue.categories[kind].service_code, label)
        for kind, standards in catalogue.standards.items()
        for standard in standards
        if "guard" in standard.limits
        for label in standard.labels
    }
    assert ("C-0114", "cover_missing") in guarded
    assert [each for each in guarded if not RULES.is_urgent(*each)] == []
