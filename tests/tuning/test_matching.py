"""Who finds what, and what average precision comes of it."""

import numpy as np
import pytest
import supervision as sv
from hypothesis import given
from hypothesis import strategies as st
from supervision.metrics import MeanAveragePrecision

from tuning.curves import average_precision, interval, ranking
from tuning.judged import JudgedPicture
from tuning.matching import by_centre, by_iou, match, short_sides
from tuning.tally import class_scores, mean_precision, ranked

NONE = np.zeros((0, 4), np.float32)


def boxes(*rows):
    return np.array(rows, np.float32).reshape(-1, 4)


def picture(found, scores, labels, classes=None, label_classes=None, ignored=NONE):
    zeros = np.zeros(len(found), int) if classes is None else np.array(classes, int)
    marked = np.zeros(len(labels), int) if label_classes is None else np.array(label_classes, int)
    detections = sv.Detections(xyxy=found, confidence=np.array(scores), class_id=zeros)
    return JudgedPicture.of(
        None, night=False, detections=detections, labels=labels, label_classes=marked,
        ignored=ignored,
    )  # fmt: skip


def test_the_best_score_takes_a_label_and_the_second_is_false():
    pairs = match(boxes([0, 0, 10, 10], [0, 0, 10, 11]), boxes([0, 0, 10, 10]), NONE, by_iou(0.5))
    assert pairs.hit.tolist() == [True, False]
    assert pairs.counts.all()


def test_what_lies_half_inside_an_ignore_region_counts_neither_way_unless_it_is_a_hit():
    found = boxes([0, 0, 10, 10], [0, 0, 10, 11], [50, 50, 60, 60], [80, 80, 90, 90])
    everywhere = boxes([0, 0, 40, 40], [55, 40, 70, 70], [85.1, 80, 95, 95])
    pairs = match(found, boxes([0, 0, 10, 10]), everywhere, by_iou(0.5))
    assert pairs.hit.tolist() == [True, False, False, False]
    assert pairs.counts.tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("found", "fits"),
    [
        ([8, 8, 12, 12], True),  # its centre lies in the label
        ([0, 0, 22, 22], True),  # the label's centre lies in it, 4.8 times the area
        ([0, 0, 32, 32], False),  # and here it is more than ten times as large
        ([15.5, 5, 25, 15], False),  # they overlap, but neither centre lies in the other
    ],
)
def test_a_centre_match_asks_for_one_centre_in_the_other_box(found, fits):
    assert bool(by_centre(boxes(found), boxes([5, 5, 15, 15]))[0, 0]) is fits


def test_of_two_labels_the_nearer_centre_is_found():
    labels = boxes([0, 0, 20, 20], [4, 4, 16, 20])
    pairs = match(boxes([4, 4, 16, 20]), labels, NONE, by_centre)
    assert pairs.label.tolist() == [1]


corner = st.integers(0, 40)
box = st.tuples(corner, corner, st.integers(4, 30), st.integers(4, 30)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@st.composite
def judged(draw):
    labels = draw(st.lists(box, max_size=4))
    jitter = st.tuples(*[st.integers(-3, 3)] * 4)
    near = [
        tuple(side + shift for side, shift in zip(one, draw(jitter), strict=True))
        for one in labels
        if draw(st.booleans())
    ]
    near = [b for b in near if b[0] < b[2] and b[1] < b[3]]
    found = near + draw(st.lists(box, max_size=4))
    scores = draw(
        st.lists(st.integers(1, 999), min_size=len(found), max_size=len(found), unique=True)
    )
    number = st.integers(0, 1)
    return picture(
        boxes(*found),
        [score / 1000 for score in scores],
        boxes(*labels),
        [draw(number) for _ in found],
        [draw(number) for _ in labels],
    )


@given(st.lists(judged(), min_size=1, max_size=5))
def test_average_precision_is_supervisions_own(pictures):
    scores = np.unique(np.concatenate([one.scores for one in pictures]))
    if len(scores) < sum(len(one.scores) for one in pictures):
        return  # equal scores may be ranked either way
    found = [
        sv.Detections(xyxy=one.found, confidence=one.scores, class_id=one.found_classes)
        for one in pictures
    ]
    marked = [sv.Detections(xyxy=one.labels, class_id=one.label_classes) for one in pictures]
    theirs = MeanAveragePrecision().update(found, marked).compute()
    if not sum(len(one.labels) for one in pictures):
        return
    rows = dict(zip(theirs.matched_classes.tolist(), theirs.ap_per_class, strict=True))
    for number in (0, 1):
        ours = class_scores(pictures, number, 0.5)
        if ours.boxes:
            assert ours.map50 == pytest.approx(rows[number][0], abs=1e-3)
            assert ours.map50_95 == pytest.approx(rows[number].mean(), abs=1e-3)


@given(st.lists(judged(), min_size=1, max_size=4))
def test_matching_is_one_to_one(pictures):
    for one in pictures:
        for criterion in (by_iou(0.3), by_centre):
            hits = match(one.found, one.labels, NONE, criterion).label
            taken = hits[hits >= 0]
            assert len(set(taken.tolist())) == len(taken)


@given(st.lists(judged(), min_size=1, max_size=4))
def test_a_looser_criterion_never_finds_less_at_the_end_of_the_ranking(pictures):
    loose = ranked(pictures, 0, by_iou(0.3)).hits.sum()
    assert loose >= ranked(pictures, 0, by_iou(0.5)).hits.sum()


def test_sizes_share_out_the_labels_and_what_finds_another_size_is_not_false():
    one = picture(
        boxes([0, 0, 10, 10], [30, 30, 60, 60]), [0.9, 0.8], boxes([0, 0, 10, 10], [30, 30, 60, 60])
    )
    small, large = one.of_size(0, 20), one.of_size(20, float("inf"))
    assert short_sides(small.labels).tolist() == [10]
    for part in (small, large):
        assert mean_precision([part], range(1), by_iou(0.5)) == 1


def test_an_interval_holds_the_figure_and_is_the_same_each_time():
    random = np.random.default_rng(1)
    pictures = [(np.sort(random.random(3))[::-1], random.random(3) < 0.5, 3) for _ in range(40)]
    ranks = ranking(pictures)
    figure = average_precision(ranks)
    low, high = interval(40, lambda draw: average_precision(ranks, draw))
    assert low < figure < high
    assert (low, high) == interval(40, lambda draw: average_precision(ranks, draw))


def test_a_picture_drawn_twice_weighs_as_two():
    pictures = [(np.array([0.9]), np.array([True]), 1), (np.array([0.8]), np.array([False]), 1)]
    twice = average_precision(ranking(pictures), np.array([1.0, 2.0]))
    written = average_precision(ranking([*pictures, pictures[1]]))
    assert twice == pytest.approx(written)
