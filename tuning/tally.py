"""Figures from judged pictures: average precision, shares, confusion."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tuning.curves import Floats, Interval, Ranking, average_precision, interval, ranking
from tuning.judged import JudgedPicture
from tuning.matching import Criterion, Matching, by_centre, by_iou, match, short_sides
from tuning.scores import ClassScores, Share, mean, rounded

NOTHING = "nothing"
"""Stands in the confusion for what nobody marked, and for what was not found."""

_IOUS = tuple(by_iou(round(0.5 + 0.05 * step, 2)) for step in range(10))


def ranked(pictures: Sequence[JudgedPicture], number: int, criterion: Criterion) -> Ranking:
    """All detections of a class that count, best first."""
    return ranking([_of_class(one, number, criterion) for one in pictures])


def class_scores(pictures: Sequence[JudgedPicture], number: int, threshold: float) -> ClassScores:
    """One class's figures.

    Args:
        pictures: judged down to the lowest scores.
        number: the class's.
        threshold: precision and recall are counted above it.
    """
    at_ious = [ranked(pictures, number, criterion) for criterion in _IOUS]
    averages = [average_precision(one) for one in at_ious]
    boxes = at_ious[0].wanted
    counted = at_ious[0].scores > threshold
    hits = int((at_ious[0].hits & counted).sum())
    centre = ranked(pictures, number, by_centre)
    near = int((centre.hits & (centre.scores > threshold)).sum())
    return ClassScores(
        map50=rounded(averages[0]),
        map50_95=mean(averages),
        ap_iou30=rounded(average_precision(ranked(pictures, number, by_iou(0.3)))),
        ap_centre=rounded(average_precision(centre)),
        precision=rounded(hits / counted.sum()) if counted.any() else None,
        recall=rounded(hits / boxes) if boxes else None,
        recall_centre=rounded(near / boxes) if boxes else None,
        boxes=boxes,
    )


def mean_precision(
    pictures: Sequence[JudgedPicture], classes: range, criterion: Criterion
) -> float | None:
    """Average precision, mean over the classes that have labels."""
    return _mean([ranked(pictures, number, criterion) for number in classes], None)


def with_interval(
    pictures: Sequence[JudgedPicture], classes: range, criterion: Criterion
) -> tuple[float | None, Interval | None]:
    """The same, and 95 % of its bootstrap over the pictures."""
    rankings = [ranked(pictures, number, criterion) for number in classes]
    return _mean(rankings, None), interval(len(pictures), lambda draw: _mean(rankings, draw))


def found_any_class(pictures: Sequence[JudgedPicture], threshold: float) -> Share:
    """The labels that something finds by its centre, whatever its class.

    Args:
        pictures: judged.
        threshold: what finds them scores above it.
    """
    wanted = np.array([len(one.labels) for one in pictures], dtype=np.float64)
    found = np.zeros(len(pictures))
    for index, one in enumerate(pictures):
        above = one.found[one.scores > threshold]
        found[index] = match(above, one.labels, one.ignored, by_centre).hit.sum()
    return _share(found, wanted)


def false_on_empty(pictures: Sequence[JudgedPicture], threshold: float) -> Share:
    """The pictures without a label on which something is found all the same.

    Args:
        pictures: judged.
        threshold: false is what scores above it.
    """
    empty = [one for one in pictures if len(one.labels) == 0]
    false = np.zeros(len(empty))
    for index, one in enumerate(empty):
        above = one.found[one.scores > threshold]
        false[index] = match(above, one.labels, one.ignored, by_centre).counts.any()
    return _share(false, np.ones(len(empty)))


def confusion(
    pictures: Sequence[JudgedPicture], classes: Sequence[str], threshold: float
) -> dict[str, dict[str, int]]:
    """What was marked (rows) against what was found (columns), at IoU 0.5.

    Args:
        pictures: judged.
        classes: the model's.
        threshold: what counts as found scores above it.
    """
    names = [*classes, NOTHING]
    table = np.zeros((len(names), len(names)), dtype=np.int64)
    for one in pictures:
        above = one.scores > threshold
        found, numbers = one.found[above], one.found_classes[above]
        pairs = match(found, one.labels, one.ignored, _IOUS[0])
        for which, number, counts in zip(pairs.label, numbers, pairs.counts, strict=True):
            if which >= 0:
                table[one.label_classes[which], number] += 1
            elif counts:
                table[-1, number] += 1
        missed = np.setdiff1d(np.arange(len(one.labels)), pairs.label)
        np.add.at(table[:, -1], one.label_classes[missed], 1)
    return {
        row: {column: int(table[i, j]) for j, column in enumerate(names)}
        for i, row in enumerate(names)
    }


def _of_class(
    one: JudgedPicture, number: int, criterion: Criterion
) -> tuple[Floats, npt.NDArray[np.bool_], int]:
    mine = one.found_classes == number
    found = one.found[mine]
    labels = one.labels[one.label_classes == number]
    pairs = match(found, labels, one.ignored, criterion)
    counts = pairs.counts & ~_elsewhere(one, found, number, pairs, criterion)
    return one.scores[mine][counts], pairs.hit[counts], len(labels)


def _elsewhere(
    one: JudgedPicture, found: npt.NDArray[np.float32], number: int, pairs: Matching, fit: Criterion
) -> npt.NDArray[np.bool_]:
    """What finds no label of this group, and belongs to another group."""
    low, high = one.sizes
    sides = short_sides(found)
    other = (sides < low) | (sides >= high)
    labels = one.elsewhere[one.elsewhere_classes == number]
    if len(labels) and len(found):
        other |= fit(found, labels).max(axis=1) > 0
    elsewhere: npt.NDArray[np.bool_] = other & ~pairs.hit
    return elsewhere


def _mean(rankings: Sequence[Ranking], draw: Floats | None) -> float | None:
    values = [average_precision(one, draw) for one in rankings]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _share(hits: Floats, of: Floats) -> Share:
    total = of.sum()

    def figure(draw: Floats) -> float | None:
        drawn = (draw * of).sum()
        return float((draw * hits).sum() / drawn) if drawn else None

    return Share(
        of=int(total),
        hits=int(hits.sum()),
        share=rounded(hits.sum() / total) if total else None,
        interval=interval(len(of), figure),
    )
