"""What a scene does to a look: trusted or not, visible or not, familiar or not; the second look."""

from datetime import UTC, datetime, timedelta
from itertools import count

from detector.look import Look, Sighting
from detector.places import RuleState, advance
from detector.rules import Rule
from detector.scene import CLEAR, RecordedScene, Verdict
from detector.violation import Change

START = datetime(2026, 1, 1, tzinfo=UTC)
BAG = (100.0, 100.0, 150.0, 150.0)
RULE = Rule.model_validate(
    {
        "id": "kerb",
        "kind": "litter",
        "model": "litter",
        "classes": ["litter"],
        "dwell_s": 10,
        "clear_after_s": 10,
        "second_look": {"again_s": 20},
    }
)

HOLE = RULE.model_copy(update={"past": False})


class Camera:
    def __init__(self, rule=RULE):
        self.rule = rule
        self.state = RuleState("kerb")
        self.ids = (str(number) for number in count(1))
        self.story = []

    def over(self, times, *boxes, scene=CLEAR, second_look=None):
        for at in times:
            seen = tuple(Sighting("litter", 0.9, box) for box in boxes)
            when = START + timedelta(seconds=at)
            look = Look("cam", when, "litter@1", 640, 480, seen, threshold=0.5)
            self.state, events = advance(
                self.rule, self.state, look, lambda: next(self.ids), scene, second_look
            )
            self.story += [(at, event.change) for event in events]


def scene(**given):
    return RecordedScene.model_validate(given).view()


def test_looks_that_are_not_trusted_neither_confirm_nor_clear():
    covered = scene(trust=False, reason="covered")
    camera = Camera()
    camera.over(range(0, 60, 2), BAG, scene=covered)
    assert camera.story == []
    camera.over(range(60, 80, 2), BAG)
    camera.over(range(80, 200, 2), scene=covered)
    assert camera.story == [(60, Change.APPEARED), (70, Change.CONFIRMED)]


def test_what_stands_behind_a_bus_is_not_gone():
    bus = scene(hidden=[(90, 50, 200, 160)])
    camera = Camera()
    camera.over(range(0, 20, 2), BAG)
    camera.over(range(20, 140, 2), scene=bus)
    assert camera.story == [(0, Change.APPEARED), (10, Change.CONFIRMED)]
    camera.over(range(140, 160, 2))
    assert camera.story[2:] == [(150, Change.CLEARED)]


def test_what_looks_as_it_always_did_is_kept_back_until_it_changes():
    always = scene(familiar=[{"box": BAG, "score": 0.95}])
    camera = Camera()
    camera.over(range(0, 40, 2), BAG, scene=always)
    assert camera.story == [(0, Change.APPEARED)]
    assert camera.state.places[0].violation.suppressed == "familiar"
    assert not camera.state.undecided
    camera.over(range(40, 80, 2), BAG)
    assert [change for _, change in camera.story] == [Change.APPEARED, Change.CONFIRMED]


def test_an_open_hole_is_not_excused_by_having_always_been_there_but_by_a_dismissal():
    always = scene(familiar=[{"box": BAG, "score": 0.99}])
    camera = Camera(HOLE)
    camera.over(range(0, 40, 2), BAG, scene=always)
    assert [change for _, change in camera.story] == [Change.APPEARED, Change.CONFIRMED]
    dismissed = scene(familiar=[{"box": BAG, "score": 0.99, "rule": HOLE.id}])
    camera = Camera(HOLE)
    camera.over(range(0, 40, 2), BAG, scene=dismissed)
    assert camera.state.places[0].violation.suppressed == "familiar"


def test_the_second_look_has_a_say_before_it_is_confirmed():
    asked = []

    def judge(violation, rule):
        asked.append(violation.last_seen)
        return Verdict(passes=len(asked) > 1, label="heap", words_en="a heap")

    camera = Camera()
    camera.over(range(0, 60, 2), BAG, second_look=judge)
    assert camera.story == [(0, Change.APPEARED), (30, Change.CONFIRMED)]
    assert [(at - START).total_seconds() for at in asked] == [10, 30]
    violation = camera.state.places[0].violation
    assert (violation.label, violation.verdict.words_en) == ("heap", "a heap")
