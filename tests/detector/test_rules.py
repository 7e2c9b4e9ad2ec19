import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from detector.card import load_card
from detector.catalogue import catalogue_rules, with_defaults
from detector.errors import RuleInvalid
from detector.filing import HeapSection, LabelSection, ScatteredSection
from detector.rules import Rule, SecondLookSection, check_rule, margin
from detector.schedule import Schedule
from detector.site import Area
from detector.size import SizeLimits


def rule(**changes: object) -> Rule:
    values = {"id": "kerb", "kind": "litter", "model": "litter", "classes": ["litter"]}
    return Rule.model_validate(values | changes)


def box(x: float, y: float) -> tuple[float, float, float, float]:
    """A box that stands on a point."""
    return x - 10, y - 20, x + 10, y


def test_by_default_the_whole_picture_counts():
    for foot in [(0, 0), (640, 480), (320, 240), (0, 480)]:
        assert margin(rule(), box(*foot), 640, 480) >= 0


def test_a_box_is_where_the_middle_of_its_lower_edge_is():
    left_half = rule(zone=[[0, 0], [0.5, 0], [0.5, 1], [0, 1]])
    assert margin(left_half, box(319, 240), 640, 480) > 0
    assert margin(left_half, box(321, 240), 640, 480) < 0


def test_what_stands_in_an_exclusion_is_outside():
    holed = rule(exclude=[[[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6]]])
    assert margin(holed, box(320, 240), 640, 480) == pytest.approx(-48)
    assert margin(holed, box(100, 240), 640, 480) > 0


@given(st.floats(0, 640), st.floats(0, 480))
def test_a_zone_and_its_exclusion_leave_nothing(x, y):
    square = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]
    assert margin(rule(zone=square, exclude=[square]), box(x, y), 640, 480) <= 0


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ([[0, 0], [1, 1]], "at least 3 corners, this one has 2"),
        ([[0, 0], [1, 1], [1, 0], [0, 1]], "crosses itself; .*walk around"),
        ([[0, 0], [0.5, 0.5], [1, 1]], "encloses nothing|crosses itself"),
        ([[0, 0], [1, 0], [1, 1], [1, 0]], "corners must differ"),
        ([[0, 0], [1, 0], [1, 1], [0.5, 0], [0, 1]], "crosses itself"),
        ([[0, 0], [640, 0], [640, 480]], "less than or equal to 1"),
        ([[0, 0], [1, 0, 3], [1, 1]], "2 items"),
    ],
)
def test_a_wrong_zone_is_told(zone, said):
    with pytest.raises(ValidationError, match=said):
        rule(zone=zone)
    with pytest.raises(ValidationError, match=said):
        rule(exclude=[zone])


def test_an_open_and_a_hollow_zone_are_fine():
    rule(zone=[[0, 0], [1, 0], [0.5, 0.4], [1, 1], [0, 1]])


@pytest.mark.parametrize(
    "changes",
    [
        {"classes": []},
        {"classes": ["a", "a"]},
        {"threshold": 0},
        {"confirm_ratio": 1.1},
        {"min_looks": 0},
        {"dwell_s": -1},
        {"match_iou": 0},
        {"kind": "Litter"},
        {"dwel_s": 10},
    ],
)
def test_a_wrong_value_is_refused(changes):
    with pytest.raises(ValidationError):
        rule(**changes)


def test_what_a_rule_does_not_say_is_as_the_catalogue_has_it_for_its_kind():
    usual = {rule.kind: rule.dwell_s for rule in catalogue_rules()}
    assert usual == {"litter": 600, "vending": 300, "manhole": 10}
    given = {"id": "r", "kind": "manhole", "clear_looks": 5}
    assert with_defaults(given)["dwell_s"] == 10
    assert with_defaults({**given, "dwell_s": 7})["dwell_s"] == 7
    assert with_defaults({"id": "r", "kind": "other"}) == {"id": "r", "kind": "other"}
    assert rule().dwell_s == 600


def test_every_key_is_in_the_document():
    text = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
    models = (Rule, SecondLookSection, LabelSection, HeapSection, ScatteredSection, SizeLimits)
    keys = {key for model in (*models, Area, Schedule) for key in model.model_fields}
    assert {key for key in keys if not re.search(rf"\b{key}\b", text)} == set()


def test_thresholds_are_the_cards_unless_the_rule_has_its_own(make_model):
    card = load_card(make_model(threshold=0.4))
    assert rule().opens_at(card) == 0.4
    assert rule(threshold=0.5, hold=0.5).holds_at(card) == 0.25


def test_a_class_that_the_model_lacks_is_told_with_the_nearest(make_model):
    card = load_card(make_model())
    check_rule(rule(classes=["red"]), card)
    with pytest.raises(RuleInvalid, match="no class `gren`; did you mean `green`"):
        check_rule(rule(classes=["gren"]), card)
    with pytest.raises(RuleInvalid, match="no class `xyz`; its classes are red, green"):
        check_rule(rule(classes=["xyz"]), card)
