"""Trains a detector's second stage and writes it beside the detector's weights.

A logistic regression on what an ImageNet encoder sees at several depths: four hundred things are
too few to teach the encoder itself much.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from detector.card import load_card
from detector.model import Model, load_model
from detector.verifier import NOTHING
from tuning.encoder import MEAN, SCALE, depths, encoder, encoding
from tuning.export import change_card
from tuning.judged import JudgedPicture
from tuning.recipe import load_recipe
from tuning.rescoring import THING, Looked, RescoringRecipe, gather, look, pictures
from tuning.rescoring_folds import cross_validated
from tuning.verifier import Crops, Floats
from tuning.verifier_export import write
from tuning.verifier_head import fit


class Stage(nn.Module):  # type: ignore[misc]
    """Pixels, RGB in 0..1, (N, 3, side, side), to log-odds of being a thing, (N, 1)."""

    def __init__(self, weights: Floats, offset: float) -> None:
        super().__init__()
        self.encoder, self.head = encoder(), nn.Linear(len(weights), 1)
        self.head.weight.data = torch.from_numpy(weights)[None]
        self.head.bias.data = torch.tensor([offset])

    def forward(self, x: Any) -> Any:
        """See the class."""
        return self.head(depths(self.encoder, (x * 255 - MEAN) / SCALE))


def train(
    recipe: RescoringRecipe,
    folder: Path,
    threads: int = 2,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Train a second stage, and write its weights and how they are used onto the card.

    Args:
        recipe: how.
        folder: the detector's.
        threads: PyTorch's and the detector's on a CPU.
        progress: called after each picture with the number done.

    Returns:
        The ONNX file.

    Raises:
        DataInvalid: the data cannot be learnt from.
        DetectorError: the detector cannot be used.
        YamlFileError: the detector's recipe cannot be read.
    """
    crops = gather(_look(recipe, bare(folder, recipe.nms_iou, threads), threads, progress))
    target = folder / recipe.rescoring.weights
    write(learn(crops, recipe.strength), recipe.rescoring.side, "odds", target)
    how = recipe.rescoring.model_copy(
        update={"sha256": hashlib.sha256(target.read_bytes()).hexdigest()}
    )
    counts = {sort: crops.truth.count(sort) for sort in (THING, NOTHING)}
    known = load_card(folder).training
    card: dict[str, Any] = {
        "rescoring": how.model_dump(mode="json"),
        "nms_iou": recipe.nms_iou,
        "nms_inside": recipe.nms_inside,
        "training": {**known, "rescoring": {**known.get("rescoring", {}), "crops": counts}},
    }
    change_card(folder, card)
    return target


def validate(
    recipe: RescoringRecipe,
    folder: Path,
    folds: int,
    threads: int = 2,
    progress: Callable[[int], None] | None = None,
) -> list[JudgedPicture]:
    """Judge each training street by a head that has not seen its place; nothing is written.

    Args:
        recipe: how.
        folder: the detector's.
        folds: see `tuning.rescoring_folds.cross_validated`.
        threads: as in `train`, as is `progress`, and what is raised.
        progress: likewise.
    """
    model = bare(folder, recipe.nms_iou, threads)
    looked = list(_look(recipe, model, threads, progress))
    return cross_validated(recipe, model.card, looked, lambda c: head(c, recipe.strength), folds)


def _look(
    recipe: RescoringRecipe,
    model: Model,
    threads: int,
    progress: Callable[[int], None] | None,
) -> Iterator[Looked]:
    torch.set_num_threads(threads)
    seen = pictures(recipe, load_recipe(recipe.recipe), model.card.input)
    return look(recipe, model, encoding(), seen, progress)


def bare(folder: Path, nms_iou: float, threads: int | None = None) -> Model:
    """A detector as its network scores: without rescoring and calibration."""
    own: dict[str, Any] = {"rescoring": None, "calibration": {}, "nms_iou": nms_iou}
    own["nms_inside"] = 1.0
    card = load_card(folder).model_copy(update=own)
    # What is a candidate at all needs no more than half precision, at half the time.
    model = load_model(folder, threads=threads, precision="bf16")
    return replace(model, card=card, classifier=None)


def learn(crops: Crops, strength: float) -> Stage:
    """Fit the head, and put it onto the encoder."""
    stage = Stage(*head(crops, strength))
    stage.eval()
    return stage


def head(crops: Crops, strength: float) -> tuple[Floats, float]:
    """Fit the head: of two classes' rows only the difference matters."""
    weights, offsets = fit(crops, (NOTHING, THING), strength)
    return weights[1] - weights[0], float(offsets[1] - offsets[0])
