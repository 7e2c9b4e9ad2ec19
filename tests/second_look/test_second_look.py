"""Looked at once more: closer, at what stands around, and how views are weighed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from detector.look import Sighting
from detector.model import load_model
from detector.pipeline import Pipeline
from detector.rules import Rule
from detector.second_look.around import excused, surroundings, within_what_stands
from detector.second_look.attendance import attended_by
from detector.second_look.closer import lean, look_closer, tile
from detector.second_look.judge import SecondLooker, load_second_looker
from detector.second_look.part import Part, weigh
from detector.violation import Change, State, Violation
from streams.clip import clip_frames

STREET = Path(__file__).parents[2] / "configs" / "demo" / "street.mp4"
LORRY = Path(__file__).parents[2] / "configs" / "scenarios" / "collected.mp4"
KEPT = Path(__file__).parents[2] / "configs" / "kept"
START = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
BAGS = (229.0, 315.0, 445.0, 416.0)
STALL = (763.0, 106.0, 939.0, 343.0)
ROAD = (900.0, 560.0, 980.0, 620.0)
LITTER = Rule(id="r", kind="litter", model="litter", classes=("litter",))


@pytest.fixture(scope="module")
def picture():
    """The demo's street with rubbish, a stall and people."""
    at = START + timedelta(seconds=40)
    frames = clip_frames(STREET, "c", START, keyframes_only=False, wanted=lambda t: t >= at)
    return next(iter(frames)).image


@pytest.fixture(scope="module")
def looker() -> SecondLooker:
    return load_second_looker({name: load_model(name) for name in ("litter", "vending", "manhole")})


def a_candidate(kind: str, label: str, box) -> Violation:
    return Violation(
        "v", "cam", "r", kind, label, f"{kind}@1", State.CANDIDATE, box,
        0.5, START, START, None, None, 4, 4,
    )  # fmt: skip


def test_closer_the_detector_sees_rubbish_again_and_none_on_the_bare_road(looker, picture):
    there = look_closer(
        looker.models["litter"], picture, a_candidate("litter", "litter", BAGS), LITTER
    )
    bare = look_closer(
        looker.models["litter"], picture, a_candidate("litter", "litter", ROAD), LITTER
    )
    assert there.lean is not None
    assert bare.lean is not None
    assert there.lean >= 0.5 > bare.lean


def test_a_stall_at_work_is_attended_and_an_empty_road_is_not(looker, picture):
    assert looker.street is not None
    assert attended_by(STALL, surroundings(looker.street, picture, STALL)) is not None
    assert attended_by(ROAD, surroundings(looker.street, picture, ROAD)) is None


@pytest.mark.parametrize(
    ("near", "words"),
    [
        ([("truck", (300, 60, 700, 360), 0.8)], "a lorry stands at it: it may be being carted off"),
        ([("truck", (300, 60, 700, 360), 0.3)], ""),
        ([("truck", (900, 60, 1200, 260), 0.9)], ""),
        (
            [("suitcase", (105, 205, 195, 300), 0.6), ("person", (200, 100, 260, 300), 0.7)],
            "it is luggage, and its owner is with it",
        ),
        ([("suitcase", (105, 205, 195, 300), 0.6)], ""),
        ([("suitcase", (105, 205, 195, 300), 0.6), ("person", (600, 100, 660, 300), 0.9)], ""),
        ([("bench", (100, 200, 200, 300), 0.9)], "it looks like a bench"),
        ([("person", (200, 100, 260, 300), 0.9)], ""),
    ],
)
def test_what_excuses_litter(near, words):
    box = (100.0, 200.0, 200.0, 300.0)
    part = excused(box, [Sighting(label, score, where) for label, where, score in near])
    assert part.words_en == words
    assert part.veto == words.startswith(("a lorry", "it is luggage"))


def test_an_open_hole_passes_whatever_is_said(looker):
    blank = np.full((720, 1280, 3), 120, np.uint8)
    rule = Rule(id="r", kind="manhole", model="manhole", classes=("cover_missing", "cover_damaged"))
    hole = looker.judge(blank, a_candidate("manhole", "cover_missing", ROAD), rule)
    damaged = looker.judge(blank, a_candidate("manhole", "cover_damaged", ROAD), rule)
    assert hole.passes is True
    assert hole.evidence["detector"]["lean"] == 0.0
    assert damaged.passes is False


@pytest.mark.parametrize(
    ("near", "waits"),
    [
        ([("truck", (500, 60, 1000, 440), 0.9)], True),  # its wheels
        ([("truck", (500, 60, 1000, 440), 0.4)], False),  # perhaps no lorry at all
        ([("truck", (500, 60, 1000, 370), 0.9)], False),  # the hole lies in front of it
        ([("potted plant", (700, 340, 900, 500), 0.9)], True),  # its dark bush
        ([("person", (500, 60, 1000, 440), 0.9)], False),
        ([], False),
    ],
)
def test_what_lies_within_what_stands_waits_until_that_has_gone(near, waits):
    things = [Sighting(label, score, where) for label, where, score in near]
    wheels = a_candidate("manhole", "cover_missing", (760, 360, 880, 430))
    part = within_what_stands(wheels, things)
    assert (part.waits, weigh([part], free=True).pending) == (waits, waits)
    # A hole that is seen for longer is filed all the same.
    longer = replace(wheels, last_seen=START + timedelta(hours=1))
    assert not within_what_stands(longer, things).waits


def test_a_lorrys_wheels_are_no_open_covers_and_the_road_where_it_stood_is_judged(looker):
    wheels = (759.0, 362.0, 982.0, 453.0)
    rule = Rule(id="r", kind="manhole", model="manhole", classes=("cover_missing",))
    pending = []
    for second in (640, 840):  # the lorry is there, and has gone
        at = START + timedelta(seconds=second)
        frames = clip_frames(
            LORRY, "c", START, keyframes_only=False, wanted=lambda t, at=at: t >= at
        )
        image = next(iter(frames)).image
        verdict = looker.judge(image, a_candidate("manhole", "cover_missing", wheels), rule)
        pending.append((verdict.passes, verdict.pending))
    assert pending == [(True, True), (True, False)]


def test_a_sound_cover_that_seems_open_by_night_waits_and_an_open_one_does_not(looker):
    place = (776.0, 348.0, 839.0, 390.0)
    rule = Rule(id="r", kind="manhole", model="manhole", classes=("cover_missing", "cover_damaged"))
    told, at = {}, START + timedelta(seconds=200)
    for name in ("night-quiet", "night-hole"):
        frames = clip_frames(
            KEPT / f"{name}.mp4", "c", START, keyframes_only=False, wanted=lambda t: t >= at
        )
        image = next(iter(frames)).image
        verdict = looker.judge(image, a_candidate("manhole", "cover_missing", place), rule)
        told[name] = (verdict.passes, verdict.pending)
        hour_later = replace(
            a_candidate("manhole", "cover_missing", place), last_seen=START + timedelta(hours=1)
        )
        assert not looker.judge(image, hour_later, rule).pending
    assert told == {"night-quiet": (True, True), "night-hole": (True, False)}


leans = st.none() | st.floats(0, 1)
parts = st.builds(
    Part, st.sampled_from(["detector", "surroundings", "verifier", "vlm"]), leans, st.booleans()
)


@hypothesis_settings(derandomize=True)
@given(st.lists(parts, max_size=5), st.booleans())
def test_views_are_weighed_the_same_in_any_order_and_a_language_model_never_decides(views, free):
    verdict = weigh(views, free=free)
    turned = weigh(views[::-1], free=free)
    assert verdict.passes == turned.passes or abs((verdict.score or 0) - 0.5) < 0.001
    if free:
        assert verdict.passes is True
    elif any(view.veto for view in views):
        assert verdict.passes is False
    elif all(view.lean is None or view.name == "vlm" for view in views):
        assert verdict.passes is None


@given(st.floats(0.01, 0.99), st.floats(0, 1), st.floats(0, 1))
@hypothesis_settings(derandomize=True)
def test_a_lean_follows_the_score_and_turns_at_the_limit(limit, a, b):
    low, high = sorted((a, b))
    assert 0 <= lean(low, limit) <= lean(high, limit) <= 1
    assert (lean(a, limit) >= 0.5) == (a >= limit) or abs(a - limit) < 0.01 * limit


@given(st.integers(0, 1270), st.integers(0, 710), st.integers(4, 900), st.integers(4, 700))
@hypothesis_settings(derandomize=True)
def test_a_tile_lies_in_the_picture_and_holds_the_thing(x, y, wide, high):
    picture = np.zeros((720, 1280, 3), np.uint8)
    box = (float(x), float(y), float(min(x + wide, 1280)), float(min(y + high, 720)))
    left, top, part = tile(picture, box, 640, 640)
    height, width = part.shape[:2]
    assert left >= 0
    assert top >= 0
    assert left + width <= 1280
    assert top + height <= 720
    assert left <= box[0]
    assert top <= box[1]
    assert left + width >= box[2]
    assert top + height >= box[3]


def test_a_candidate_waits_for_a_slow_word_and_is_filed_without_it_in_the_end(looker, picture):
    words: list[Part | None] = [None, None, Part("vlm", None, evidence={"why": "no answer"})]
    asked = []

    def slow(violation, rule, image):
        asked.append(violation.id)
        return words[min(len(asked), 3) - 1]

    rule = Rule(
        id="r", kind="litter", model="litter", classes=("litter",), dwell_s=0, min_looks=1,
        cadence_s=1, second_look={"vlm": True, "surroundings": False},
    )  # fmt: skip
    pipeline = Pipeline("cam", [rule], dict(looker.models))
    waiting = SecondLooker(looker.models, opinion=slow)
    story = []
    for second in range(4):
        at = START + timedelta(seconds=40 + second)
        seen = pipeline.observe(picture, at, ["litter"], second_look=waiting.at(lambda: picture))
        story.append([event.change for event in seen.events])
    assert story == [[Change.APPEARED], [], [Change.CONFIRMED], []]
    (violation,) = pipeline.state.open
    assert violation.verdict is not None
    assert violation.verdict.evidence["vlm"] == {"lean": None, "why": "no answer"}
    assert not violation.verdict.pending
