"""Scenario clips: how they are made, and what becomes of them at the catalogue's settings."""

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.card import shipped_models
from detector.model import load_model
from detector.second_look.judge import load_second_looker
from tuning.event_scores import summarise
from tuning.scenes.scenario import scenario
from tuning.scenes.scenarios import pictures
from tuning.scenes.seeds import DEMO_SEEDS
from tuning.scenes.stories import STORIES, Lens, Sprite, Stands, Story, There
from tuning.scenes.taken import BOXES, RATE, Passer, Patch, Taken
from tuning.score import jobs_in, score

SCENARIOS = Path(__file__).parents[2] / "configs" / "scenarios"
CAMERA = scenario(DEMO_SEEDS[0]).camera
GREY = np.full((720, 1280, 3), 0.5, np.float32)


def taken() -> Taken:
    """A grey street in which each thing is a white patch, and nobody passes."""
    things = {
        thing: Patch(np.ones((y1 - y0, x1 - x0, 3), np.float32), x0, y0)
        for thing, (x0, y0, x1, y1) in BOXES.items()
    }
    return Taken(GREY, things, ((),) * (75 * RATE), CAMERA)


def brightness(image: np.ndarray, box: tuple[int, int, int, int]) -> float:
    x0, y0, x1, y1 = box
    return float(image[y0 + 8 : y1 - 8, x0 + 8 : x1 - 8].mean())


def test_a_thing_is_seen_in_its_place_while_it_is_there() -> None:
    story = Story("s", "", 40, (There("heap", 10, 25),), step_s=8)
    seen = {t: brightness(image, BOXES["heap"]) > 180 for t, image in pictures(story, taken())}
    assert seen == {0: False, 8: False, 16: True, 24: True, 32: False}


def test_the_stream_gives_nothing_in_a_gap_and_the_clock_goes_on() -> None:
    story = Story("s", "", 48, (), step_s=8, gaps=((10, 30),))
    assert [t for t, _ in pictures(story, taken())] == [0, 8, 32, 40]


def test_a_sprite_goes_its_way() -> None:
    way = ((0.0, -4.0, 1.0), (40.0, 4.0, 1.0))
    story = Story("s", "", 48, (Sprite("suitcase", 0.6, way),), step_s=8)
    found = []
    for _, image in pictures(story, taken()):
        dark = (image[60:660].max(axis=2) < 100).astype(np.uint8)
        _, _, sizes, middles = cv2.connectedComponentsWithStats(dark)
        found.append(middles[1 + sizes[1:, 4].argmax()][0] if len(sizes) > 1 else None)
    assert found[5] is not None
    steps = [b - a for a, b in pairwise(found[:5])]
    assert steps == pytest.approx([steps[0]] * 4, abs=40)
    assert found[0] < 640 < found[5]


def test_who_is_nearer_hides_who_is_farther() -> None:
    white = np.ones((400, 1280, 3), np.float32)
    wall = Passer(white, np.ones((400, 1280), np.float32), 0, 0)  # its foot is at row 400
    for lane, hidden in ((1.0, True), (-2.0, False)):
        story = Story("s", "", 20, (Sprite("suitcase", 2.0, ((0, 0, lane), (9, 0, lane))),))
        street = Taken(GREY, {}, ((wall,),) * (75 * RATE), CAMERA)
        (first, *_) = (image for _, image in pictures(story, street))
        assert bool(first[60:390, 400:900].min() > 200) is hidden


def test_every_story_tells_of_what_it_shows() -> None:
    for story in STORIES:
        assert story.about
        assert all(isinstance(part, There | Sprite | Stands | Lens) for part in story.parts)
        for event in story.events:
            assert event.begin < story.seconds
            assert any(isinstance(p, There) and p.since <= event.begin for p in story.parts)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # six minutes of CPU
def test_one_case_for_each_true_event_and_none_for_the_rest() -> None:
    jobs = jobs_in(SCENARIOS, list(shipped_models()))
    assert {job.clip.stem for job in jobs} == {story.name for story in STORIES}
    models = {
        name: load_model(name)
        for name in sorted({rule.model for job in jobs for rule in job.config.rules})
    }
    clips = score(jobs, models, looker=load_second_looker(models))
    wrong = {one.clip for one in clips if one.missed or one.doubled or one.false}
    assert wrong == set()
    figures = summarise(clips)
    assert (figures["precision"], figures["recall"], figures["duplicates"]) == (1.0, 1.0, 0)
