"""From a recipe to a verifier's folder: trains the head, writes the ONNX and the card."""

import hashlib
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from detector.verifier import VerifierCard, load_verifier_card
from tuning.encoder import MEAN, SCALE, depths, encoder, encoding
from tuning.export import OPSET, change_card
from tuning.verifier import Crops, Examined, gather
from tuning.verifier_head import Head, choose_keep, fit, folded, measure, shares
from tuning.verifier_recipe import VerifierRecipe

_LARGE = 1024
"""Weights of so many numbers or more are kept in half precision."""


def train(
    recipe: VerifierRecipe,
    folder: Path,
    threads: int = 2,
    progress: Callable[[str, int], None] | None = None,
) -> dict[str, Any]:
    """Train a verifier, and write its weights and figures.

    Args:
        recipe: how.
        folder: where the card lies; its weights, hash, `keep`, training and metrics are written.
        threads: PyTorch's and the detectors' on a CPU.
        progress: called with what is done, and the number of pictures done.

    Returns:
        The figures, as they are on the card.

    Raises:
        DataInvalid: a folder is missing, empty or malformed.
        DetectorError: the card is wrong, or a detector cannot be used.
        YamlFileError: a detector's recipe cannot be read.
    """
    torch.set_num_threads(threads)
    card, encode = load_verifier_card(folder), encoding()

    def gathered(what: str, *, held_back: bool) -> Examined:
        told = None if progress is None else partial(progress, what)
        return gather(recipe, card, encode, held_back=held_back, threads=threads, progress=told)

    learnt = gathered("learning", held_back=False)
    held = gathered("measuring", held_back=True)
    head, keep, figures = learn(recipe, card, learnt, held)
    weights = folder / card.weights
    write(Whole(head).eval(), card.input.width, "shares", weights)
    change_card(
        folder,
        {
            "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
            "keep": keep,
            "training": {
                **card.training,
                "crops": {name: learnt.truth.count(name) for name in card.classes},
            },
            "metrics": figures,
        },
    )
    return figures


def learn(
    recipe: VerifierRecipe, card: VerifierCard, learnt: Examined, held: Examined
) -> tuple[Head, dict[str, float], dict[str, Any]]:
    """Fit the head, choose what passes, and measure it.

    Args:
        recipe: how.
        card: names the classes.
        learnt: what is learnt from, and chosen on by folds.
        held: what is measured on.

    Returns:
        The head; by class the least share that passes; figures, of photographs and of what was
        made.
    """

    def fitted(crops: Crops) -> Head:
        return fit(crops, card.classes, recipe.strength)

    def judged(crops: Examined) -> npt.NDArray[np.bool_]:
        rows: npt.NDArray[np.bool_] = crops.scores >= recipe.measured_from
        return rows

    rows = judged(learnt)
    unseen = folded(learnt, fitted, card.classes, recipe.folds)[rows]
    keep = choose_keep(learnt.part(rows), unseen, card, recipe.kept, recipe.judges)
    card = card.model_copy(update={"keep": keep})
    head, held = fitted(learnt), held.part(judged(held))
    figures = {
        name: measure(part, shares(part, head), card)
        for name, part in (
            ("all", held), ("photographs", held.part(held.real)), ("made", held.part(~held.real)),
        )
    }  # fmt: skip
    return head, keep, {"held_back": figures}


class Whole(nn.Module):  # type: ignore[misc]
    """Pixels, RGB in 0..1, (N, 3, side, side), to shares, (N, classes)."""

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.encoder = encoder()
        self.head = nn.Linear(head[0].shape[1], head[0].shape[0])
        self.head.weight.data = torch.from_numpy(head[0])
        self.head.bias.data = torch.from_numpy(head[1])

    def forward(self, x: Any) -> Any:
        """See the class."""
        return torch.softmax(self.head(depths(self.encoder, (x * 255 - MEAN) / SCALE)), dim=1)


def write(whole: Any, side: int, output: str, target: Path) -> None:
    """Write a network on square crops as ONNX, its large weights in half precision.

    Args:
        whole: takes (N, 3, side, side), RGB in 0..1.
        side: pixels.
        output: the name of what it gives.
        target: the file.
    """
    with tempfile.TemporaryDirectory() as folder, torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns that sizes become constants: wanted
        raw = Path(folder) / "raw.onnx"
        torch.onnx.export(
            whole,
            (torch.zeros(1, 3, side, side),),
            str(raw),
            opset_version=OPSET,
            input_names=["images"],
            output_names=[output],
            dynamic_axes={"images": {0: "batch"}, output: {0: "batch"}},
            dynamo=False,
        )
        # Not slimmed: onnxslim 0.1.98 merges uneven padding into the convolutions wrongly.
        model = onnx.load(raw)
    _halve(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def _halve(graph: Any) -> None:
    """Keep large weights in half precision: half the file; engines widen them at the start."""
    casts = []
    for number, weight in enumerate(list(graph.initializer)):
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < _LARGE:
            continue
        half = f"{weight.name}.half"
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), half))
        casts.append(
            helper.make_node(
                "Cast", [half], [weight.name], name=f"widen_{number}", to=TensorProto.FLOAT
            )
        )
        graph.initializer.remove(weight)
    for cast in reversed(casts):
        graph.node.insert(0, cast)
