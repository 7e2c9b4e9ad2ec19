"""What the verifier learns from: `five-chief train models/verifier/recipe.yaml`.

What people marked is what the detectors should see; what else the detectors see in the same
pictures is `none`. `tuning.verifier_head` tells these apart, `tuning.verifier_train` writes it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from detector.image import Image
from detector.model import Model, load_model
from detector.verifier import NOTHING, VerifierCard, crop
from detector.violation import Box
from tuning.examples import Boxes, Example, corners, read_examples, read_picture
from tuning.makers import MAKERS
from tuning.matching import by_centre, match
from tuning.mixing import Mixing
from tuning.recipe import Recipe, load_recipe
from tuning.verifier_recipe import Source, VerifierRecipe

Floats = npt.NDArray[np.float32]
Encode = Callable[[npt.NDArray[np.uint8]], Floats]
"""Takes crops, uint8, (N, side, side, 3), BGR; gives features, (N, D)."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Examined(Crops):
    """Crops, and where each comes from.

    Attributes:
        scores: the detector's, shape (N,); of a label 1.
        places: a number a source, int, shape (N,): of one place, all have the same.
        real: whether it is a photograph's, bool, shape (N,).
    """

    scores: Floats
    places: npt.NDArray[np.int64]
    real: npt.NDArray[np.bool_]

    def part(self, which: npt.NDArray[np.bool_]) -> "Examined":
        """Those of which `which`, bool, shape (N,), is true."""
        return Examined(
            self.features[which],
            [name for name, wanted in zip(self.truth, which, strict=True) if wanted],
            [name for name, wanted in zip(self.claimed, which, strict=True) if wanted],
            self.is_candidate[which],
            self.scores[which],
            self.places[which],
            self.real[which],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    image: Image
    numbers: npt.NDArray[np.int64]
    labels: Boxes
    ignored: Boxes
    place: str


@dataclass(frozen=True, slots=True)
class _Item:
    box: Box
    truth: str
    claimed: str
    score: float
    candidate: bool


class _Turned(Recipe):
    """A recipe of which only the dev part may be used: to make pictures to measure on."""

    def is_dev(self, name: str) -> bool:
        return not super().is_dev(name)


def gather(
    recipe: VerifierRecipe,
    card: VerifierCard,
    encode: Encode,
    *,
    held_back: bool,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Examined:
    """Cut out what people marked and what the detectors found, and encode it.

    Args:
        recipe: names the pictures and the detectors.
        card: says how crops are cut.
        encode: see there.
        held_back: only the sources that are held back, or only the others.
        threads: the detectors' on a CPU; None leaves it to the engine.
        progress: called after each picture with the number done.

    Raises:
        DataInvalid: a folder is missing, empty or malformed.
        DetectorError: a detector cannot be used.
        YamlFileError: a detector's recipe cannot be read.
    """
    rng = np.random.default_rng(recipe.seed + held_back)
    features: list[Floats] = []
    items: list[_Item] = []
    places: list[int] = []
    real: list[bool] = []
    done = 0
    for source in recipe.sources:
        model = load_model(source.detector, threads=threads, precision="bf16")
        for picture in _pictures(source, model, recipe, held_back=held_back, rng=rng):
            found = _items(source, model, picture, recipe, rng)
            if found:
                crops = [crop(picture.image, one.box, card) for one in found]
                features.append(encode(np.stack(crops)))
                items += found
                places += [crc32(picture.place.encode())] * len(found)
                real += [source.data is not None] * len(found)
            done += 1
            if progress is not None:
                progress(done)
    return Examined(
        np.concatenate(features),
        [one.truth for one in items],
        [one.claimed for one in items],
        np.array([one.candidate for one in items]),
        np.array([one.score for one in items], np.float32),
        np.array(places, np.int64),
        np.array(real),
    )


def _pictures(
    source: Source,
    model: Model,
    recipe: VerifierRecipe,
    *,
    held_back: bool,
    rng: np.random.Generator,
) -> Iterator[_Picture]:
    sort = _Turned if held_back else Recipe
    read = load_recipe(source.recipe)
    own = sort.model_construct(**{**dict(read), "hold_out": recipe.held_back, "side": source.side})
    nothing = np.zeros(0, np.int64), np.zeros((0, 4), np.float32)
    if source.data is not None:
        for one in _drawn(
            source, read_examples(source.data, source.split, len(model.card.classes))
        ):
            name = one.picture.stem
            if not own.is_dev(name):
                image = read_picture(one.picture)
                numbers, boxes = nothing if source.nothing else one.labels
                ignored = nothing[1] if source.nothing else corners(one.ignored, image)
                place = own.same_source.get(name, name)
                yield _Picture(image, numbers, corners(boxes, image), ignored, place)
    mixing = Mixing(own, rng)
    for entry in source.made:
        count = getattr(entry, "count", None)
        share = entry
        if held_back and count:
            share = entry.model_copy(update={"count": max(count // recipe.held_back, 1)})
        for make in MAKERS[type(share)]:
            for tile in make(share, mixing):
                labels = tile.boxes.astype(np.float32), tile.classes
                boxes, numbers = (nothing[1], nothing[0]) if source.nothing else labels
                yield _Picture(tile.image, numbers, boxes, nothing[1], tile.name)


def _drawn(source: Source, examples: list[Example]) -> list[Example]:
    """Those that a source wants, in an order that says nothing."""
    wanted = [
        one
        for one in examples
        if one.picture.stem.startswith(source.only) and one.picture.stem not in source.leave_out
    ]
    wanted.sort(key=lambda one: crc32(one.picture.stem[::-1].encode()))
    return wanted[: source.most]


def _items(
    source: Source,
    model: Model,
    picture: _Picture,
    recipe: VerifierRecipe,
    random: np.random.Generator,
) -> list[_Item]:
    names = model.card.classes
    items = [
        _Item(_box(box), names[number], names[number], 1.0, candidate=False)
        for number, label in zip(picture.numbers, picture.labels, strict=True)
        for box in (label, *(shifted(label, random) for _ in range(recipe.jitter)))
    ]
    found = model.detect([picture.image], threshold=recipe.candidates_from)[0]
    if not len(found) or found.class_id is None:
        return items
    boxes = np.asarray(found.xyxy, dtype=np.float32)
    pairs = match(boxes, picture.labels, picture.ignored, by_centre)
    near = by_centre(boxes, picture.labels).max(axis=1, initial=0) > 0
    for row, claimed in enumerate(found.class_id):
        label, name = int(pairs.label[row]), names[int(claimed)]
        doubled = label < 0 and bool(near[row])
        asked = name in recipe.judges
        if pairs.counts[row] and asked and not doubled:
            truth = names[picture.numbers[label]] if label >= 0 else NOTHING
            score = float(found.confidence[row])
            items.append(_Item(_box(boxes[row]), truth, name, score, candidate=True))
    return items


def shifted(label: Floats, random: np.random.Generator) -> Floats:
    """A person's box as a detector might have drawn it, corners, shape (4,)."""
    size = np.tile(label[2:] - label[:2], 2)
    moved: Floats = label + random.normal(0, 0.08, 4).astype(np.float32) * size
    return moved


def _box(corners_: Floats) -> Box:
    left, top, right, bottom = (float(side) for side in corners_)
    return left, top, right, bottom
