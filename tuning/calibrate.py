"""Puts a model's scores onto the common scale, on which 0.25 is where to act.

Each class gets a line through its log-odds (Platt's method): the slope from how often a score
is right, the offset such that the score from which on it pays to act becomes 0.25.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from detector.calibration import log_odds
from detector.card import Calibration, load_card
from detector.model import load_model
from detector.runtime import Engine
from tuning.curves import Ranking
from tuning.evaluate import judge
from tuning.export import change_card
from tuning.judged import JudgedPicture
from tuning.matching import by_centre, match
from tuning.tally import ranked

ACT_AT = 0.25
"""The threshold of every shipped model."""
SLOPES = (0.3, 3.0)
"""A fit to few boxes may run away: the slope is kept between these."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Where a class's scores were cut, and what holds there on the pictures it was chosen on.

    Attributes:
        own: the model's own score from which on it pays to act.
        precision: at it, by centre match.
        recall: likewise.
        false_on_empty: share of the pictures without any label on which the class is found.
        line: what goes onto the card.
    """

    own: float
    precision: float
    recall: float
    false_on_empty: float
    line: Calibration


def calibrate(
    folder: Path,
    data: Path,
    split: str | None = None,
    most_false: float = 0.05,
    empty: Sequence[tuple[Path, str | None]] = (),
    engine: Engine = "auto",
    progress: Callable[[int, int], None] | None = None,
    only: Callable[[str], bool] | None = None,
) -> dict[str, Choice | None]:
    """Choose each class's scale on labelled pictures, and write it onto the card.

    Args:
        folder: the model's.
        data: a folder in YOLO format, neither trained on nor kept for the last word.
        split: the name of the split below `images/`, or None.
        most_false: the largest share of pictures without a label on which a class may be found.
        empty: folders, each with its split, of further pictures that hold nothing of the kind,
            whatever is marked in them.
        engine: see `detector.runtime.load_runtime`.
        progress: called after each picture with the number done and the number of all.
        only: see `tuning.evaluate.judge`; of `data` alone.

    Returns:
        What was chosen, by class name; None where there was nothing to choose by.

    Raises:
        DataInvalid: the folder is missing, empty or malformed.
        DetectorError: the model cannot be used.
    """
    card = load_card(folder)
    loaded = load_model(folder, engine=engine)
    bare = replace(loaded, card=card.model_copy(update={"calibration": {}}))
    pictures = judge(bare, data, split, progress, only)
    for folder_, part in empty:
        pictures += [one.without_labels() for one in judge(bare, folder_, part, progress)]
    choices = {
        name: choose(pictures, number, most_false) for number, name in enumerate(card.classes)
    }
    lines = {name: one.line.model_dump() for name, one in choices.items() if one is not None}
    change_card(folder, {"threshold": ACT_AT, "calibration": lines})
    return choices


def choose(
    pictures: Sequence[JudgedPicture], number: int, most_false: float = 0.05
) -> Choice | None:
    """Choose where to act on a class: the best F1 that raises few false alarms.

    Args:
        pictures: of the dev part, judged with the model's own scores.
        number: the class's.
        most_false: the largest share of pictures without a label on which it may be found.

    Returns:
        The choice, or None where the class was never found or has no label.
    """
    ranks = ranked(pictures, number, by_centre)
    if not ranks.hits.any():
        return None
    least = _quiet_from(pictures, number, most_false)
    allowed = ranks.scores >= least
    true = np.cumsum(ranks.hits)
    seen = np.arange(1, len(true) + 1)
    gain = np.where(allowed, 2 * true / (seen + ranks.wanted), 0.0)
    cut = int(gain.argmax()) if allowed.any() else 0
    # Halfway to the next one down, or the last that counts would itself be cut off.
    below = ranks.scores[cut + 1] if cut + 1 < len(ranks.scores) else 0.0
    own = float(max((ranks.scores[cut] + below) / 2, least if allowed.any() else 0.0))
    slope = _slope(ranks)
    odds = log_odds(np.array([ACT_AT, own]))
    offset = float(odds[0] - slope * odds[1])
    return Choice(
        own=round(own, 4),
        precision=round(float(true[cut] / seen[cut]), 4),
        recall=round(float(true[cut] / ranks.wanted), 4),
        false_on_empty=round(_false_share(pictures, number, own), 4),
        line=Calibration(slope=round(slope, 4), offset=round(float(np.clip(offset, -20, 20)), 4)),
    )


def _quiet_from(pictures: Sequence[JudgedPicture], number: int, most: float) -> float:
    """The score above which at most a share `most` of the empty pictures has a false alarm."""
    loudest = np.sort(_loudest(pictures, number))[::-1]
    allowed = int(most * len(loudest))
    return float(loudest[allowed]) if allowed < len(loudest) else 0.0


def _false_share(pictures: Sequence[JudgedPicture], number: int, own: float) -> float:
    loudest = _loudest(pictures, number)
    return float((loudest > own).mean()) if len(loudest) else 0.0


def _loudest(pictures: Sequence[JudgedPicture], number: int) -> npt.NDArray[np.float64]:
    """The highest false score of the class on each picture without a label."""
    found = []
    for one in pictures:
        if len(one.labels) == 0:
            mine = one.found_classes == number
            counts = match(one.found[mine], one.labels, one.ignored, by_centre).counts
            found.append(float(one.scores[mine][counts].max(initial=0.0)))
    return np.array(found)


def _slope(ranks: Ranking) -> float:
    """Platt's slope: by how much the odds of being right grow with the odds of the score."""
    odds, right = log_odds(ranks.scores), ranks.hits.astype(np.float64)
    # Platt's targets, a little off 0 and 1, so that a perfect ranking has a finite slope.
    yes, no = right.sum(), (1 - right).sum()
    target = np.where(right > 0, (yes + 1) / (yes + 2), 1 / (no + 2))

    def loss(line: npt.NDArray[np.float64]) -> float:
        share = np.clip(expit(line[0] * odds + line[1]), 1e-9, 1 - 1e-9)
        return float(-(target * np.log(share) + (1 - target) * np.log(1 - share)).sum())

    fitted = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x[0]
    return float(np.clip(fitted, *SLOPES))
