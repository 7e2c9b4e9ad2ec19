"""Looked again: cleared, still there, or an honest cannot tell, with why."""

from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from detector.errors import RuleInvalid
from detector.look_again import look_again
from detector.model import load_model
from detector.pipeline import Pipeline
from detector.rules import Rule
from detector.scene import CLEAR, SceneView
from detector.scenery.scenery import Scenery
from detector.scenery.watch import SceneWatch
from streams.frame import ClockSource, Frame
from tests.scenery.conftest import dim

AT = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
BAGS = (229.0, 315.0, 445.0, 416.0)
RULE = Rule(id="r", kind="litter", model="litter", classes=("litter",))


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline("cam", [RULE], {"litter": load_model("litter")})


def lorry(image):
    covered = image.copy()
    covered[180:540, 60:660] = image[60:420, 640:1240][::-1]
    return covered


def test_rubbish_that_still_lies_there_is_seen(pipeline, street):
    again = look_again(pipeline, street[45], street[40], "r", BAGS, CLEAR)
    assert (again.found, again.why_zh) == ("still_there", "仍可检出")


@pytest.mark.parametrize("light", [lambda image: image, dim])
def test_a_place_that_is_empty_from_the_same_view_is_cleared(pipeline, street, light):
    assert look_again(pipeline, light(street[2]), street[40], "r", BAGS, CLEAR).found == "cleared"
    assert look_again(pipeline, light(street[2]), None, "r", BAGS, CLEAR).found == "cleared"


def test_behind_a_lorry_nobody_can_tell(pipeline, street):
    again = look_again(pipeline, lorry(street[40]), street[40], "r", BAGS, CLEAR)
    assert (again.found, again.why_en) == ("cannot_tell", "something stands before the place")


def test_nor_where_the_place_is_hidden_by_what_the_camera_remembers(pipeline, street):
    watch = SceneWatch(Scenery(UTC))
    known = Frame("cam", AT, ClockSource.CLIP, 0.0, street[2]).grey()
    for minute in range(0, 60, 5):
        watch.scenery.learn(known, AT.replace(minute=minute), "day", [])
    image = lorry(street[2])
    frame = Frame("cam", AT.replace(hour=3), ClockSource.CLIP, 0.0, image)
    scene = watch.look(frame.grey(), frame.chroma(), lambda: image, frame.captured_at, 1280)
    assert look_again(pipeline, image, None, "r", BAGS, scene).found == "cannot_tell"


def test_a_thing_that_only_the_detector_has_lost_is_not_called_gone(street):
    blind = Rule(
        id="r", kind="litter", model="litter", classes=("litter",), threshold=0.999, hold=1
    )
    pipeline = Pipeline("cam", [blind], {"litter": load_model("litter")})
    again = look_again(pipeline, street[45], street[40], "r", BAGS, CLEAR)
    assert again.found == "cannot_tell"
    assert "looks as in the report" in again.why_en


def test_a_picture_that_cannot_be_relied_on_tells_nothing(pipeline, street):
    covered = SceneView(trust=False, reason="covered")
    again = look_again(pipeline, street[2], street[40], "r", BAGS, covered)
    assert again.found == "cannot_tell"
    assert "covered" in again.why_zh


def test_another_view_tells_nothing(pipeline, street):
    turned = cv2.warpAffine(street[2], np.float32([[1, 0, 200], [0, 1, 40]]), (1280, 720))
    again = look_again(pipeline, np.asarray(turned, np.uint8), street[40], "r", BAGS, CLEAR)
    assert (again.found, again.why_en) == ("cannot_tell", "the camera was turned or zoomed since")


def test_a_rule_that_is_gone_is_named(pipeline, street):
    with pytest.raises(RuleInvalid, match="gone"):
        look_again(pipeline, street[2], None, "gone", BAGS, CLEAR)
