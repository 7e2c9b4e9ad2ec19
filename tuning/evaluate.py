"""How well a model finds what people marked: `five-chief evaluate`.

A detection in an ignore region of the data counts neither as a hit nor as a false alarm.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from detector.model import Model, load_model
from detector.runtime import Engine, Precision
from tuning.examples import DataInvalid, corners, read_examples, read_picture
from tuning.judged import JudgedPicture, is_night
from tuning.matching import by_centre, by_iou
from tuning.scores import ClassScores, GroupScores, Scores, mean, rounded
from tuning.tally import (
    class_scores,
    confusion,
    false_on_empty,
    found_any_class,
    mean_precision,
    with_interval,
)

LOWEST = 0.001
"""Detections from this score on draw the precision-recall curve."""
SIZES = {
    "small": (0.0, 20.0),
    "medium": (20.0, 64.0),
    "large": (64.0, float("inf")),
    "from_20px": (20.0, float("inf")),
}
"""Groups of boxes by their shorter side, pixels: from, and below."""

_IOU_50, _IOU_30 = by_iou(0.5), by_iou(0.3)


def judge(
    model: Model,
    data: Path,
    split: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    only: Callable[[str], bool] | None = None,
) -> list[JudgedPicture]:
    """Run a model over a folder of labelled pictures, down to the lowest scores.

    Args:
        model: a loaded model.
        data: a folder in YOLO format.
        split: the name of the split below `images/`; None where pictures lie there directly.
        progress: called after each picture with the number done and the number of all.
        only: takes a picture's name, without its suffix: whether it is looked at; all by default.

    Raises:
        DataInvalid: the folder is missing, empty or malformed, or no picture is left of it.
        ModelUnusable: the model gives what its card doesn't say.
    """
    examples = read_examples(data, split, len(model.card.classes))
    if only is not None:
        examples = [one for one in examples if only(one.picture.stem)]
        if not examples:
            raise DataInvalid(f"{data}: none of its pictures is one of those that were asked for")
    pictures = []
    for done, example in enumerate(examples, start=1):
        image = read_picture(example.picture)
        numbers, boxes = example.labels
        pictures.append(
            JudgedPicture.of(
                path=example.picture,
                night=is_night(image),
                detections=model.detect([image], threshold=LOWEST)[0],
                labels=corners(boxes, image),
                label_classes=numbers,
                ignored=corners(example.ignored, image),
            )
        )
        if progress is not None:
            progress(done, len(examples))
    return pictures


def evaluate(
    model: str | Path,
    data: Path,
    split: str | None = None,
    engine: Engine = "auto",
    precision: Precision = "f32",
    threshold: float | None = None,
    progress: Callable[[int, int], None] | None = None,
    only: Callable[[str], bool] | None = None,
) -> tuple[Scores, list[JudgedPicture]]:
    """Measure a model on a folder.

    Args:
        model: a model's folder, or the name of a shipped one.
        data: a folder in YOLO format.
        split: see `judge`.
        engine: see `detector.runtime.load_runtime`.
        precision: of the arithmetic, likewise.
        threshold: at which precision, recall and shares are counted; None takes the card's.
        progress: see `judge`.
        only: likewise.

    Returns:
        The figures, and what they come from.

    Raises:
        DataInvalid: the folder is missing, empty or malformed.
        DetectorError: the model cannot be used.
    """
    loaded = load_model(model, engine=engine, precision=precision)
    card = loaded.card
    pictures = judge(loaded, data, split, progress, only)
    limit = card.threshold if threshold is None else threshold
    where = data.name if split is None else f"{data.name}/{split}"
    return score(pictures, card.classes, limit, card.label, loaded.runtime.name, where), pictures


def score(
    pictures: Sequence[JudgedPicture],
    classes: Sequence[str],
    threshold: float,
    model: str,
    engine: str,
    data: str,
) -> Scores:
    """Figures from what was found and what was marked.

    Args:
        pictures: what was found, down to the lowest scores, and what was marked.
        classes: the model's.
        threshold: at which precision, recall and the shares are counted.
        model: `name@version`.
        engine: what ran it.
        data: the name of the folder.
    """
    per_class: dict[str, ClassScores] = {
        name: class_scores(pictures, number, threshold) for number, name in enumerate(classes)
    }
    measured = [scores for scores in per_class.values() if scores.boxes]
    known = range(len(classes))
    return Scores(
        map50=mean([one.map50 for one in measured]),
        map50_95=mean([one.map50_95 for one in measured]),
        ap_iou30=mean([one.ap_iou30 for one in measured]),
        ap_centre=mean([one.ap_centre for one in measured]),
        intervals={
            "map50": with_interval(pictures, known, _IOU_50)[1],
            "ap_iou30": with_interval(pictures, known, _IOU_30)[1],
            "ap_centre": with_interval(pictures, known, by_centre)[1],
        },
        per_class=per_class,
        by_size={
            name: _group([one.of_size(low, high) for one in pictures], known)
            for name, (low, high) in SIZES.items()
        },
        by_light={
            name: _group([one for one in pictures if one.night is night], known)
            for name, night in (("day", False), ("night", True))
        },
        found_any_class=found_any_class(pictures, threshold),
        false_on_empty=false_on_empty(pictures, threshold),
        confusion=confusion(pictures, classes, threshold),
        pictures=len(pictures),
        boxes=sum(len(one.labels) for one in pictures),
        threshold=threshold,
        model=model,
        engine=engine,
        data=data,
    )


def _group(pictures: Sequence[JudgedPicture], classes: range) -> GroupScores:
    centre, interval = with_interval(pictures, classes, by_centre)
    return GroupScores(
        ap50=rounded(mean_precision(pictures, classes, _IOU_50)),
        ap_centre=rounded(centre),
        boxes=sum(len(one.labels) for one in pictures),
        interval_centre=interval,
    )
