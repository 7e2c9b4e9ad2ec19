"""Pictures, their boxes, and tiles cut from them at native scale."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.image import Image
from tuning.examples import Example, corners, read_picture

Boxes = NDArray[np.float64]
"""(n, 4) x0, y0, x1, y1 in pixels."""

Classes = NDArray[np.int64]
"""(n,) class numbers, one a box."""

GREY = 114
"""What covers a region that is to teach nothing; the shade that letterboxing uses, too."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with the boxes to find in it, and the regions that count neither way."""

    name: str
    image: Image
    boxes: Boxes
    ignore: Boxes
    classes: Classes = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __post_init__(self) -> None:
        """Without classes all boxes are of the first."""
        if len(self.classes) != len(self.boxes):
            object.__setattr__(self, "classes", np.zeros(len(self.boxes), dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Tile:
    """A training picture: `name` tells its source and its place in it.

    `others` are boxes of what was laid there and is none of the classes: to be told apart from
    them even where a detector does not take it for one.
    """

    name: str
    image: Image
    boxes: Boxes
    classes: Classes = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    others: Boxes = field(default_factory=lambda: np.zeros((0, 4)))

    def __post_init__(self) -> None:
        """Without classes all boxes are of the first."""
        if len(self.classes) != len(self.boxes):
            object.__setattr__(self, "classes", np.zeros(len(self.boxes), dtype=np.int64))


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
    name = f"{picture.name}_{x}_{y}"
    return Tile(name, grey_out(image, regions, boxes), boxes, picture.classes[counts])


def zoomed(tile: Tile, zoom: float) -> Tile:
    """A tile enlarged or reduced, its boxes with it."""
    if zoom == 1:
        return tile
    height, width = tile.image.shape[:2]
    size = (round(width * zoom), round(height * zoom))
    way = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR  # as the runtime's letterbox does
    image = np.asarray(cv2.resize(tile.image, size, interpolation=way), dtype=np.uint8)
    return Tile(tile.name, image, tile.boxes * (size[0] / width), tile.classes)


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


def read(example: Example) -> Picture:
    """Reads an example's pixels, and its boxes as pixels.

    Raises:
        DataInvalid: its file is no picture.
    """
    image = read_picture(example.picture)
    height, width = image.shape[:2]
    boxes, ignore = (
        clip(corners(shares, image).astype(np.float64), width, height)
        for shares in (example.labels[1], example.ignored)
    )
    return Picture(example.picture.stem, image, boxes, ignore, example.labels[0])


def _holds(place: tuple[int, int], box: NDArray[np.float64], tile: int) -> bool:
    x, y = place
    return bool(x <= box[0] and y <= box[1] and box[2] <= x + tile and box[3] <= y + tile)


def _start(low: float, high: float, side: int, tile: int, rng: np.random.Generator) -> int:
    last = max(side - tile, 0)
    first, final = int(np.ceil(high - tile)), int(np.floor(low))
    start = int(rng.integers(first, final + 1)) if first <= final else (first + final) // 2
    return min(max(start, 0), last)
