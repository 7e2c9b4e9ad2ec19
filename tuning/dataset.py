"""The tile set that the litter model is trained on, cut from whole street pictures.

Street pictures are 1280 pixels wide and a third of the litter in them is 10-14 pixels high, so
they are never shrunk: training sees 640x640 tiles at native scale, the camera's picture is read
whole at run time. A folder in YOLO format goes in (`images/`, `labels/`, `ignore/`, each with
`train/` and `val/`), a working folder with tiles, labels, `data.yaml` and `tiles.json` comes out,
the same every time for the same recipe.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import yaml

from tuning.composites import compose, read_covers, read_sprites, sheet
from tuning.examples import DataInvalid, Example, read_examples, read_picture
from tuning.tiles import Picture, Tile, cut, place_without, places_with, read

STREET = "sm_"
BAGS = "wb_"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How many tiles of which sort.

    Attributes:
        seed: of everything that is drawn.
        tile: side of a tile, pixels.
        around: share of street pictures with litter that also give a tile without.
        empty: share of street pictures without litter that give a tile.
        bags: pictures of bags taken as they are.
        sheets: sheets of four bag pictures at half size, since bags on a street are smaller than
            those in front of a lens.
        visible: share of a box that must be inside a tile for it to count; less is greyed out.
        clean: tiles from a folder of other pictures without litter.
        composites: clean tiles onto which cut-outs are put.
        sprite_seeds: the seeds that rendered these cut-outs; never a demo's.
        bystander_seeds: likewise, of what stands in streets by right and is no litter.
    """

    seed: int = 11
    tile: int = 640
    around: float = 0.25
    empty: float = 0.5
    bags: int = 40
    sheets: int = 20
    visible: float = 0.5
    clean: int = 0
    composites: int = 0
    sprite_seeds: tuple[int, ...] = ()
    bystander_seeds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """Where pictures come from.

    Attributes:
        data: a folder in YOLO format: `images/`, `labels/`, `ignore/`, each with `train` and `val`.
        clean: a folder of 1280x720 pictures without litter, or None.
        sprites: a folder of cut-outs (see `tuning.composites.read_sprites`), or None.
        covers: a YOLO folder of manhole covers, with `train`, or None.
    """

    data: Path
    clean: Path | None = None
    sprites: Path | None = None
    covers: Path | None = None


def street_tiles(data: Path, split: str, recipe: Recipe) -> Iterator[Tile]:
    """Cuts a split's street pictures: tiles with litter, around it, and from clean streets."""
    rng = np.random.default_rng(recipe.seed)
    for example in _examples(data, split, STREET):
        picture = read(example)
        size = (picture.image.shape[1], picture.image.shape[0])
        places = places_with(picture.boxes, size, recipe.tile, rng)
        if rng.random() < (recipe.around if places else recipe.empty):
            free = place_without(picture.boxes, size, recipe.tile, rng)
            places += [free] if free else []
        for x, y in places:
            yield cut(picture, x, y, recipe.tile, recipe.visible)


def bag_tiles(data: Path, split: str, recipe: Recipe) -> Iterator[Tile]:
    """Takes pictures of bags, some as they are and some as sheets of four at half size."""
    rng = np.random.default_rng(recipe.seed)
    examples = _examples(data, split, BAGS)
    chosen = rng.permutation(len(examples))[: recipe.bags + 4 * recipe.sheets]
    for index in chosen[: recipe.bags]:
        picture = read(examples[index])
        yield cut(picture, 0, 0, recipe.tile, recipe.visible)
    rest = chosen[recipe.bags :]
    for number in range(len(rest) // 4):
        pictures = [read(examples[i]) for i in rest[4 * number : 4 * number + 4]]
        yield sheet(pictures, f"sheet_{pictures[0].name}", recipe.tile)


def clean_tiles(folder: Path, recipe: Recipe) -> Iterator[Tile]:
    """Cuts tiles, as many as the recipe says, from pictures that hold no litter."""
    rng = np.random.default_rng(recipe.seed)
    paths = sorted(p for p in folder.iterdir() if p.is_file())
    if not paths:
        raise DataInvalid(f"{folder}: no picture in it")
    for number in range(recipe.clean):
        path = paths[number % len(paths)]
        image = read_picture(path)
        picture = Picture(f"clean{number}_{path.stem}", image, np.zeros((0, 4)), np.zeros((0, 4)))
        height, width = image.shape[:2]
        x, y = (int(rng.integers(0, max(s - recipe.tile, 0) + 1)) for s in (width, height))
        yield cut(picture, x, y, recipe.tile, recipe.visible)


def composite_tiles(
    grounds: Sequence[Sequence[Tile]], sprites: Path, covers: Path | None, recipe: Recipe
) -> Iterator[Tile]:
    """Puts cut-outs onto clean tiles of each sort, among covers and bystanders."""
    rng = np.random.default_rng(recipe.seed)
    cutouts = read_sprites(sprites, recipe.sprite_seeds)
    lids = read_covers(covers, "train") if covers else []
    others = read_sprites(sprites, recipe.bystander_seeds)
    for number in range(recipe.composites):
        sort = grounds[number % len(grounds)]
        ground = sort[int(rng.integers(len(sort)))]
        name = f"composite{number}_{ground.name}"
        yield compose(ground, cutouts, name, rng, lids, others)


def train_tiles(sources: Sources, recipe: Recipe) -> Iterator[Tile]:
    """All that is trained on, sort after sort."""
    street = []
    for tile in street_tiles(sources.data, "train", recipe):
        street += [] if len(tile.boxes) else [tile]
        yield tile
    yield from bag_tiles(sources.data, "train", recipe)
    clean = list(clean_tiles(sources.clean, recipe)) if sources.clean else []
    yield from clean
    grounds = [sort for sort in (street, clean) if sort]
    if sources.sprites and grounds:
        yield from composite_tiles(grounds, sources.sprites, sources.covers, recipe)


def build(sources: Sources, out: Path, recipe: Recipe) -> Path:
    """Builds the tile set; val tiles come from the val split alone, and only from streets.

    Args:
        sources: where pictures come from.
        out: an empty or missing folder.
        recipe: what to draw.

    Returns:
        `out/data.yaml`, for ultralytics.

    Raises:
        DataInvalid: there are no street pictures in it, `out` is in use, or a file is broken.
    """
    if out.exists() and any(out.iterdir()):
        raise DataInvalid(f"{out}: not empty; choose another folder or remove it")
    tiles = {
        "train": train_tiles(sources, recipe),
        "val": street_tiles(sources.data, "val", recipe),
    }
    index = {split: [_write(out, split, tile) for tile in tiles[split]] for split in tiles}
    for split, names in index.items():
        if not any(name.startswith(STREET) for name in names):
            raise DataInvalid(f"{sources.data / 'images' / split}: no `{STREET}*` picture in it")
    (out / "tiles.json").write_text(json.dumps({"recipe": asdict(recipe), **index}, indent=1))
    description = out / "data.yaml"
    layout = {"path": str(out.resolve()), "train": "images/train", "val": "images/val"}
    description.write_text(yaml.safe_dump({**layout, "names": {0: "litter"}}))
    return description


def _examples(data: Path, split: str, prefix: str) -> list[Example]:
    return [e for e in read_examples(data, split, 1) if e.picture.name.startswith(prefix)]


def _write(out: Path, split: str, tile: Tile) -> str:
    for kind in ("images", "labels"):
        (out / kind / split).mkdir(parents=True, exist_ok=True)
    image = out / "images" / split / f"{tile.name}.jpg"
    cv2.imwrite(str(image), tile.image, [cv2.IMWRITE_JPEG_QUALITY, 95])
    height, width = tile.image.shape[:2]
    shares = tile.boxes / (width, height, width, height)
    rows = [(*(b[:2] + b[2:]) / 2, *(b[2:] - b[:2])) for b in shares]
    lines = ["0 " + " ".join(f"{n:.6f}" for n in row) for row in rows]
    (out / "labels" / split / f"{tile.name}.txt").write_text("".join(f"{x}\n" for x in lines))
    return tile.name
