"""Trains the verifier: `five-chief train-verifier models/verifier/recipe.yaml`.

What people marked is what the detectors should see; what else the detectors see in the same
pictures is `none`. An encoder that knows ImageNet turns each crop into numbers, and a logistic
regression tells these apart. Runs in the training environment (`make tuning`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from zlib import crc32

import numpy as np
import numpy.typing as npt
from pydantic import Field

from detector.card import Closed, Name
from detector.image import Image
from detector.model import Model, load_model
from detector.verifier import NOTHING, VerifierCard, crop, to_input
from detector.violation import Box
from tuning.examples import Example, corners, read_examples, read_picture
from tuning.matching import by_centre, match

Floats = npt.NDArray[np.float32]


class Source(Closed):
    """Labelled pictures, and the detector that looks at them.

    Attributes:
        data: a folder in YOLO format.
        split: the name of the split below `images/`, or None.
        detector: a model's folder; its classes are the labels' class numbers.
    """

    data: Path
    split: str | None = None
    detector: Path


class VerifierRecipe(Closed):
    """How a verifier is made.

    Attributes:
        sources: pictures to learn from, and to hold some back of.
        held_back: every so many pictures one is held back, by its name, to choose `keep` on.
        candidates_from: the detectors' detections that are looked at score at least this.
        jitter: so many shifted copies of each label, since a detector's box is not a person's.
        strength: of the regression's weights; the inverse of its penalty.
        kept: the share of true candidates that must pass.
        never_vetoed: classes that pass whatever the verifier says.
        seed: of all that is drawn.
    """

    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    held_back: Annotated[int, Field(ge=2)] = 6
    candidates_from: Annotated[float, Field(gt=0, lt=1)] = 0.05
    jitter: Annotated[int, Field(ge=0)] = 2
    strength: Annotated[float, Field(gt=0)] = 0.02
    kept: Annotated[float, Field(gt=0, lt=1)] = 0.95
    never_vetoed: tuple[Name, ...] = ()
    seed: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """Crops as the encoder takes them, with what each is.

    Attributes:
        features: float32, shape (N, D).
        truth: class names; `none` for what is nobody's.
        claimed: what the detector took each for; a label's own class where there was none.
        is_candidate: whether a detector found it, bool, shape (N,).
    """

    features: Floats
    truth: list[str]
    claimed: list[str]
    is_candidate: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Item:
    box: Box
    truth: str
    claimed: str
    candidate: bool


def is_held_back(path: Path, every: int) -> bool:
    """Whether a picture is held back: by its name, so that it is the same each time."""
    return crc32(path.name.encode()) % every == 0


def gather(
    recipe: VerifierRecipe,
    card: VerifierCard,
    encode: Callable[[Floats], Floats],
    *,
    held_back: bool | None,
    progress: Callable[[int, int], None] | None = None,
) -> Crops:
    """Cut out what people marked and what the detectors found, and encode it.

    Args:
        recipe: names the pictures and the detectors.
        card: says how crops are cut.
        encode: (N, 3, side, side) in 0..1 to (N, 1280).
        held_back: only the pictures that are held back, or only the others; None takes all.
        progress: called after each picture with the number done and the number of all.

    Raises:
        DataInvalid: a folder is missing, empty or malformed.
        DetectorError: a detector cannot be used.
    """
    random = np.random.default_rng(recipe.seed)
    work = []
    for source in recipe.sources:
        model = load_model(source.detector)
        examples = read_examples(source.data, source.split, len(model.card.classes))
        work += [
            (model, one)
            for one in examples
            if held_back is None or is_held_back(one.picture, recipe.held_back) is held_back
        ]
    features, items = [], []
    for done, (model, example) in enumerate(work, start=1):
        image = read_picture(example.picture)
        found = _items(model, example, image, recipe, random)
        if found:
            features.append(
                encode(np.stack([to_input(crop(image, one.box, card)) for one in found]))
            )
            items += found
        if progress is not None:
            progress(done, len(work))
    return Crops(
        np.concatenate(features),
        [one.truth for one in items],
        [one.claimed for one in items],
        np.array([one.candidate for one in items]),
    )


def _items(
    model: Model,
    example: Example,
    image: Image,
    recipe: VerifierRecipe,
    random: np.random.Generator,
) -> list[_Item]:
    names = model.card.classes
    numbers, shares = example.labels
    labels = corners(shares, image)
    items = [
        _Item(_box(box), names[number], names[number], candidate=False)
        for number, label in zip(numbers, labels, strict=True)
        for box in (label, *(shifted(label, random) for _ in range(recipe.jitter)))
    ]
    found = model.detect([image], threshold=recipe.candidates_from)[0]
    if not len(found) or found.class_id is None:
        return items
    boxes = np.asarray(found.xyxy, dtype=np.float32)
    pairs = match(boxes, labels, corners(example.ignored, image), by_centre)
    for box, claimed, label, counts in zip(
        boxes, found.class_id, pairs.label, pairs.counts, strict=True
    ):
        if counts:
            truth = names[numbers[label]] if label >= 0 else NOTHING
            items.append(_Item(_box(box), truth, names[claimed], candidate=True))
    return items


def shifted(label: Floats, random: np.random.Generator) -> Floats:
    """A person's box as a detector might have drawn it, corners, shape (4,)."""
    size = np.tile(label[2:] - label[:2], 2)
    moved: Floats = label + random.normal(0, 0.08, 4).astype(np.float32) * size
    return moved


def _box(corners_: Floats) -> Box:
    left, top, right, bottom = (float(side) for side in corners_)
    return left, top, right, bottom


def fit(crops: Crops, classes: Sequence[str], strength: float) -> tuple[Floats, Floats]:
    """Fit the head.

    Args:
        crops: to learn from.
        classes: in the order of the head's rows.
        strength: see `VerifierRecipe`.

    Returns:
        Weights, shape (classes, D), and offsets, shape (classes,); a class that was never
        seen gets an offset at which it is never chosen.
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


def shares(crops: Crops, head: tuple[Floats, Floats]) -> Floats:
    """What the head makes of crops: a share a class, shape (N, classes)."""
    odds = crops.features @ head[0].T + head[1]
    powers = np.exp(odds - odds.max(axis=1, keepdims=True))
    result: Floats = powers / powers.sum(axis=1, keepdims=True)
    return result


def choose_keep(
    crops: Crops, given: Floats, classes: Sequence[str], kept: float
) -> dict[str, float]:
    """For each class the share that lets a share `kept` of its true candidates pass.

    Where the detector found too few to tell, the labels themselves stand in for them.
    """
    keep = {}
    for column, name in enumerate(classes):
        true = [
            given[row, column]
            for row in range(len(given))
            if crops.truth[row] == crops.claimed[row] == name
        ]
        if name != NOTHING and true:
            keep[name] = round(float(np.quantile(true, 1 - kept)), 4)
    return keep


def measure(
    crops: Crops, given: Floats, card: VerifierCard
) -> dict[str, dict[str, float | int | None]]:
    """By class that a detector claimed: what of the true is kept, and of the false removed."""
    figures: dict[str, dict[str, float | int | None]] = {}
    for column, name in enumerate(card.classes):
        rows = [
            row
            for row in range(len(given))
            if crops.is_candidate[row] and crops.claimed[row] == name
        ]
        if name == NOTHING or not rows:
            continue
        least = 0.0 if name in card.never_vetoed else card.keep.get(name, 0.0)
        passes = np.array([given[row, column] >= least for row in rows])
        true = np.array([crops.truth[row] != NOTHING for row in rows])
        figures[name] = {
            "true": int(true.sum()),
            "true_kept": _rate(passes & true, true),
            "false": int((~true).sum()),
            "false_removed": _rate(~passes & ~true, ~true),
        }
    return figures


def _rate(part: npt.NDArray[np.bool_], whole: npt.NDArray[np.bool_]) -> float | None:
    return round(float(part.sum() / whole.sum()), 4) if whole.any() else None
