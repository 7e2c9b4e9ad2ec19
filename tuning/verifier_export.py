"""From a recipe to a verifier's folder: trains the head, writes the ONNX and the card."""

import hashlib
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from detector.verifier import NOTHING, load_verifier_card
from tuning.encoder import MEAN, SCALE, SIDE, encoder
from tuning.export import OPSET, change_card
from tuning.verifier import Floats, VerifierRecipe, choose_keep, fit, gather, measure, shares

BATCH = 32
"""Crops that are encoded at once."""
_LARGE = 1024
"""Weights of so many numbers or more are kept in half precision."""


def train(
    recipe: VerifierRecipe,
    folder: Path,
    measured: VerifierRecipe | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Any]:
    """Train a verifier, and write its weights and figures.

    Args:
        recipe: how.
        folder: where the card lies; its weights, hash, `keep`, training and metrics are written.
        measured: names other pictures, kept for the last word, to measure on as well.
        progress: called with what is done, and the number of pictures done and of all.

    Returns:
        The figures, as they are on the card.

    Raises:
        DataInvalid: a folder is missing, empty or malformed.
        DetectorError: the card is wrong, or a detector cannot be used.
    """
    card = load_verifier_card(folder)
    network = encoder()

    def encode(batch: Floats) -> Floats:
        with torch.no_grad():
            parts = [
                network((torch.from_numpy(batch[start : start + BATCH]) * 255 - MEAN) / SCALE)
                for start in range(0, len(batch), BATCH)
            ]
        return np.concatenate([part.numpy() for part in parts])

    def told(what: str) -> Callable[[int, int], None] | None:
        return None if progress is None else lambda done, of: progress(what, done, of)

    learnt = gather(recipe, card, encode, held_back=False, progress=told("learning"))
    head = fit(learnt, card.classes, recipe.strength)
    held = gather(recipe, card, encode, held_back=True, progress=told("choosing"))
    given = shares(held, head)
    keep = choose_keep(held, given, card.classes, recipe.kept)
    card = card.model_copy(update={"keep": keep, "never_vetoed": recipe.never_vetoed})
    figures: dict[str, Any] = {"held_back": measure(held, given, card)}
    if measured is not None:
        last = gather(measured, card, encode, held_back=None, progress=told("measuring"))
        figures["last_word"] = measure(last, shares(last, head), card)
    weights = folder / card.weights
    write(Whole(network, head).eval(), SIDE, "shares", weights)
    counts = {name: learnt.truth.count(name) for name in (*card.classes, NOTHING)}
    change_card(
        folder,
        {
            "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
            "keep": keep,
            "never_vetoed": list(recipe.never_vetoed),
            "training": {"crops": counts, "recipe": recipe.model_dump(mode="json")},
            "metrics": figures,
        },
    )
    return figures


class Whole(nn.Module):  # type: ignore[misc]
    """Pixels in 0..1 to shares."""

    def __init__(self, network: Any, head: tuple[Floats, Floats]) -> None:
        super().__init__()
        self.network = network
        self.head = nn.Linear(head[0].shape[1], head[0].shape[0])
        self.head.weight.data = torch.from_numpy(head[0])
        self.head.bias.data = torch.from_numpy(head[1])

    def forward(self, x: Any) -> Any:
        """See the class."""
        return torch.softmax(self.head(self.network((x * 255 - MEAN) / SCALE)), dim=1)


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
