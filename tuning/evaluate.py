"""How well a model finds what people marked: `five-chief evaluate`.

A detection in an ignore region of the data counts neither as a hit nor as a false alarm.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import supervision as sv
from supervision.metrics import MeanAveragePrecision, Precision, Recall

from detector.image import Image
from detector.model import load_model
from detector.runtime import Engine
from detector.runtime import Precision as Arithmetic
from tuning.examples import Boxes, Example, corners, read_examples, read_picture

LOWEST = 0.001
"""Detections from this score on draw the precision-recall curve."""
HIT_IOU = 0.5
"""Overlap from which a detection has found a box."""
IGNORED_SHARE = 0.5
"""A detection of which this share lies inside an ignore region doesn't count."""


@dataclass(frozen=True, slots=True)
class ClassScores:
    """One class's figures; None where there was nothing to measure.

    Attributes:
        map50: average precision at IoU 0.5.
        map50_95: average precision, mean over IoU 0.5 to 0.95.
        precision: at the card's threshold and IoU 0.5; None without a detection.
        recall: likewise; None without a box.
        boxes: how many boxes people marked.
    """

    map50: float | None
    map50_95: float | None
    precision: float | None
    recall: float | None
    boxes: int


@dataclass(frozen=True, slots=True)
class Scores:
    """A model's figures on a folder, averaged over the classes that have boxes there.

    Attributes:
        map50: mean average precision at IoU 0.5; None without a box.
        map50_95: the mean of it over IoU 0.5 to 0.95; None without a box.
        per_class: figures by class name.
        pictures: how many there were.
        boxes: how many boxes people marked.
        threshold: the card's, at which precision and recall hold.
        model: `name@version`.
        engine: what ran it, and in which precision.
        data: the folder, and the split.
    """

    map50: float | None
    map50_95: float | None
    per_class: dict[str, ClassScores]
    pictures: int
    boxes: int
    threshold: float
    model: str
    engine: str
    data: str

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain values, for JSON."""
        return asdict(self)


def evaluate(
    model: str | Path,
    data: Path,
    split: str | None = None,
    engine: Engine = "auto",
    precision: Arithmetic = "f32",
    progress: Callable[[int, int], None] | None = None,
) -> Scores:
    """Measure a model on a folder.

    Args:
        model: a model's folder, or the name of a shipped one.
        data: a folder in YOLO format.
        split: the name of the split below `images/`; None where pictures lie there directly.
        engine: see `detector.runtime.load_runtime`.
        precision: of the arithmetic, likewise.
        progress: called after each picture with the number done and the number of all.

    Raises:
        DataInvalid: the folder is missing, empty or malformed.
        DetectorError: the model cannot be used.
    """
    loaded = load_model(model, engine=engine, precision=precision)
    card = loaded.card
    examples = read_examples(data, split, len(card.classes))
    found: list[sv.Detections] = []
    marked: list[sv.Detections] = []
    for done, example in enumerate(examples, start=1):
        image = read_picture(example.picture)
        targets = _targets(example, image)
        detections = loaded.detect([image], threshold=LOWEST)[0]
        regions = corners(example.ignored, image)
        found.append(without_ignored(detections, targets, regions))
        marked.append(targets)
        if progress is not None:
            progress(done, len(examples))
    per_class = _per_class(found, marked, card.classes, card.threshold)
    measured = [scores for scores in per_class.values() if scores.boxes]
    return Scores(
        map50=_mean([scores.map50 for scores in measured]),
        map50_95=_mean([scores.map50_95 for scores in measured]),
        per_class=per_class,
        pictures=len(examples),
        boxes=sum(scores.boxes for scores in measured),
        threshold=card.threshold,
        model=card.label,
        engine=loaded.runtime.name,
        data=data.name if split is None else f"{data.name}/{split}",
    )


def without_ignored(
    detections: sv.Detections, targets: sv.Detections, regions: Boxes
) -> sv.Detections:
    """Leave out what matches no box and lies at least half inside an ignore region.

    Args:
        detections: best first.
        targets: the marked boxes.
        regions: corner boxes in pixels, shape (M, 4).
    """
    if len(detections) == 0 or len(regions) == 0:
        return detections
    inside = _shares_inside(detections.xyxy, regions).max(axis=1) >= IGNORED_SHARE
    return detections.select(_matched(detections, targets) | ~inside)


def _class_numbers(detections: sv.Detections) -> npt.NDArray[np.int64]:
    """Class numbers, int, shape (N,); detections of unknown class have none."""
    return np.asarray(
        detections.class_id if detections.class_id is not None else [], dtype=np.int64
    )


def _matched(detections: sv.Detections, targets: sv.Detections) -> npt.NDArray[np.bool_]:
    """Which detections find a box of their class, the best first, each box found once."""
    matched = np.zeros(len(detections), dtype=bool)
    if len(targets) == 0:
        return matched
    ious = sv.box_iou_batch(detections.xyxy, targets.xyxy)
    found, wanted = _class_numbers(detections), _class_numbers(targets)
    ious[found[:, None] != wanted[None, :]] = 0.0
    for row in range(len(detections)):
        best = int(ious[row].argmax())
        if ious[row, best] >= HIT_IOU:
            matched[row] = True
            ious[:, best] = 0.0
    return matched


def _shares_inside(boxes: npt.NDArray[Any], regions: Boxes) -> npt.NDArray[np.float64]:
    """The share of each box's area that lies inside each region, shape (N, M)."""
    low = np.maximum(boxes[:, None, :2], regions[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], regions[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    shares: npt.NDArray[np.float64] = shared / np.maximum(areas, 1e-9)[:, None]
    return shares


def _per_class(
    found: list[sv.Detections],
    marked: list[sv.Detections],
    classes: Sequence[str],
    threshold: float,
) -> dict[str, ClassScores]:
    """Figures by class name, for every class of the model."""
    kept = [_from(picture, threshold) for picture in found]
    average = MeanAveragePrecision().update(found, marked).compute()
    precision = Precision().update(kept, marked).compute()
    recall = Recall().update(kept, marked).compute()
    curves = _rows(average.matched_classes, average.ap_per_class)
    precisions = _rows(precision.matched_classes, precision.precision_per_class)
    recalls = _rows(recall.matched_classes, recall.recall_per_class)
    scores = {}
    for number, name in enumerate(classes):
        boxes, shown = _count(marked, number), _count(kept, number)
        scores[name] = ClassScores(
            map50=_rounded(curves[number][0]) if boxes else None,
            map50_95=_rounded(curves[number].mean()) if boxes else None,
            precision=_rounded(precisions[number][0]) if shown else None,
            recall=_rounded(recalls[number][0]) if boxes else None,
            boxes=boxes,
        )
    return scores


def _from(detections: sv.Detections, threshold: float) -> sv.Detections:
    """Those that score above the threshold, as the pipeline takes them."""
    if detections.confidence is None:
        return detections
    return detections.select(detections.confidence > threshold)


def _rows(
    classes: npt.NDArray[np.int32], values: npt.NDArray[np.float64]
) -> dict[int, npt.NDArray[np.float64]]:
    return {int(number): row for number, row in zip(classes, values, strict=True)}


def _count(pictures: list[sv.Detections], number: int) -> int:
    return sum(int((_class_numbers(picture) == number).sum()) for picture in pictures)


def _rounded(value: float) -> float:
    return round(float(value), 4)


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _rounded(sum(known) / len(known)) if known else None


def _targets(example: Example, image: Image) -> sv.Detections:
    numbers, boxes = example.labels
    return sv.Detections(xyxy=corners(boxes, image), class_id=numbers)
