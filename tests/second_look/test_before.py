"""What stands before a place, as a street detector sees it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detector.look import Sighting
from detector.second_look.before import stands_before
from detector.second_look.judge import load_second_looker
from streams.clip import clip_frames

BAGS = (229.0, 315.0, 445.0, 416.0)
START = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
BUS_BEFORE = Path(__file__).parents[2] / "configs" / "scenarios" / "bus-before.mp4"


@pytest.mark.parametrize(
    ("what", "box", "score", "hidden"),
    [
        ("bus", (100, 100, 700, 500), 0.9, True),
        ("person", (220, 100, 450, 600), 0.9, True),
        ("bus", (100, 100, 700, 500), 0.3, False),  # perhaps none
        ("bus", (100, 100, 700, 410), 0.9, False),  # behind the bags
        ("bus", (380, 100, 900, 500), 0.9, False),  # before a part of them
        ("bench", (100, 100, 700, 500), 0.9, False),  # has come to stay
        ("truck", (225, 310, 450, 420), 0.9, False),  # it is the thing itself
    ],
)
def test_what_is_nearer_and_covers_most_of_a_place_hides_it(what, box, score, hidden):
    assert stands_before(BAGS, [Sighting(what, score, box)]) is hidden
    assert not stands_before(BAGS, [])


def test_a_bus_before_the_bags_is_seen_and_the_street_without_it_is_free():
    looker = load_second_looker({})
    hidden = []
    for second in (600, 760, 900):
        at = START + timedelta(seconds=second)
        frames = clip_frames(
            BUS_BEFORE, "c", START, keyframes_only=False, wanted=lambda t, at=at: t >= at
        )
        hidden.append(looker.hides(next(iter(frames)).image, BAGS))
    assert hidden == [False, True, False]
