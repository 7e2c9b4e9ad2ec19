"""One thing is of one class: the likeliest."""

import numpy as np

from detector.detections import Detections
from detector.look import likeliest, sightings


def found(*things: tuple[str, float, tuple[float, float, float, float]]) -> Detections:
    return Detections(
        xyxy=np.array([box for *_, box in things], np.float32).reshape(-1, 4),
        confidence=np.array([score for _, score, _ in things], np.float32),
        class_id=np.arange(len(things)),
        data={"class_name": np.array([label for label, *_ in things])},
    )


def test_a_whole_cover_that_is_a_little_like_a_damaged_one_is_whole() -> None:
    cover = (596.0, 485.0, 676.0, 536.0)
    seen = found(
        ("cover_damaged", 0.29, (597.0, 485.0, 676.0, 537.0)),
        ("cover_good", 0.38, cover),
        ("cover_missing", 0.5, (100.0, 500.0, 180.0, 550.0)),
    )
    assert {one.label for one in sightings(likeliest(seen))} == {"cover_good", "cover_missing"}


def test_neighbours_stay_two() -> None:
    seen = found(
        ("stall", 0.4, (0.0, 0.0, 100.0, 100.0)), ("stall", 0.3, (60.0, 0.0, 160.0, 100.0))
    )
    assert len(sightings(likeliest(seen))) == 2


def test_nothing_stays_nothing() -> None:
    assert sightings(likeliest(Detections.empty())) == ()
