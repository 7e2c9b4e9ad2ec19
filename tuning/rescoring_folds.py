"""How good a second stage would be on streets that it has not learnt from.

`five-chief train-rescoring RECIPE --folds 4`: each street is judged by a head that learnt from the
other folds' streets alone, so that settings can be chosen without the pictures of the last word.
The detector itself may have been trained on them: read differences, not levels.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.card import ModelCard, Rescoring
from detector.decode import decode
from detector.letterbox import Fit
from detector.rescoring import combined
from tuning.evaluate import LOWEST, SIZES
from tuning.judged import JudgedPicture
from tuning.matching import by_centre
from tuning.rescoring import Looked, RescoringRecipe, gather
from tuning.scores import rounded
from tuning.tally import with_interval
from tuning.verifier import Crops, Floats

Head = tuple[Floats, float]
"""Weights, (D,), and offset: features to log-odds of being a thing."""
Learn = Callable[[Crops], Head]


def cross_validated(
    recipe: RescoringRecipe,
    card: ModelCard,
    looked: Sequence[Looked],
    learn: Learn,
    folds: int,
) -> list[JudgedPicture]:
    """Judge each street with a head that has not seen its place; what is made is learnt from only.

    Args:
        recipe: its `rescoring` and suppression of doubles are used.
        card: the detector's; a model of one class.
        looked: all that there is to learn from.
        learn: fits a head.
        folds: into so many parts the places are dealt out.

    Raises:
        DataInvalid: some folds hold nothing of one sort.
    """
    wanted: dict[str, Any] = {
        "rescoring": None,  # what is put together here needs no second scoring
        "calibration": {},
        "nms_iou": recipe.nms_iou,
        "nms_inside": recipe.nms_inside,
    }
    used = card.model_copy(update=wanted)
    places = sorted({one.seen.source for one in looked if one.seen.source is not None})
    fold = {place: number % folds for number, place in enumerate(places)}
    judged = []
    for held in range(folds):
        # What is made has no place, and so is in no fold.
        mine = [fold.get(one.seen.source or "") == held for one in looked]
        head = learn(gather(one for one, out in zip(looked, mine, strict=True) if not out))
        for one, out in zip(looked, mine, strict=True):
            if out:
                judged.append(_judge(used, recipe.rescoring, one, head))
    return judged


def summary(judged: Sequence[JudgedPicture]) -> dict[str, Any]:
    """Average precision by centre match, of all and by size, each with its interval."""
    groups = {"all": (0.0, float("inf")), **SIZES}
    figures: dict[str, Any] = {"streets": len(judged)}
    for name, limits in groups.items():
        part = [one.of_size(*limits) for one in judged]
        figure, interval = with_interval(part, range(1), by_centre)
        boxes = sum(len(one.labels) for one in part)
        figures[name] = {"ap_centre": rounded(figure), "interval": interval, "boxes": boxes}
    return figures


def _judge(card: ModelCard, how: Rescoring, one: Looked, head: Head) -> JudgedPicture:
    given = (one.features @ head[0] + head[1]).astype(np.float32)
    whole = Fit(1.0, 1.0, 0, 0, one.seen.fit.width, one.seen.fit.height)
    found = decode(_as_raw(one.boxes, combined(how, one.scores, given)), card, whole, LOWEST)
    return JudgedPicture.of(
        path=Path(one.seen.source or ""),
        night=False,
        detections=found,
        labels=one.seen.labels,
        label_classes=np.zeros(len(one.seen.labels), dtype=np.int64),
        ignored=one.seen.ignored,
    )


def _as_raw(boxes: Floats, scores: Floats) -> npt.NDArray[np.float32]:
    """Candidates as a network of one class lays them out, (5, N)."""
    centres, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    return np.concatenate([centres.T, sizes.T, scores[None]]).astype(np.float32)
