"""From a model's numbers to boxes on the picture."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from detector.calibration import calibrate, own_score
from detector.card import ModelCard
from detector.detections import Detections, without_doubles
from detector.letterbox import Fit

MOST_CANDIDATES = 3000
"""Boxes that go into the suppression of doubles, best first."""
MOST_DETECTIONS = 300
"""Boxes that come out for one picture, best first."""

Numbers = npt.NDArray[np.float32]


Rescore = Callable[[Numbers, Numbers], Numbers]
"""Takes corner boxes in pixels of the input, (N, 4), and own scores, (N,), of candidates, best
first; gives new scores, (M,), of the first M."""


def decode(
    output: Numbers, card: ModelCard, fit: Fit, threshold: float, rescore: Rescore | None = None
) -> Detections:
    """Read one picture's output as the card says it is laid out.

    Args:
        output: float32; `raw`: (4 + classes, N), centre x, centre y, width, height and a score a
            class; `end2end`: (N, 6), x0, y0, x1, y1, score, class number. Pixels of the input.
        card: says which of the two, the class names and the overlap for suppression.
        fit: how the picture lay in the input.
        threshold: boxes score above it, on the card's scale.
        rescore: scores candidates anew, where the card has `rescoring`.

    Returns:
        Detections in pixels of the full-resolution picture, best first, with
        `data["class_name"]`.
    """
    read = _read_raw if card.output == "raw" else _read_end2end
    if rescore is None or card.rescoring is None:
        boxes, own, classes = read(output, own_score(threshold, card))
    else:
        boxes, own, classes = _best(*read(output, card.rescoring.candidates_from), card)
        own = rescore(boxes, own)
        boxes, classes = boxes[: len(own)], classes[: len(own)]
    scores = calibrate(own, classes, card)
    passed = scores > threshold
    boxes, scores, classes = _best(boxes[passed], scores[passed], classes[passed], card)
    if card.output == "raw" and card.nms_inside < 1:
        kept = _not_nested(boxes, classes, card.nms_inside)
        boxes, scores, classes = boxes[kept], scores[kept], classes[kept]
    names = np.array(card.classes)
    return Detections(
        xyxy=fit.to_picture(boxes[:MOST_DETECTIONS]),
        confidence=scores[:MOST_DETECTIONS],
        class_id=classes[:MOST_DETECTIONS],
        data={"class_name": names[classes[:MOST_DETECTIONS]]},
    )


def _best(
    boxes: Numbers, scores: Numbers, classes: npt.NDArray[np.int64], card: ModelCard
) -> tuple[Numbers, Numbers, npt.NDArray[np.int64]]:
    """Best first, doubles suppressed where the network leaves that to us."""
    order = np.argsort(-scores, kind="stable")[:MOST_CANDIDATES]
    boxes, scores, classes = boxes[order], scores[order], classes[order]
    if card.output == "end2end":
        return boxes, scores, classes
    kept = without_doubles(boxes, scores, card.nms_iou, classes)
    return boxes[kept], scores[kept], classes[kept]


def _not_nested(
    boxes: Numbers, classes: npt.NDArray[np.int64], share: float
) -> npt.NDArray[np.int64]:
    """The rows, best first, that neither lie in a better one of their class nor hold one."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    areas = np.maximum(sides.prod(axis=1), np.float32(1e-9))
    kept: list[int] = []
    for row, box in enumerate(boxes):
        low = np.maximum(boxes[kept, :2], box[:2])
        high = np.minimum(boxes[kept, 2:], box[2:])
        shared = np.clip(high - low, 0, None).prod(axis=1) / np.minimum(areas[kept], areas[row])
        if not (shared[classes[kept] == classes[row]] > share).any():
            kept.append(row)
    return np.array(kept, dtype=np.int64)


def _read_raw(output: Numbers, threshold: float) -> tuple[Numbers, Numbers, npt.NDArray[np.int64]]:
    """Corner boxes, scores and classes of the anchors whose best class passes."""
    scores = output[4:].max(axis=0)
    passed = scores > threshold
    centres, sizes = output[:2, passed].T, output[2:4, passed].T
    boxes = np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1)
    return boxes, scores[passed], output[4:, passed].argmax(axis=0)


def _read_end2end(
    output: Numbers, threshold: float
) -> tuple[Numbers, Numbers, npt.NDArray[np.int64]]:
    """Corner boxes, scores and classes of the rows that pass."""
    rows = output[output[:, 4] > threshold]
    return rows[:, :4], rows[:, 4], rows[:, 5].astype(np.int64)
