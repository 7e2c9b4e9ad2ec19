"""A model on real pictures as by night and by infrared: `python -m bench.apart`.

No real picture by night is at hand. Those of val are darkened as training darkens its own
(`tuning.among`), and what is found then is a hint, not a measurement of nights.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detector.card import find_model, load_card
from tuning.among import LIGHTS
from tuning.evaluate import evaluate
from tuning.examples import read_examples, read_picture
from tuning.export import change_card


def in_light(data: Path, split: str, classes: int, light: str, out: Path) -> Path:
    """A folder's pictures in less light, in YOLO format, with the same boxes."""
    images = out / "images" / split
    images.mkdir(parents=True)
    for number, example in enumerate(read_examples(data, split, classes)):
        image = LIGHTS[light](read_picture(example.picture), np.random.default_rng(number))
        cv2.imwrite(str(images / f"{example.picture.stem}.png"), image)
    for kind in ("labels", "ignore"):
        if (data / kind / split).is_dir():
            shutil.copytree(data / kind / split, out / kind / split)
    return out


def figures(folder: Path, data: Path, split: str) -> dict[str, Any]:
    """What of an evaluation is told of a light."""
    whole = evaluate(folder, data, split)[0].as_dict()
    return {
        "pictures": whole["pictures"],
        "boxes": whole["boxes"],
        "ap_centre": whole["ap_centre"],
        "interval_centre": whole["intervals"]["ap_centre"],
        "ap_centre_by_size": {name: one["ap_centre"] for name, one in whole["by_size"].items()},
        "found_any_class": whole["found_any_class"],
        "false_on_empty": whole["false_on_empty"],
    }


def main() -> None:
    """Prints the figures as JSON, and writes them onto the card if wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="a model's folder, or a shipped model's name")
    parser.add_argument("data", type=Path, help="a folder in YOLO format")
    parser.add_argument("--split", default="val")
    parser.add_argument("--light", nargs="+", default=["night", "infrared"], choices=LIGHTS)
    parser.add_argument("--record", action="store_true", help="onto the model's card, too")
    given = parser.parse_args()
    folder = find_model(given.model)
    classes = len(load_card(folder).classes)
    told = {}
    for light in given.light:
        with tempfile.TemporaryDirectory() as out:
            dim = in_light(given.data, given.split, classes, light, Path(out) / light)
            told[light] = figures(folder, dim, given.split)
    print(json.dumps(told, indent=1))
    if given.record:
        change_card(folder, {"apart": told})


if __name__ == "__main__":
    main()
