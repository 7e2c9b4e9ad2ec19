"""Pictures, their boxes, and tiles cut from them at native scale."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
"""(n, 4) x0, y0, x1, y1 in pixels."""

Image = NDArray[np.uint8]
"""(height, width, 3) BGR."""

GREY = 114
"""What covers a region that is to teach nothing; the shade that letterboxing uses, too."""


class DataError(Exception):
    """A data folder that cannot be trained on; the message names path and fix."""


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


def cut(picture: Picture, x: int, y: int, side: int, visible: float) -> Tile:
    """Cuts one tile: boxes clipped to it, ignore regions and slivers of boxes greyed out.

    Args:
        picture: where from.
        x: left edge, pixels of the picture.
        y: top edge, pixels of the picture.
        side: of the tile, pixels.
        visible: share of a box that must be inside the tile for it to count.

    Returns:
        The tile, smaller than asked for where the picture ends.
    """
    image = picture.image[y : y + side, x : x + side]
    height, width = image.shape[:2]
    shift = np.array([x, y, x, y])
    inside = clip(picture.boxes - shift, width, height)
    seen = area(inside)
    whole = np.maximum(area(picture.boxes), 1e-9)
    counts = seen / whole >= visible
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


def read_picture(image: Path, data: Path | None = None, split: str = "") -> Picture:
    """Reads a picture and what is known about it.

    Args:
        image: the file.
        data: the YOLO folder that holds its labels; None where it has no litter.
        split: its split there.

    Raises:
        DataError: it is no picture, or its labels cannot be read.
    """
    pixels = cv2.imread(str(image), cv2.IMREAD_COLOR)
    if pixels is None:
        raise DataError(f"{image}: not a picture that can be decoded; remove or replace it")
    height, width = pixels.shape[:2]
    known = [
        read_boxes(data / kind / split / f"{image.stem}.txt", width, height)
        if data
        else np.zeros((0, 4))
        for kind in ("labels", "ignore")
    ]
    return Picture(image.stem, np.asarray(pixels, dtype=np.uint8), known[0], known[1])


def _holds(place: tuple[int, int], box: NDArray[np.float64], tile: int) -> bool:
    x, y = place
    return bool(x <= box[0] and y <= box[1] and box[2] <= x + tile and box[3] <= y + tile)


def _start(low: float, high: float, side: int, tile: int, rng: np.random.Generator) -> int:
    last = max(side - tile, 0)
    first, final = int(np.ceil(high - tile)), int(np.floor(low))
    start = int(rng.integers(first, final + 1)) if first <= final else (first + final) // 2
    return min(max(start, 0), last)
