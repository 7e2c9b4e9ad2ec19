"""The verifier's head: a logistic regression on an encoder's features, and how good it is."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.verifier import VerifierCard
from tuning.curves import interval
from tuning.verifier import Crops, Examined, Floats

Head = tuple[Floats, Floats]
"""Weights, shape (classes, D), and offsets, shape (classes,)."""
Learn = Callable[[Crops], Head]


def fit(crops: Crops, classes: Sequence[str], strength: float) -> Head:
    """Fit the head.

    Args:
        crops: to learn from.
        classes: in the order of the head's rows.
        strength: of the weights; the inverse of the regression's penalty.

    Returns:
        The head; a class that was never seen gets an offset at which it is never chosen.
    """
    from sklearn.linear_model import LogisticRegression

    scale = np.maximum(crops.features.std(axis=0), 1e-6)
    centre = crops.features.mean(axis=0)
    head = LogisticRegression(C=strength, max_iter=2000, class_weight="balanced")
    head.fit((crops.features - centre) / scale, crops.truth)
    known = list(head.classes_)
    rows, offsets = np.atleast_2d(head.coef_), np.atleast_1d(head.intercept_)
    if len(known) == 2:  # one row tells two classes apart
        rows, offsets = np.concatenate([-rows, rows]) / 2, np.concatenate([-offsets, offsets]) / 2
    weights = np.zeros((len(classes), crops.features.shape[1]), dtype=np.float32)
    biases = np.full(len(classes), -30.0, dtype=np.float32)
    for row, name in enumerate(classes):
        if name in known:
            own = rows[known.index(name)] / scale
            weights[row] = own
            biases[row] = offsets[known.index(name)] - (own * centre).sum()
    return weights, biases


def shares(crops: Crops, head: Head) -> Floats:
    """What the head makes of crops: a share a class, shape (N, classes)."""
    odds = crops.features @ head[0].T + head[1]
    powers = np.exp(odds - odds.max(axis=1, keepdims=True))
    result: Floats = powers / powers.sum(axis=1, keepdims=True)
    return result


def folded(crops: Examined, learn: Learn, classes: Sequence[str], folds: int) -> Floats:
    """What heads make of crops from places that they have not learnt from: as `shares`."""
    given = np.zeros((len(crops.truth), len(classes)), dtype=np.float32)
    for fold in range(folds):
        here = crops.places % folds == fold
        if here.any():
            given[here] = shares(crops.part(here), learn(crops.part(~here)))
    return given


def borne_out(given: Floats, card: VerifierCard, label: str) -> Floats:
    """The share of a claim's class and those like it, shape (N,)."""
    columns = [card.classes.index(name) for name in card.like(label)]
    summed: Floats = given[:, columns].sum(axis=1)
    return summed


def choose_keep(
    crops: Crops, given: Floats, card: VerifierCard, kept: float, judges: Sequence[str]
) -> dict[str, float]:
    """For each class of `judges` the share that lets a share `kept` of its true candidates pass.

    Where a detector found too few to tell, the labels themselves stand in for them.
    """
    keep = {}
    claimed, truth = np.array(crops.claimed), np.array(crops.truth)
    for name in judges:
        true = (claimed == name) & np.isin(truth, card.like(name))
        found = true & crops.is_candidate
        rows = found if found.sum() >= 20 else true
        if rows.any():
            own = borne_out(given, card, name)[rows]
            keep[name] = round(float(np.quantile(own, 1 - kept)), 4)
    return keep


def measure(crops: Examined, given: Floats, card: VerifierCard) -> dict[str, dict[str, Any]]:
    """By class that a detector claimed: what of the true is kept, and of the false removed.

    What is claimed wrongly and is another thing, such as a sound cover, is false, too. Intervals
    are of a bootstrap over the places.
    """
    figures: dict[str, dict[str, Any]] = {}
    claimed, truth = np.array(crops.claimed), np.array(crops.truth)
    for name, least in card.keep.items():
        rows = crops.is_candidate & (claimed == name)
        if not rows.any():
            continue
        passes = borne_out(given, card, name)[rows] >= least
        true = np.isin(truth[rows], card.like(name))
        places = crops.places[rows]
        figures[name] = {
            "true": int(true.sum()),
            **_rated("true_kept", passes, true, places),
            "false": int((~true).sum()),
            **_rated("false_removed", ~passes, ~true, places),
        }
    return figures


def _rated(
    name: str,
    part: npt.NDArray[np.bool_],
    of: npt.NDArray[np.bool_],
    places: npt.NDArray[np.int64],
) -> dict[str, Any]:
    _, number = np.unique(places, return_inverse=True)
    hits = np.bincount(number, part & of, minlength=number.max() + 1)
    all_ = np.bincount(number, of, minlength=number.max() + 1)

    def rate(draw: npt.NDArray[np.float64] | None) -> float | None:
        weights = np.ones(len(all_)) if draw is None else draw
        whole = float((weights * all_).sum())
        return float((weights * hits).sum()) / whole if whole else None

    value = rate(None)
    return {
        name: None if value is None else round(value, 4),
        f"{name}_interval": interval(len(all_), rate),
    }
