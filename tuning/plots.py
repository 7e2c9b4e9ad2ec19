"""Figures as pictures: precision over recall, confusion, and a contact sheet of the worst."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure

from detector.draw import annotate
from detector.image import Image
from tuning.curves import precision_recall
from tuning.examples import read_picture
from tuning.judged import JudgedPicture
from tuning.matching import by_centre, by_iou, match
from tuning.scores import Scores
from tuning.tally import ranked

TILE = 240
"""Side of a picture on the contact sheet, pixels."""
COLUMNS, ROWS = 6, 4
MARGIN = 0.8
"""What is shown around a box on each side, in its own sides."""


def draw(
    folder: Path, pictures: Sequence[JudgedPicture], scores: Scores, classes: Sequence[str]
) -> list[Path]:
    """Write `curves.png`, `confusion.png` and `worst.jpg` into a folder.

    The contact sheet shows pieces of the judged pictures: it may show people, and is not to be
    published.

    Args:
        folder: made if it isn't there.
        pictures: what was judged.
        scores: what came of it.
        classes: the model's.

    Returns:
        The files written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    curves, confusion, worst = (
        folder / name for name in ("curves.png", "confusion.png", "worst.jpg")
    )
    _curves(pictures, scores, classes).savefig(curves, dpi=110)
    _confusion(scores).savefig(confusion, dpi=110)
    cv2.imencode(".jpg", contact_sheet(pictures, scores.threshold))[1].tofile(worst)
    return [curves, confusion, worst]


def contact_sheet(pictures: Sequence[JudgedPicture], threshold: float) -> Image:
    """The false alarms with the highest scores, then the largest things that were missed.

    Args:
        pictures: what was judged.
        threshold: false alarms score above it; missed is what nothing above it finds.

    Returns:
        uint8, shape (rows, columns, 3), BGR; black where there was nothing to show.
    """
    false, missed = _mistakes(pictures, threshold)
    half = COLUMNS * ROWS // 2
    tiles = [_tile(*one) for one in [*false[:half], *missed[:half]]]
    sheet = np.zeros((ROWS * TILE, COLUMNS * TILE, 3), dtype=np.uint8)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, COLUMNS)
        sheet[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE] = tile
    return sheet


_Shown = tuple[Path, tuple[float, float, float, float], str]


def _mistakes(
    pictures: Sequence[JudgedPicture], threshold: float
) -> tuple[list[_Shown], list[_Shown]]:
    false: list[tuple[float, _Shown]] = []
    missed: list[tuple[float, _Shown]] = []
    for one in pictures:
        above = one.scores > threshold
        found, scores = one.found[above], one.scores[above]
        pairs = match(found, one.labels, one.ignored, by_centre)
        for box, score in zip(
            found[pairs.counts & ~pairs.hit], scores[pairs.counts & ~pairs.hit], strict=True
        ):
            false.append((-score, (one.path, _corners(box), f"false {score:.2f}")))
        for number in np.setdiff1d(np.arange(len(one.labels)), pairs.label):
            box = one.labels[number]
            area = float((box[2:] - box[:2]).prod())
            missed.append((-area, (one.path, _corners(box), "missed")))
    return [one for _, one in sorted(false)], [one for _, one in sorted(missed)]


def _corners(box: np.ndarray) -> tuple[float, float, float, float]:
    left, top, right, bottom = (float(side) for side in box)
    return left, top, right, bottom


def _tile(path: Path, box: tuple[float, float, float, float], words: str) -> Image:
    image = annotate(read_picture(path), [box])
    side = max(round(max(box[2] - box[0], box[3] - box[1], 24.0) * (1 + 2 * MARGIN)), 1)
    # What lies beyond the picture is black.
    wide = cv2.copyMakeBorder(image, side, side, side, side, cv2.BORDER_CONSTANT)
    left, top = (round((box[i] + box[i + 2] + side) / 2) for i in (0, 1))
    piece = cv2.resize(wide[top : top + side, left : left + side], (TILE, TILE))
    text = (piece, words, (6, TILE - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.5)
    cv2.putText(*text, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(*text, (255, 255, 255), 1, cv2.LINE_AA)
    return piece.astype(np.uint8, copy=False)


def _curves(pictures: Sequence[JudgedPicture], scores: Scores, classes: Sequence[str]) -> Figure:
    figure = Figure(figsize=(7, 5.5), layout="constrained")
    axes = figure.subplots()
    for number, name in enumerate(classes):
        for criterion, what, style in ((by_iou(0.5), "IoU 0.5", "-"), (by_centre, "centre", "--")):
            precision, recall = precision_recall(ranked(pictures, number, criterion))
            if len(precision) and scores.per_class[name].boxes:
                axes.plot(recall, precision, style, color=f"C{number}", label=f"{name}, {what}")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    axes.set_title(f"{scores.model} on {scores.data}")
    axes.grid(alpha=0.3)
    if axes.has_data():
        axes.legend(loc="lower left")
    return figure


def _confusion(scores: Scores) -> Figure:
    names = list(scores.confusion)
    table = np.array([[scores.confusion[row][column] for column in names] for row in names])
    figure = Figure(figsize=(1.8 + 1.1 * len(names), 1.4 + 0.9 * len(names)), layout="constrained")
    axes = figure.subplots()
    axes.imshow(
        table / np.maximum(table.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1
    )
    axes.set_xticks(range(len(names)), names, rotation=25)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="found", ylabel="marked", title=f"at {scores.threshold}, IoU 0.5")
    for row in range(len(names)):
        for column in range(len(names)):
            axes.text(column, row, str(table[row, column]), ha="center", va="center")
    return figure
