"""What each class looks like: `models/NAME/classes.webp`, from renderings alone.

    python -m tuning.class_pictures models

The pictures that the models learnt from may show people, or have no licence to be shown; cut-outs
and the demo's street are this project's own.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from detector.image import Image
from tuning.composites import read_sprites
from tuning.cover_scenes import broken, covers_of
from tuning.entries import SHIPPED_SPRITES
from tuning.pasting import Bgra, paste, resized
from tuning.tiles import Picture

TILE = 150
"""Side of one picture, pixels."""
ACROSS = 6
CAPTION = 24
"""Pixels above each row for its class's name."""
GROUND = (128, 130, 132)
"""BGR of the asphalt that cut-outs stand on."""
STREET = Path(__file__).parents[1] / "configs" / "demo" / "street.mp4"
MANHOLE = (592, 485, 676, 539)
"""Where the demo's manhole lies, pixels."""

Rows = Sequence[tuple[str, Sequence[Image]]]


def sheet(rows: Rows) -> Image:
    """A row of pictures a class, its name above it."""
    canvas = np.full((len(rows) * (TILE + CAPTION), ACROSS * TILE, 3), 255, dtype=np.uint8)
    for number, (name, pictures) in enumerate(rows):
        top = number * (TILE + CAPTION)
        where = (6, top + CAPTION - 7)
        cv2.putText(canvas, name, where, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
        for column, picture in enumerate(pictures[:ACROSS]):
            left = column * TILE
            canvas[top + CAPTION : top + CAPTION + TILE, left : left + TILE] = picture
    return canvas


def on_ground(cutout: Bgra) -> Image:
    """A cut-out on plain asphalt, as large as the tile allows."""
    height, width = cutout.shape[:2]
    scale = min((TILE - 12) / max(height, width), 1.5)
    small = resized(cutout, round(width * scale), round(height * scale))
    tile = np.full((TILE, TILE, 3), GROUND, dtype=np.uint8)
    paste(tile, small, (TILE - small.shape[1]) // 2, TILE - 6 - small.shape[0])
    return tile


def cutouts(listing: str, key: str, values: Sequence[str]) -> list[Image]:
    """The first cut-outs of each kind, by their listing beside them."""
    entries = json.loads((SHIPPED_SPRITES / listing).read_text(encoding="utf-8"))
    sorts = [[e for e in entries if e[key] == value] for value in values]
    mixed = [sort[i] for i in range(ACROSS) for sort in sorts if i < len(sort)][:ACROSS]
    seeds = [int(Path(entry["file"]).stem.rsplit("-", 1)[1]) for entry in mixed]
    return [on_ground(sprite.image) for sprite in read_sprites(SHIPPED_SPRITES, seeds)]


def manhole(second: float) -> Picture:
    """The demo's manhole at a moment, sound as far as this says, twice as large as in the clip."""
    clip = cv2.VideoCapture(str(STREET))
    clip.set(cv2.CAP_PROP_POS_MSEC, second * 1000)
    _, frame = clip.read()
    clip.release()
    twice = np.asarray(cv2.resize(frame, None, fx=2, fy=2), dtype=np.uint8)
    return Picture("manhole", twice, np.array([MANHOLE]) * 2.0, np.zeros((0, 4)))


def around(picture: Picture) -> Image:
    """A tile with the manhole in its middle."""
    x, y = ((picture.boxes[0, :2] + picture.boxes[0, 2:]) / 2).astype(int)
    part = picture.image[y - 120 : y + 120, x - 120 : x + 120]
    return np.asarray(cv2.resize(part, (TILE, TILE), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def broken_manhole(picture: Picture, seed: int) -> Picture:
    """The sound cover broken by drawing, as for training."""
    (lid,) = covers_of(picture)
    hurt = broken(lid, np.random.default_rng(seed))
    x, y = (picture.boxes[0, :2] - lid.box[:2]).round().astype(int)
    image = picture.image.copy()
    image[y : y + hurt.image.shape[0], x : x + hurt.image.shape[1]] = hurt.image
    return replace(picture, image=image)


def main() -> None:
    """Writes one sheet a model."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("models", type=Path, help="the folder with the models' folders")
    folder = parser.parse_args().models
    parked = cutouts("vending.json", "kind", ["cafe", "two-wheels", "shelter", "cars"])
    sound = manhole(5)
    standing = cutouts("sprites.json", "kind", ["planter", "bin", "cover", "bollard"])
    sheets: dict[str, Rows] = {
        "litter": [
            ("litter", cutouts("sprites.json", "kind", ["bag", "heap", "torn", "carton"])),
            ("no litter", standing),
        ],
        "vending": [
            (name, cutouts("vending.json", "label", [name])) for name in ("stall", "vendor_vehicle")
        ]
        + [("neither", parked)],
        "manhole": [
            ("cover_good", [around(sound)]),
            ("cover_damaged", [around(broken_manhole(sound, seed)) for seed in range(ACROSS)]),
            ("cover_missing", [around(manhole(60))]),
        ],
    }
    for name, rows in sheets.items():
        target = folder / name / "classes.webp"
        cv2.imwrite(str(target), sheet(rows), [cv2.IMWRITE_WEBP_QUALITY, 85])
        print(target)


if __name__ == "__main__":
    main()
