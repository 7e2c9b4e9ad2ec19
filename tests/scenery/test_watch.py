"""A look at a place: can it be seen, is it as ever, and what is learnt from it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from detector.detections import Detections
from detector.model import load_model
from detector.pipeline import Pipeline
from detector.rules import Rule
from detector.scenery.descriptor import crop
from detector.scenery.dismissed import Dismissed
from detector.scenery.scenery import Scenery
from detector.scenery.watch import LOST_FOR, SceneWatch
from detector.site import Area, Site
from detector.violation import Change, State, Violation
from streams.frame import ClockSource, Frame
from tests.scenery.conftest import dim

AT = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
BAGS = (229.0, 315.0, 445.0, 416.0)
NOTHING: dict[str, Detections] = {}
RULE = Rule(id="r", kind="litter", model="litter", classes=("litter",))
ANOTHER = RULE.model_copy(update={"id": "another"})
TIMELESS = RULE.model_copy(update={"past": False})


def bags(seen_at: datetime) -> Violation:
    return Violation(
        id="v",
        camera_id="cam",
        rule="r",
        kind="litter",
        label="litter",
        model="litter@1",
        state=State.CONFIRMED,
        box=BAGS,
        score=0.8,
        first_seen=AT,
        last_seen=seen_at,
        confirmed_at=AT,
        cleared_at=None,
        looks=9,
        hits=9,
    )


@dataclass
class Camera:
    watch: SceneWatch
    at: datetime = AT

    def look(self, image, minutes: float = 1):
        self.at += timedelta(minutes=minutes)
        frame = Frame("cam", self.at, ClockSource.CLIP, 0.0, image)
        return self.watch.look(frame.grey(), frame.chroma(), lambda: image, self.at, frame.width)

    def stays(self, image, minutes: int):
        for _ in range(0, minutes, 5):
            self.look(image, 5)
            self.watch.learn(NOTHING, [])


def a_camera(**given) -> Camera:
    return Camera(SceneWatch(Scenery(UTC), **given))


def bus(image):
    """A lorry's side: another picture, turned over, before the left half of the street."""
    covered = image.copy()
    side = image[60:420, 640:1240]
    covered[180:540, 60:660] = side[::-1]
    return covered


@pytest.mark.parametrize("known", [True, False])
def test_a_thing_behind_a_lorry_is_hidden_and_once_taken_away_it_is_not(street, known: bool):
    camera = a_camera()
    if known:
        camera.stays(street[2], 90)
    camera.look(street[40])
    camera.watch.learn(NOTHING, [bags(camera.at)])
    seen_at = camera.at
    for _ in range(5):
        assert not camera.look(bus(street[40])).visible(BAGS)
        camera.watch.learn(NOTHING, [bags(seen_at)])
    assert camera.look(street[2]).visible(BAGS)


def test_a_thing_that_looks_as_ever_is_not_gone_because_the_detector_lost_it(street):
    camera = a_camera()
    camera.stays(street[2], 90)
    camera.look(street[40])
    camera.watch.learn(NOTHING, [bags(camera.at)])
    seen_at = camera.at
    while camera.at - seen_at < LOST_FOR:
        assert not camera.look(street[45]).visible(BAGS)
        camera.watch.learn(NOTHING, [bags(seen_at)])
    assert camera.look(street[45], 2).visible(BAGS)  # the detector has its word in the end


def test_after_a_restart_a_lorry_is_told_from_the_place_by_what_was_learnt(street):
    before = a_camera()
    before.stays(street[2], 90)
    stored = Scenery.from_bytes(before.watch.scenery.to_bytes(), UTC)
    camera = Camera(SceneWatch(stored), before.at)
    assert not camera.look(bus(street[2])).visible(BAGS)
    assert camera.look(street[2]).visible(BAGS)


def test_where_nothing_is_known_of_a_place_a_street_detector_is_asked_now_and_then(street):
    """As after a restart on a camera's first day: there is no past to hold the picture against."""
    asked = []
    bus_is_there = [True]

    def hides(_image, box):
        asked.append(box)
        return bus_is_there[0]

    camera = a_camera(hides=hides)
    for _ in range(5):
        assert not camera.look(street[40], 0.1).visible(BAGS)
    assert asked == [BAGS] * 2
    bus_is_there[0] = False
    assert camera.look(street[40], 0.5).visible(BAGS)
    bus_is_there[0] = True
    camera.look(street[40], 1).visible(BAGS)
    assert camera.look(street[40], 24 * 60).visible(BAGS)  # it has come to stay


def test_where_the_surroundings_are_as_they_were_nobody_is_asked(street):
    def hides(_image, _box):
        raise AssertionError("the small pictures tell")

    camera = a_camera(hides=hides)
    camera.stays(street[2], 90)
    camera.look(street[40])
    camera.watch.learn(NOTHING, [bags(camera.at)])
    assert camera.look(street[2]).visible(BAGS)
    assert not camera.look(bus(street[40])).visible(BAGS)


def test_at_the_first_start_nothing_is_known(street):
    camera = a_camera()
    assert camera.look(street[40]).familiar(RULE, BAGS) is None
    assert camera.look(street[40]).visible(BAGS)


def test_what_was_always_there_is_told_from_what_has_come(street):
    camera = a_camera()
    camera.stays(street[2], 90)
    always = camera.look(street[2]).familiar(RULE, BAGS)
    come = camera.look(street[40]).familiar(RULE, BAGS)
    assert always is not None
    assert come is not None
    assert come < 0.85 <= always
    assert camera.look(street[2]).familiar(TIMELESS, BAGS) is None


def test_the_like_of_what_was_dismissed_is_known_and_another_thing_there_is_not(street):
    thing = Dismissed("v", "r", "litter", BAGS, AT, AT + timedelta(days=1), crop(street[40], BAGS))
    camera = a_camera(dismissed=lambda: [thing])
    same = camera.look(street[45]).familiar(RULE, BAGS)
    other = street[45].copy()
    other[315:416, 229:445] = street[45][150:251, 800:1016]
    assert same is not None
    assert same >= 0.85
    unlike = camera.look(other).familiar(RULE, BAGS)
    assert unlike is not None
    assert unlike < 0.85
    assert camera.look(street[45]).familiar(ANOTHER, BAGS) is None
    assert camera.look(street[45], 24 * 60).familiar(RULE, BAGS) is None  # it has expired
    assert replace(thing, until=AT) != thing


def test_what_was_dismissed_becomes_part_of_the_place_and_needs_no_second_dismissal(street):
    camera = a_camera()
    seen = {
        "litter": Detections(
            np.array([BAGS], np.float32), np.ones(1, np.float32), np.zeros(1, np.int64)
        )
    }
    for held, known in (("second_look", False), ("familiar", True)):
        for _ in range(0, 120, 5):
            camera.look(street[40], 5)
            thing = replace(bags(camera.at), state=State.CANDIDATE, suppressed=held)
            camera.watch.learn(seen, [thing])
        always = camera.look(street[45]).familiar(RULE, BAGS)
        assert (always is not None and always >= 0.85) is known


@dataclass(frozen=True)
class Covered:
    trust: bool = False
    reason: str | None = "covered"
    light: None = None


def test_what_is_not_trusted_is_said_and_not_learnt_from(street):
    camera = a_camera(health=lambda grey, chroma, at, width: Covered())
    view = camera.look(np.zeros_like(street[2]))
    assert (view.trust, view.reason) == (False, "covered")
    assert not camera.watch.learn(NOTHING, [])
    assert camera.watch.scenery.learnt_at is None


HOLE = (592.0, 485.0, 676.0, 539.0)


def test_a_place_that_has_changed_alone_is_told_from_a_lorry_and_from_another_light(street):
    camera = a_camera()
    camera.stays(street[2], 90)
    assert camera.look(street[60]).changed(HOLE)
    assert not camera.look(street[45]).changed(HOLE)
    assert not camera.look(dim(street[45])).changed(HOLE)
    covered = street[2].copy()
    covered[380:640, 480:800] = street[2][60:320, 860:1180]
    assert not camera.look(covered).changed(HOLE)
    assert not a_camera().look(street[60]).changed(HOLE)  # it has no past


def a_weak_hole(where) -> dict[str, Detections]:
    seen = Detections(
        xyxy=np.array([where], np.float32),
        confidence=np.array([0.2], np.float32),
        class_id=np.zeros(1, int),
        data={"class_name": np.array(["cover_missing"])},
    )
    return {"manhole": seen}


@pytest.mark.parametrize(
    ("second", "marked", "filed"), [(60, True, True), (45, True, False), (60, False, False)]
)
def test_a_surveyed_cover_is_judged_by_its_own_reference_too(street, second, marked, filed):
    shares = [(x / 1280, y / 720) for x, y in ((590, 480), (680, 480), (680, 542), (590, 542))]
    cover = Area(kind="component", polygon=shares, code="3701140101000001")
    rule = Rule(
        id="r", kind="manhole", model="manhole", classes=("cover_missing",), dwell_s=2, min_looks=2
    )
    site = Site((cover,) if marked else (), None)
    pipeline = Pipeline("cam", [rule], {"manhole": load_model("manhole")}, site=site)
    camera = a_camera()
    camera.stays(street[2], 90)
    changes = []
    for _ in range(4):
        view = camera.look(street[second], 1 / 20)
        found = pipeline.observe_detections(a_weak_hole(HOLE), camera.at, 1280, 720, view)
        changes += [event.change for event in found.events]
    assert (Change.CONFIRMED in changes) == filed
