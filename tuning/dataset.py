"""What a stage of a recipe trains on: pictures drawn and put together from a seed.

The same recipe gives the same pictures, byte for byte, on the same machine.
"""

import json
from pathlib import Path

import cv2
import numpy as np
import yaml

from tuning.entries import Entry, Pictures
from tuning.examples import DataInvalid
from tuning.makers import MAKERS
from tuning.mixing import Mixing
from tuning.recipe import Recipe, Stage
from tuning.tiles import Tile


def build(recipe: Recipe, stage: Stage, out: Path) -> Path:
    """Makes a stage's pictures.

    Args:
        recipe: see `tuning.recipe`.
        stage: one of its stages.
        out: an empty or missing folder.

    Returns:
        `out/data.yaml`, for ultralytics. `out/mix.json` tells what was made of each entry.

    Raises:
        DataInvalid: a folder holds nothing of what the recipe wants, `out` is in use, or a file is
            broken.
    """
    if out.exists() and any(out.iterdir()):
        raise DataInvalid(f"{out}: not empty; choose another folder or remove it")
    seed = recipe.seed if stage.seed is None else stage.seed
    mixing = Mixing(recipe, np.random.default_rng(seed))
    listed: list[str] = []
    record: list[dict[str, object]] = []
    for place, entry in enumerate(stage.mix):
        names = [
            _write(out, f"{place}_{tile.name}", tile)
            for make in MAKERS[type(entry)]
            for tile in make(entry, mixing)
        ]
        record.append({"entry": entry.model_dump(mode="json"), "pictures": names})
        listed += [f"./images/train/{name}.jpg" for name in names] * _times(entry)
    (out / "train.txt").write_text("".join(f"{line}\n" for line in listed), encoding="utf-8")
    (out / "mix.json").write_text(json.dumps({"seed": seed, "mix": record}, indent=1))
    description = out / "data.yaml"
    names_of = dict(enumerate(recipe.classes))
    # ultralytics validates after the last epoch, come what may: one picture costs nothing.
    (out / "val.txt").write_text(f"{listed[0]}\n", encoding="utf-8")
    layout = {"path": str(out.resolve()), "train": "train.txt", "val": "val.txt"}
    description.write_text(yaml.safe_dump({**layout, "names": names_of}, allow_unicode=True))
    return description


def _times(entry: Entry) -> int:
    return entry.repeat if isinstance(entry, Pictures) else 1


def _write(out: Path, name: str, tile: Tile) -> str:
    for kind in ("images", "labels"):
        (out / kind / "train").mkdir(parents=True, exist_ok=True)
    target = out / "images" / "train" / f"{name}.jpg"
    if not cv2.imwrite(str(target), tile.image, [cv2.IMWRITE_JPEG_QUALITY, 95]):
        raise DataInvalid(f"{target}: cannot be written; is the disk full?")
    height, width = tile.image.shape[:2]
    shares = tile.boxes / (width, height, width, height)
    rows = [(*(b[:2] + b[2:]) / 2, *(b[2:] - b[:2])) for b in shares]
    lines = [
        f"{kind} " + " ".join(f"{n:.6f}" for n in row)
        for kind, row in zip(tile.classes, rows, strict=True)
    ]
    (out / "labels" / "train" / f"{name}.txt").write_text("".join(f"{x}\n" for x in lines))
    return name
