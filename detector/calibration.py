"""Scores on one scale for every model: 0.25 is where to act."""

import numpy as np
import numpy.typing as npt

from detector.card import Calibration, ModelCard

Scores = npt.NDArray[np.float32]

_LEAST = 1e-6
"""Scores are kept this far from 0 and 1, whose log-odds have no end."""


def calibrate(scores: Scores, classes: npt.NDArray[np.int64], card: ModelCard) -> Scores:
    """Put a model's own scores onto the card's scale.

    Args:
        scores: 0..1, float32, shape (N,).
        classes: the class number of each, int, shape (N,).
        card: its `calibration` is applied.

    Returns:
        Scores in 0..1, float32, shape (N,); the order within a class is kept.
    """
    if not card.calibration:
        return scores
    lines = [card.calibration.get(name, Calibration()) for name in card.classes]
    slopes = np.array([line.slope for line in lines], dtype=np.float64)[classes]
    offsets = np.array([line.offset for line in lines], dtype=np.float64)[classes]
    put: Scores = _share(slopes * log_odds(scores) + offsets).astype(np.float32)
    return put


def own_score(score: float, card: ModelCard) -> float:
    """The lowest of the model's own scores that could reach `score` on the card's scale.

    Args:
        score: 0..1, on the card's scale.
        card: its `calibration` is undone.
    """
    lines = [card.calibration.get(name, Calibration()) for name in card.classes]
    wanted = log_odds(np.array([score]))
    return min(
        score if line == Calibration() else float(_share((wanted - line.offset) / line.slope)[0])
        for line in lines
    )


def log_odds(scores: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """The logarithm of score ÷ (1 - score), float64, same shape."""
    kept = np.clip(scores.astype(np.float64), _LEAST, 1 - _LEAST)
    odds: npt.NDArray[np.float64] = np.log(kept / (1 - kept))
    return odds


def _share(odds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    share: npt.NDArray[np.float64] = 1 / (1 + np.exp(-odds))
    return share
