"""By how much one of two models is better, on the same pictures."""

from pathlib import Path

import numpy as np
import pytest
import supervision as sv

from tuning.compare import compare
from tuning.judged import JudgedPicture

NONE = np.zeros((0, 4), dtype=np.float32)
SMALL, LARGE = (0.0, 0.0, 15.0, 15.0), (100.0, 100.0, 160.0, 160.0)


def picture(number, found, labels):
    found = np.array(found, dtype=np.float32).reshape(-1, 4)
    return JudgedPicture.of(
        path=Path(f"{number}.png"),
        night=False,
        detections=sv.Detections(
            xyxy=found,
            confidence=np.linspace(0.9, 0.5, len(found)),
            class_id=np.zeros(len(found), dtype=np.int64),
        ),
        labels=np.array(labels, dtype=np.float32).reshape(-1, 4),
        label_classes=np.zeros(len(labels), dtype=np.int64),
        ignored=NONE,
    )


def judged(found, count=30):
    return [picture(number, found, [SMALL, LARGE]) for number in range(count)]


def test_a_model_gains_nothing_on_itself():
    same = judged([SMALL])
    for one in compare(same, same, 1).values():
        assert one.gain == 0
        assert one.interval == (0, 0)


def test_finding_the_large_ones_too_is_a_gain_in_both_figures():
    figures = compare(judged([SMALL]), judged([SMALL, LARGE]), 1)
    assert figures["ap_centre"].gain == pytest.approx(0.5, abs=0.01)
    assert figures["ap_centre_from_20px"].first == 0
    assert figures["ap_centre_from_20px"].second == 1
    assert figures["sum_of_both"].gain == pytest.approx(1.5, abs=0.01)


def test_what_shows_on_some_pictures_only_is_less_sure():
    mixed = [*judged([SMALL, LARGE], 3), *judged([SMALL], 27)]
    second = [picture(number, one.found, [SMALL, LARGE]) for number, one in enumerate(mixed)]
    low, high = compare(judged([SMALL]), second, 1)["ap_centre_from_20px"].interval
    assert 0 <= low < 0.1 < high


def test_other_pictures_are_refused():
    with pytest.raises(ValueError, match="same pictures"):
        compare(judged([SMALL]), judged([SMALL], 29), 1)
