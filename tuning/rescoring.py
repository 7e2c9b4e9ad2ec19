"""What a detector's second stage learns from: crops of what people marked, and of what it saw.

`five-chief train-rescoring models/litter/rescoring.yaml` trains it (`tuning.rescoring_train`).
The detector's own candidates, down to the faintest, are what it will have to judge; those that
find nothing marked are the examples of what is none.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import Field

from detector.card import InputSize, Rescoring
from detector.crop import square
from detector.image import Image
from detector.letterbox import GREY, Fit, letterbox
from detector.model import Model
from detector.verifier import NOTHING
from tuning.entries import Entry, Part
from tuning.examples import Boxes, DataInvalid, corners, read_examples, read_picture
from tuning.makers import MAKERS
from tuning.matching import by_centre, match
from tuning.mixing import Mixing
from tuning.recipe import Recipe
from tuning.tiles import Tile
from tuning.verifier import Crops, Floats, shifted
from yamlfile import load_yaml

THING = "thing"
"""What is none of `NOTHING`: whatever the detector's classes are."""
Encode = Callable[[npt.NDArray[np.uint8]], Floats]
"""Takes crops, uint8, (N, side, side, 3), BGR; gives features, (N, D)."""


class RescoringRecipe(Part):
    """How a second stage is made. Paths are relative to the recipe's folder, the detector's.

    Attributes:
        data: a folder in YOLO format, its classes the detector's; all count as one.
        split: of it.
        only: how the names of its pictures begin.
        recipe: the detector's; what that holds out is not learnt from.
        further: pictures that are made as the detector's training pictures are, in the light of
            its input: `tuning.entries`.
        jitter: so many shifted copies of each label, since a detector's box is not a person's.
        strength: of the regression's weights; the inverse of its penalty.
        learn_from: the detector's own score from which on its candidates are learnt from; None
            takes those that it will judge, as `rescoring.candidates_from` says.
        rescoring: goes onto the card; the weights are written and the hash is filled in.
        nms_iou: goes onto the card likewise: pieces of one heap are to be found once.
        nms_inside: likewise; it is no part of what a candidate is.
        seed: of all that is drawn.
    """

    data: Path
    split: str = "train"
    only: str = ""
    recipe: Path
    further: tuple[Entry, ...] = ()
    jitter: int = Field(2, ge=0)
    strength: float = Field(1e-4, gt=0)
    learn_from: float | None = Field(None, gt=0, lt=1)
    rescoring: Rescoring
    nms_iou: float = Field(0.3, gt=0, lt=1)
    nms_inside: float = Field(1.0, gt=0, le=1)
    seed: int = 5


def load_rescoring_recipe(path: Path) -> RescoringRecipe:
    """Read a recipe; its paths come back resolved.

    Raises:
        YamlFileError: it cannot be read as one; the message names file, line, key and fix.
    """
    read = load_yaml(path, RescoringRecipe)
    folder = path.resolve().parent
    return read.model_copy(
        update={"data": (folder / read.data).resolve(), "recipe": folder / read.recipe}
    )


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A picture as the detector sees it, with what is marked in it.

    Attributes:
        image: at the detector's input's size, uint8, (H, W, 3), BGR.
        fit: how the picture lies in it.
        labels: corner boxes in pixels of the picture, (N, 4).
        ignored: likewise, regions that count neither way, (M, 4).
        source: the name of the place that it shows; None where it is made.
        others: corner boxes of what was laid there and is no thing, (K, 4).
    """

    image: Image
    fit: Fit
    labels: Boxes
    ignored: Boxes
    source: str | None = None
    others: Boxes = field(default_factory=lambda: np.zeros((0, 4), dtype=np.float32))


def pictures(recipe: RescoringRecipe, detector: Recipe, size: InputSize) -> Iterator[Seen]:
    """What there is to learn from: the folder's pictures without the dev part, then the made ones.

    Raises:
        DataInvalid: a folder is missing, empty or malformed.
    """
    for example in read_examples(recipe.data, recipe.split, len(detector.classes)):
        name = example.picture.stem
        if name.startswith(recipe.only) and not detector.is_dev(name):
            image = read_picture(example.picture)
            seen, fit = letterbox(image, size.width, size.height)
            labels, ignored = (
                corners(shares, image) for shares in (example.labels[1], example.ignored)
            )
            yield Seen(seen, fit, labels, ignored, detector.same_source.get(name, name))
    mixing = Mixing(detector, np.random.default_rng(recipe.seed))
    for entry in recipe.further:
        for make in MAKERS[type(entry)]:
            for tile in make(entry, mixing):
                yield _on_grey(tile, size)


def _on_grey(tile: Tile, size: InputSize) -> Seen:
    """A training square, which is as large as things in the input are, laid into it as it is."""
    rows, columns = (
        min(tile.image.shape[0], size.height),
        min(tile.image.shape[1], size.width),
    )
    seen = np.full((size.height, size.width, 3), GREY, dtype=np.uint8)
    seen[:rows, :columns] = tile.image[:rows, :columns]
    none = np.zeros((0, 4), dtype=np.float32)
    boxes, others = tile.boxes.astype(np.float32), tile.others.astype(np.float32)
    return Seen(seen, Fit(1.0, 1.0, 0, 0, columns, rows), boxes, none, others=others)


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A picture with the detector's candidates, and what the encoder makes of each crop.

    Attributes:
        seen: the picture.
        boxes: of the candidates, best first, corners in pixels of the picture, (N, 4).
        scores: the detector's own, (N,).
        hit: which of them find a label, bool, (N,).
        false: which find nothing; what lies in an ignore region, and what finds a label that a
            better one has found, is neither, bool, (N,).
        marked: features of what people marked, (M, D).
        features: of the candidates, (N, D).
        others: of what was laid there and is no thing, (K, D).
    """

    seen: Seen
    boxes: Boxes
    scores: npt.NDArray[np.float32]
    hit: npt.NDArray[np.bool_]
    false: npt.NDArray[np.bool_]
    marked: Floats
    features: Floats
    others: Floats


def look(
    recipe: RescoringRecipe,
    model: Model,
    encode: Encode,
    seen: Iterable[Seen],
    progress: Callable[[int], None] | None = None,
) -> Iterator[Looked]:
    """Cut out what people marked and what the detector sees, and encode it.

    Args:
        recipe: how.
        model: the detector, scoring as its network does.
        encode: see there.
        seen: the pictures.
        progress: called after each picture with the number done.
    """
    rng = np.random.default_rng(recipe.seed)
    learn_from = recipe.learn_from or recipe.rescoring.candidates_from
    how = recipe.rescoring.model_copy(update={"candidates_from": learn_from})
    for done, one in enumerate(seen, start=1):
        marked = [
            box
            for label in one.labels
            for box in (label, *(shifted(label, rng) for _ in range(recipe.jitter)))
        ]
        laid = [
            box
            for other in one.others
            for box in (other, _upper(other), *(shifted(other, rng) for _ in range(recipe.jitter)))
        ]
        boxes, scores = _candidates(how, model, one)
        pairs = match(boxes, one.labels, one.ignored, by_centre)
        near = by_centre(boxes, one.labels).max(axis=1, initial=0) > 0
        drawn = np.array([*marked, *laid], np.float32).reshape(-1, 4)
        every = np.concatenate([drawn, boxes])
        if len(every):
            crops = [cut(recipe.rescoring, one.image, box) for box in one.fit.to_input(every)]
            features = encode(np.stack(crops))
            false = pairs.counts & ~pairs.hit & ~near
            of_marked, of_laid, of_boxes = np.split(features, (len(marked), len(drawn)))
            yield Looked(one, boxes, scores, pairs.hit, false, of_marked, of_boxes, of_laid)
        if progress is not None:
            progress(done)


def _upper(box: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What a detector may take alone: the bush of a planter, the mouth of a bin."""
    left, top, right, bottom = box
    return np.array([left, top, right, top + 0.6 * (bottom - top)], np.float32)


def gather(looked: Iterable[Looked]) -> Crops:
    """What there is to learn from pictures.

    Raises:
        DataInvalid: they give nothing of one sort.
    """
    features: list[Floats] = []
    truth: list[str] = []
    for one in looked:
        features += [one.marked, one.features[one.hit], one.features[one.false], one.others]
        truth += [THING] * (len(one.marked) + int(one.hit.sum()))
        truth += [NOTHING] * (int(one.false.sum()) + len(one.others))
    for sort in (THING, NOTHING):
        if sort not in truth:
            raise DataInvalid(f"in training pictures: nothing there that is {sort} to learn from")
    return Crops(
        np.concatenate(features), truth, [THING] * len(truth), np.ones(len(truth), dtype=np.bool_)
    )


def _candidates(how: Rescoring, model: Model, seen: Seen) -> tuple[Boxes, npt.NDArray[np.float32]]:
    """A detector's candidates on a picture, best first: corner boxes in its pixels, and scores."""
    (found,) = model.detect_fitted([(seen.image, seen.fit)], [how.candidates_from])
    boxes = np.asarray(found.xyxy, dtype=np.float32).reshape(-1, 4)[: how.most]
    return boxes, np.asarray(found.confidence, dtype=np.float32)[: how.most]


def cut(how: Rescoring, image: Image, box: npt.NDArray[np.float32]) -> Image:
    """A crop as the second stage is shown it, uint8, (side, side, 3), BGR.

    Args:
        how: from the card.
        image: as the detector sees it, at its input's size.
        box: corners in its pixels.
    """
    left, top, right, bottom = (float(value) for value in box)
    return square(image, (left, top, right, bottom), how.context, how.smallest, how.side)
