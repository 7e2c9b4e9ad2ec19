"""The life of a violation, story by story."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from detector.look import Look, Sighting
from detector.places import RuleState, advance
from detector.rules import Rule
from detector.violation import Change, State

START = datetime(2026, 1, 1, tzinfo=UTC)
BAG = (100.0, 100.0, 150.0, 150.0)
ELSEWHERE = (400.0, 300.0, 450.0, 350.0)
STRONG, WEAK = 0.6, 0.4


class Camera:
    """A rule that is shown boxes, second by second, and what came of it."""

    def __init__(self, **changes):
        values = {
            "id": "kerb",
            "kind": "litter",
            "model": "litter",
            "classes": ["litter", "heap"],
            "dwell_s": 10,
            "clear_after_s": 20,
            "sighting_every_s": 100,
        }
        self.rule = Rule.model_validate(values | changes)
        self.state = RuleState("kerb")
        self.ids = (str(number) for number in count(1))
        self.events = []

    def show(self, at, *boxes, score=STRONG, label="litter"):
        sightings = tuple(Sighting(label, score, box) for box in boxes)
        when = START + timedelta(seconds=at)
        look = Look("cam", when, "litter@1", 640, 480, sightings, threshold=0.5)
        self.state, events = advance(self.rule, self.state, look, lambda: next(self.ids))
        self.events += [(at, event.change, event.violation.id) for event in events]
        return events

    def over(self, times, *boxes, **how):
        for at in times:
            self.show(at, *boxes, **how)

    @property
    def story(self):
        return [(at, change) for at, change, _ in self.events]


def test_what_stays_is_confirmed_once_it_has_dwelt():
    camera = Camera()
    camera.over(range(0, 60, 2), BAG)
    assert camera.story == [(0, Change.APPEARED), (10, Change.CONFIRMED)]
    violation = camera.state.places[0].violation
    assert violation.state is State.ONGOING
    assert violation.confirmed_at == START + timedelta(seconds=10)
    assert violation.first_seen == START
    assert violation.last_seen == START + timedelta(seconds=58)
    assert (violation.looks, violation.hits) == (30, 30)


def test_what_passes_is_withdrawn():
    camera = Camera(dwell_s=60)
    camera.over([0, 2, 4], BAG)
    camera.over(range(6, 60, 2))
    assert camera.story == [(0, Change.APPEARED), (26, Change.WITHDRAWN)]
    assert camera.state.places == ()


def test_a_violation_that_is_gone_is_cleared_after_looks_enough():
    camera = Camera()
    camera.over(range(0, 20, 2), BAG)
    camera.over(range(20, 60, 2))
    assert camera.story[2:] == [(40, Change.CLEARED)]
    assert camera.state.places == ()


def test_its_last_word_carries_the_violation_as_it_ended():
    camera = Camera(dwell_s=0, min_looks=1, clear_after_s=0, clear_looks=1)
    camera.show(0, BAG)
    (event,) = camera.show(5)
    assert event.change is Change.CLEARED
    assert event.violation.state is State.CLEARED
    assert event.violation.cleared_at == START + timedelta(seconds=5)
    assert event.violation.last_seen == START


def test_one_look_may_suffice_where_the_rule_says_so():
    camera = Camera(dwell_s=0, min_looks=1)
    camera.show(0, BAG)
    assert camera.story == [(0, Change.APPEARED), (0, Change.CONFIRMED)]


def test_what_is_hidden_for_a_while_is_not_gone():
    camera = Camera()
    camera.over(range(0, 20, 2), BAG)
    camera.over(range(20, 36, 2))  # a bus in front
    camera.over(range(36, 60, 2), BAG)
    camera.over(range(60, 76, 2))
    camera.over(range(76, 90, 2), BAG)
    assert camera.story == [(0, Change.APPEARED), (10, Change.CONFIRMED)]


def test_what_comes_back_is_a_new_violation():
    camera = Camera()
    camera.over(range(0, 20, 2), BAG)
    camera.over(range(20, 60, 2))
    camera.over(range(60, 80, 2), BAG)
    assert [(at, change, number) for at, change, number in camera.events[2:]] == [
        (40, Change.CLEARED, "1"),
        (60, Change.APPEARED, "2"),
        (70, Change.CONFIRMED, "2"),
    ]


def test_it_is_said_to_be_still_there_from_time_to_time():
    camera = Camera()
    camera.over(range(0, 330, 2), BAG)
    assert camera.story[2:] == [(at, Change.STILL_THERE) for at in (110, 210, 310)]


def test_it_is_said_to_be_still_there_only_when_it_is_seen():
    camera = Camera(clear_after_s=1000)
    camera.over(range(0, 20, 2), BAG)
    camera.over(range(20, 150, 2))
    camera.show(150, BAG)
    assert camera.story[2:] == [(150, Change.STILL_THERE)]


def test_seen_too_seldom_it_is_not_confirmed_and_given_up_in_the_end():
    camera = Camera()
    for at in range(0, 60, 2):
        camera.show(at, *([BAG] if at % 6 == 0 else []))
    changes = [change for _, change in camera.story]
    assert Change.CONFIRMED not in changes
    assert camera.story[:2] == [(0, Change.APPEARED), (20, Change.WITHDRAWN)]


def test_a_gap_in_the_stream_does_not_prove_absence():
    camera = Camera()
    camera.over(range(0, 20, 2), BAG)
    camera.show(10_000)
    camera.show(20_000)
    assert camera.state.places[0].violation.state is State.CLEARING
    camera.show(30_000, BAG)
    assert Change.CLEARED not in [change for _, change in camera.story]


def test_a_gap_in_the_stream_does_not_prove_presence():
    camera = Camera(dwell_s=600)
    camera.show(0, BAG)
    camera.show(36_000, BAG)
    assert camera.state.places[0].violation.state is State.CANDIDATE


def test_looks_that_come_late_or_twice_change_nothing():
    camera = Camera()
    camera.over([0, 2, 4], BAG)
    before = camera.state
    assert camera.show(4) == ()
    assert camera.show(3, ELSEWHERE) == ()
    assert camera.state is before


def test_a_box_that_shivers_stays_one_violation():
    camera = Camera()
    small = (100.0, 100.0, 113.0, 112.0)
    for at in range(0, 60, 2):
        shift = (-2, 0, 3)[at // 2 % 3]
        camera.show(at, tuple(side + shift for side in small))
    assert camera.story == [(0, Change.APPEARED), (10, Change.CONFIRMED)]


def test_a_part_seen_in_place_of_the_whole_stays_one_violation():
    camera = Camera()
    heap, part = (100.0, 100.0, 200.0, 200.0), (125.0, 130.0, 165.0, 170.0)
    for at in range(0, 60, 2):
        camera.show(at, part if at % 4 else heap)
    assert camera.story == [(0, Change.APPEARED), (10, Change.CONFIRMED)]


def test_two_things_apart_are_two_violations():
    camera = Camera()
    camera.over(range(0, 20, 2), BAG, ELSEWHERE)
    assert [number for _, change, number in camera.events if change is Change.CONFIRMED] == [
        "1",
        "2",
    ]


def test_two_boxes_on_one_thing_are_one_violation():
    camera = Camera()
    camera.over(range(0, 20, 2), BAG, (102.0, 102.0, 153.0, 149.0))
    assert camera.story == [(0, Change.APPEARED), (10, Change.CONFIRMED)]


def test_two_things_that_come_to_be_seen_as_one_stay_two_until_one_is_gone():
    camera = Camera()
    left, right = (100.0, 100.0, 150.0, 150.0), (152.0, 100.0, 202.0, 150.0)
    both = (100.0, 100.0, 202.0, 150.0)
    camera.over(range(0, 20, 2), left, right)
    camera.over(range(20, 100, 2), both)
    first, second = camera.state.places
    assert (first.violation.box, second.violation.box) == (left, right)
    assert first.violation.hits == second.violation.hits == 50


@pytest.mark.parametrize("speed", [0.5, 1.0, 5.0, 40.0])
def test_a_walking_seller_never_dwells(speed):
    camera = Camera(dwell_s=300)
    for at in range(0, 1200):
        x = 10.0 + speed * at
        camera.show(at, (x, 100.0, x + 60, 250.0))
    assert Change.CONFIRMED not in [change for _, change in camera.story]


def test_a_confirmed_one_that_is_shifted_a_little_stays_the_same():
    camera = Camera()
    camera.over(range(0, 20, 2), BAG)
    for at in range(20, 120, 2):
        shift = at - 18
        camera.show(at, (100.0 + shift, 100.0, 150.0 + shift, 150.0))
    assert camera.story == [(0, Change.APPEARED), (10, Change.CONFIRMED), (110, Change.STILL_THERE)]


def test_a_weak_sighting_keeps_a_confirmed_one_but_opens_none():
    camera = Camera()
    camera.over(range(0, 20, 2), BAG, score=WEAK)
    assert camera.story == []
    camera.over(range(20, 40, 2), BAG)
    camera.over(range(40, 100, 2), BAG, score=WEAK)
    assert camera.story == [(20, Change.APPEARED), (30, Change.CONFIRMED)]
    camera.over(range(100, 160, 2), BAG, score=0.2)
    assert camera.story[2:] == [(120, Change.CLEARED)]


def test_weak_sightings_do_not_confirm():
    camera = Camera()
    camera.show(0, BAG)
    camera.over(range(2, 60, 2), BAG, score=WEAK)
    assert camera.story == [(0, Change.APPEARED), (20, Change.WITHDRAWN)]


def test_a_foot_that_steps_over_the_zones_edge_keeps_a_confirmed_one():
    zone = [[0, 0], [1, 0], [1, 150 / 480], [0, 150 / 480]]
    camera = Camera(zone=zone)
    outside = (100.0, 105.0, 150.0, 155.0)
    camera.over(range(0, 20, 2), outside)
    assert camera.story == []
    camera.over(range(20, 40, 2), BAG)
    camera.over(range(40, 100, 2), outside)
    assert camera.story == [(20, Change.APPEARED), (30, Change.CONFIRMED)]


def test_other_classes_count_for_nothing():
    camera = Camera()
    camera.over(range(0, 20, 2), BAG, label="cover_good")
    assert camera.story == []


def test_the_label_is_fixed_when_it_is_confirmed():
    camera = Camera()
    camera.show(0, BAG, label="litter")
    camera.over(range(2, 12, 2), BAG, label="heap")
    camera.over(range(12, 30, 2), BAG, label="litter")
    assert camera.state.places[0].violation.label == "heap"


def test_its_score_is_the_median_of_its_sightings():
    camera = Camera()
    for at, score in enumerate([0.6, 0.9, 0.7]):
        camera.show(at, BAG, score=score)
    assert camera.state.places[0].violation.score == pytest.approx(0.7)


def test_a_thing_that_stays_for_days_costs_no_more_memory():
    camera = Camera()
    camera.over(range(0, 4000, 2), BAG)
    assert len(camera.state.places[0].scores) == 99
