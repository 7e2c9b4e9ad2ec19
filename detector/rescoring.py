"""The second stage of a detector: each candidate cut out, enlarged and scored once more.

A detector sees a street at one size and scores what is large and shapeless low, even where it
sees it. A classifier that knows ImageNet, and has learnt from what the detector wrongly finds,
sees one thing at a time, as large as any other.
"""

import numpy as np
import numpy.typing as npt

from detector.calibration import log_odds
from detector.card import Rescoring
from detector.crop import square
from detector.image import Image
from detector.runtime import Runtime

Numbers = npt.NDArray[np.float32]


def rescore(
    how: Rescoring, classifier: Runtime, picture: Image, boxes: Numbers, scores: Numbers
) -> Numbers:
    """Score candidates anew.

    Args:
        how: from the card.
        classifier: runs its weights on pictures, uint8.
        picture: as the detector saw it, uint8, (H, W, 3), BGR.
        boxes: corners in its pixels, (N, 4), best first.
        scores: the detector's own, 0..1, (N,).

    Returns:
        New scores, 0..1, float32, of the first `how.most`.
    """
    boxes, scores = boxes[: how.most], scores[: how.most]
    if not len(boxes):
        return scores
    crops = np.stack(
        [square(picture, box, how.context, how.smallest, how.side) for box in boxes.tolist()]
    )
    return combined(how, scores, classifier.run(crops)[:, 0])


def combined(how: Rescoring, scores: Numbers, given: Numbers) -> Numbers:
    """Scores of both stages, 0..1, float32, (N,).

    Args:
        how: from the card.
        scores: the detector's own, 0..1, (N,).
        given: the classifier's log-odds, (N,).
    """
    odds = how.detector * log_odds(scores) + how.classifier * given.astype(np.float64) + how.offset
    new: Numbers = (1 / (1 + np.exp(-odds))).astype(np.float32)
    return new
