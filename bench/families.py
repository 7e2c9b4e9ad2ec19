"""Families of networks on equal terms: `python -m bench.families FIRST.pt SECOND.pt`.

Each is trained on the same pictures for the same short while, as litter's recipe begins, and judged
on the streets that are held out of it, at several sizes of the input: accuracy against
milliseconds, and by how much the second is better, the same pictures drawn for both. Runs in the
training environment; trainings that were interrupted go on; what is written stays below `--out`.
"""

import argparse
import json
import shutil
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from detector.model import Model, load_model
from tuning.compare import compare
from tuning.evaluate import judge
from tuning.examples import read_examples, read_picture
from tuning.export import export
from tuning.judged import JudgedPicture
from tuning.recipe import Recipe, load_recipe
from tuning.rescoring_folds import summary
from tuning.train import train

LITTER = Path("models/litter")
SIZES = ("640x384", "960x544", "1280x736")
_TIMED = 20
"""Pictures that the time is taken on; the median of them."""


def short(epochs: int) -> Recipe:
    """Litter's first stage, with the streets held out that a place is kept together in."""
    first = load_recipe(LITTER / "recipe.yaml").stages[0]
    apart = load_recipe(LITTER / "recipe-pasted.yaml")
    stage = first.model_copy(update={"epochs": epochs})
    return apart.model_copy(update={"stages": (stage,)})


def exported(checkpoint: Path, size: str, folder: Path) -> Path:
    """A model's folder with a checkpoint at one size of the input, `WIDTHxHEIGHT`."""
    width, height = (int(side) for side in size.split("x"))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(LITTER / "card.yaml", folder / "card.yaml")
    export(checkpoint, folder, width=width, height=height)
    return folder


def milliseconds(folder: Path, recipe: Recipe, precision: Literal["f32", "bf16"]) -> float:
    """CPU a picture of one thread, median."""
    model = load_model(folder, threads=1, precision=precision)
    spent = []
    for example in read_examples(recipe.data / "litter", "train", 1)[: _TIMED + 1]:
        image = read_picture(example.picture)
        begun = time.process_time()
        model.detect([image])
        spent.append(time.process_time() - begun)
    return round(1e3 * statistics.median(spent[1:]), 1)


def judged(model: Model, recipe: Recipe) -> list[JudgedPicture]:
    """A model on the streets that the recipe holds out."""
    streets = recipe.data / "litter"
    return judge(model, streets, "train", only=lambda n: n.startswith("sm_") and recipe.is_dev(n))


def measured(
    starts: Sequence[Path], recipe: Recipe, sizes: Sequence[str], out: Path, threads: int
) -> dict[str, Any]:
    """Train, export, judge and time; by size: each family's figures, and the second's gain."""
    last = {
        start.stem: train(
            recipe.model_copy(update={"start": start.resolve()}), out / start.stem, threads=threads
        )
        for start in starts
    }
    figures: dict[str, Any] = {}
    for size in sizes:
        seen, rows = [], {}
        for name, checkpoint in last.items():
            folder = exported(checkpoint, size, out / "models" / f"{name}-{size}")
            seen.append(judged(load_model(folder, threads=threads), recipe))
            rows[name] = {
                **summary(seen[-1]),
                "ms_f32": milliseconds(folder, recipe, "f32"),
                "ms_bf16": milliseconds(folder, recipe, "bf16"),
            }
        if len(seen) > 1:
            rows["gain"] = {k: asdict(v) for k, v in compare(seen[0], seen[1], 1).items()}
        figures[size] = rows
    return figures


def main() -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("start", type=Path, nargs="+", help="weights that are trained from")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--size", nargs="+", default=SIZES)
    parser.add_argument("--out", type=Path, default=Path("runs/families"))
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    figures = measured(given.start, short(given.epochs), given.size, given.out, given.threads)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
