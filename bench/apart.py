"""A model's figures apart: real and rendered pictures, by day and in less light.

`python -m bench.apart models/litter ../shared/data --record` makes rendered pictures of a seed that
no recipe has, darkens these and the real ones of val as training darkens its own (`tuning.among`),
and measures the model on each. No real picture by night is at hand: what a darkened one shows is a
hint, and rendered ones are of the cut-outs that were trained on, in places that were not.
"""

import argparse
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detector.card import find_model, load_card
from tuning.among import LIGHTS
from tuning.dataset import build
from tuning.evaluate import evaluate
from tuning.examples import read_examples, read_picture
from tuning.export import change_card
from tuning.recipe import Recipe, load_recipe

SEED = 90210
"""Of the rendered pictures; no recipe's."""
_STREETS = {"kind": "clean", "folder": "vending/images/rendered", "count": 40}
MADE: Mapping[str, list[dict[str, Any]]] = {
    "litter": [
        {**_STREETS, "zoom": 1.5},
        {
            "kind": "rubbish",
            "count": 80,
            "seeds": [1000, 1023],
            "bystanders": [1024, 1047],
            "covers": "manhole",
            "high": [25, 180],
        },
    ],
    "vending": [
        _STREETS,
        {
            "kind": "vending",
            "count": 120,
            "plates": "litter/images/val",
            "plates_only": "sm_",
            "night": 0.0,
        },
    ],
}
"""By model: what its rendered pictures are made of, as a recipe's mix."""


def rendered(recipe: Recipe, name: str, out: Path) -> Path:
    """Pictures that are put together as for training, from another seed, in YOLO format."""
    stage = {"epochs": 1, "seed": SEED, "mix": MADE[name]}
    given = {**recipe.model_dump(by_alias=True), "stages": [stage]}
    made = Recipe.model_validate(given)
    build(made, made.stages[0], out)
    return out


def in_light(data: Path, split: str, classes: int, light: str, out: Path) -> Path:
    """A folder's pictures in less light, in YOLO format, with the same boxes."""
    for number, example in enumerate(read_examples(data, split, classes)):
        image = LIGHTS[light](read_picture(example.picture), np.random.default_rng(number))
        (out / "images" / split).mkdir(parents=True, exist_ok=True)
        target = out / "images" / split / f"{example.picture.stem}.png"
        cv2.imwrite(str(target), image)
    for kind in ("labels", "ignore"):
        if (data / kind / split).is_dir():
            shutil.copytree(data / kind / split, out / kind / split)
    return out


def figures(folder: Path, data: Path, split: str) -> dict[str, Any]:
    """What of an evaluation is told apart."""
    whole = evaluate(folder, data, split)[0].as_dict()
    size = {name: one["ap_centre"] for name, one in whole["by_size"].items()}
    return {
        "pictures": whole["pictures"],
        "boxes": whole["boxes"],
        "ap_centre": whole["ap_centre"],
        "interval_centre": whole["intervals"]["ap_centre"],
        "ap_centre_by_size": size,
        "found_any_class": whole["found_any_class"],
        "false_on_empty": whole["false_on_empty"],
    }


def main() -> None:
    """Prints the figures as JSON, and writes them onto the card if wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="a model's folder, or a shipped model's name")
    parser.add_argument("data", type=Path, help="the folder that holds litter, manhole, vending")
    parser.add_argument("--light", nargs="+", default=["night", "infrared"], choices=LIGHTS)
    parser.add_argument("--out", type=Path, default=Path("runs/apart"))
    parser.add_argument("--record", action="store_true", help="onto the model's card, too")
    given = parser.parse_args()
    folder = find_model(given.model)
    card = load_card(folder)
    out = given.out / card.name
    shutil.rmtree(out, ignore_errors=True)
    made = rendered(load_recipe(folder / "recipe.yaml"), card.name, out / "rendered-day")
    parts = {"rendered-day": (made, "train")}
    for light in given.light:
        for sort, (data, split) in {
            "real": (given.data / card.name, "val"),
            "rendered": (made, "train"),
        }.items():
            dim = in_light(data, split, len(card.classes), light, out / f"{sort}-{light}")
            parts[f"{sort}-{light}"] = (dim, split)
    told = {name: figures(folder, *part) for name, part in parts.items()}
    print(json.dumps(told, indent=1))
    if given.record:
        change_card(folder, {"apart": told})


if __name__ == "__main__":
    main()
