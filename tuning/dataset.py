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
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
"""(n, 4) x0, y0, x1, y1 in pixels."""

Image = NDArray[np.uint8]
"""(height, width, 3) BGR."""

GREY = 114
"""What covers a region that is to teach nothing; the shade that letterboxing uses, too."""

STREET = "sm_"
BAGS = "wb_"


class DataError(Exception):
    """A data folder that cannot be trained on; the message names path and fix."""


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
    """

    seed: int = 11
    tile: int = 640
    around: float = 0.35
    empty: float = 0.7
    bags: int = 50
    sheets: int = 30
    visible: float = 0.5


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with the boxes to find in it, and the regions that count neither way."""

    name: str
    image: Image
    boxes: Boxes
    ignore: Boxes


@dataclass(frozen=True, slots=True)
class Tile:
    """A training picture: `name` tells its source and its place in it."""

    name: str
    image: Image
    boxes: Boxes


def read_boxes(path: Path, width: int, height: int) -> Boxes:
    """Reads a YOLO label file as pixels.

    Args:
        path: `class cx cy w h` a line, shares of the picture; a missing file means no boxes.
        width: of the picture, pixels.
        height: of the picture, pixels.

    Returns:
        (n, 4) x0, y0, x1, y1, clipped to the picture.

    Raises:
        DataError: a line is not five numbers.
    """
    if not path.is_file():
        return np.zeros((0, 4))
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    try:
        shares = np.array([[float(n) for n in row] for row in rows]).reshape(-1, 5)[:, 1:]
    except ValueError as error:
        raise DataError(f"{path}: every line must be `class cx cy w h`: {error}") from error
    centre, half = shares[:, :2], shares[:, 2:] / 2
    boxes = np.hstack([centre - half, centre + half]) * (width, height, width, height)
    return clip(boxes, width, height)


def clip(boxes: Boxes, width: int, height: int) -> Boxes:
    """Clips boxes to a picture of that size; a box outside it keeps no area."""
    return np.clip(boxes, 0, (width, height, width, height))


def area(boxes: Boxes) -> NDArray[np.float64]:
    """(n,) square pixels."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    return np.asarray(sides.prod(axis=1), dtype=np.float64)


def grey_out(image: Image, regions: Boxes, keep: Boxes) -> Image:
    """Covers regions with grey, save where a box to keep lies; returns a new picture."""
    covered = np.zeros(image.shape[:2], dtype=bool)
    for fill, boxes in ((True, regions), (False, keep)):
        for x0, y0, x1, y1 in boxes:
            rows = slice(int(np.floor(y0)), int(np.ceil(y1)))
            covered[rows, int(np.floor(x0)) : int(np.ceil(x1))] = fill
    out = image.copy()
    out[covered] = GREY
    return out


def cut(picture: Picture, x: int, y: int, recipe: Recipe) -> Tile:
    """Cuts one tile: boxes clipped to it, ignore regions and slivers of boxes greyed out.

    Args:
        picture: where from.
        x: left edge, pixels of the picture.
        y: top edge, pixels of the picture.
        recipe: side of the tile, and how much of a box must be visible.

    Returns:
        The tile, smaller than asked for where the picture ends.
    """
    image = picture.image[y : y + recipe.tile, x : x + recipe.tile]
    height, width = image.shape[:2]
    shift = np.array([x, y, x, y])
    inside = clip(picture.boxes - shift, width, height)
    seen = area(inside)
    whole = np.maximum(area(picture.boxes), 1e-9)
    counts = seen / whole >= recipe.visible
    slivers = inside[(seen > 0) & ~counts]
    regions = np.vstack([clip(picture.ignore - shift, width, height), slivers])
    boxes = inside[counts]
    return Tile(f"{picture.name}_{x}_{y}", grey_out(image, regions, boxes), boxes)


def places_with(
    boxes: Boxes, size: tuple[int, int], tile: int, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Draws places of tiles so that every box is whole in at least one of them.

    Args:
        boxes: what must be seen.
        size: width and height of the picture, pixels.
        tile: side of a tile, pixels; a box larger than that is centred.
        rng: draws where in its tile a box lies.

    Returns:
        x, y of each tile, pixels.
    """
    places: list[tuple[int, int]] = []
    for box in boxes[rng.permutation(len(boxes))]:
        if any(_holds(place, box, tile) for place in places):
            continue
        places.append((_start(box[0], box[2], size[0], tile, rng),
                       _start(box[1], box[3], size[1], tile, rng)))  # fmt: skip
    return places


def place_without(
    boxes: Boxes, size: tuple[int, int], tile: int, rng: np.random.Generator, tries: int = 20
) -> tuple[int, int] | None:
    """Draws a place where no box reaches into the tile, or None after so many tries."""
    for _ in range(tries):
        x, y = (int(rng.integers(0, max(side - tile, 0) + 1)) for side in size)
        if not area(clip(boxes - (x, y, x, y), tile, tile)).any():
            return x, y
    return None


def sheet(pictures: Sequence[Picture], name: str, recipe: Recipe) -> Tile:
    """Puts four pictures at half a tile's size on one tile, two by two."""
    half = recipe.tile // 2
    image = np.full((recipe.tile, recipe.tile, 3), GREY, dtype=np.uint8)
    boxes = []
    for place, picture in enumerate(pictures):
        x, y = half * (place % 2), half * (place // 2)
        height, width = picture.image.shape[:2]
        greyed = grey_out(picture.image, picture.ignore, picture.boxes)
        image[y : y + half, x : x + half] = cv2.resize(
            greyed, (half, half), interpolation=cv2.INTER_AREA
        )
        scale = np.array([half / width, half / height] * 2)
        boxes.append(picture.boxes * scale + (x, y, x, y))
    return Tile(name, image, np.vstack(boxes))


def read_picture(data: Path, split: str, image: Path) -> Picture:
    """Reads a picture and what is known about it.

    Raises:
        DataError: it is no picture, or its labels cannot be read.
    """
    pixels = cv2.imread(str(image), cv2.IMREAD_COLOR)
    if pixels is None:
        raise DataError(f"{image}: not a picture that can be decoded; remove or replace it")
    height, width = pixels.shape[:2]
    text = f"{image.stem}.txt"
    return Picture(
        image.stem,
        np.asarray(pixels, dtype=np.uint8),
        read_boxes(data / "labels" / split / text, width, height),
        read_boxes(data / "ignore" / split / text, width, height),
    )


def street_tiles(data: Path, split: str, recipe: Recipe) -> Iterator[Tile]:
    """Cuts a split's street pictures: tiles with litter, around it, and from clean streets."""
    rng = np.random.default_rng(recipe.seed)
    for path in _pictures(data, split, STREET):
        picture = read_picture(data, split, path)
        size = (picture.image.shape[1], picture.image.shape[0])
        places = places_with(picture.boxes, size, recipe.tile, rng)
        if rng.random() < (recipe.around if places else recipe.empty):
            free = place_without(picture.boxes, size, recipe.tile, rng)
            places += [free] if free else []
        for x, y in places:
            yield cut(picture, x, y, recipe)


def bag_tiles(data: Path, split: str, recipe: Recipe) -> Iterator[Tile]:
    """Takes pictures of bags, some as they are and some as sheets of four at half size."""
    rng = np.random.default_rng(recipe.seed)
    paths = _pictures(data, split, BAGS)
    chosen = rng.permutation(len(paths))[: recipe.bags + 4 * recipe.sheets]
    for index in chosen[: recipe.bags]:
        yield cut(read_picture(data, split, paths[index]), 0, 0, recipe)
    rest = chosen[recipe.bags :]
    for number in range(len(rest) // 4):
        four = [paths[i] for i in rest[4 * number : 4 * number + 4]]
        pictures = [read_picture(data, split, path) for path in four]
        yield sheet(pictures, f"sheet_{pictures[0].name}", recipe)


def build(data: Path, out: Path, recipe: Recipe) -> Path:
    """Builds the tile set; val tiles come from the val split alone, and only from streets.

    Args:
        data: a folder in YOLO format with `images/train`, `labels/train`, `ignore/train` and `val`.
        out: an empty or missing folder.
        recipe: what to draw.

    Returns:
        `out/data.yaml`, for ultralytics.

    Raises:
        DataError: there are no street pictures in it, `out` is in use, or a file is broken.
    """
    if out.exists() and any(out.iterdir()):
        raise DataError(f"{out}: not empty; choose another folder or remove it")
    index: dict[str, list[str]] = {}
    for split in ("train", "val"):
        index[split] = [_write(out, split, tile) for tile in street_tiles(data, split, recipe)]
        if not index[split]:
            raise DataError(f"{data / 'images' / split}: no `{STREET}*` picture in it")
    index["train"] += [_write(out, "train", tile) for tile in bag_tiles(data, "train", recipe)]
    (out / "tiles.json").write_text(json.dumps({"recipe": asdict(recipe), **index}, indent=1))
    description = out / "data.yaml"
    layout = {"path": str(out.resolve()), "train": "images/train", "val": "images/val"}
    description.write_text(yaml.safe_dump({**layout, "names": {0: "litter"}}))
    return description


def _pictures(data: Path, split: str, prefix: str) -> list[Path]:
    return sorted((data / "images" / split).glob(f"{prefix}*"))


def _holds(place: tuple[int, int], box: NDArray[np.float64], tile: int) -> bool:
    x, y = place
    return bool(x <= box[0] and y <= box[1] and box[2] <= x + tile and box[3] <= y + tile)


def _start(low: float, high: float, side: int, tile: int, rng: np.random.Generator) -> int:
    last = max(side - tile, 0)
    first, final = int(np.ceil(high - tile)), int(np.floor(low))
    start = int(rng.integers(first, final + 1)) if first <= final else (first + final) // 2
    return min(max(start, 0), last)


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
