"""Training pictures put together: sheets of bags, and rendered rubbish on clean streets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.image import Image
from tuning.examples import DataInvalid, read_examples
from tuning.pasting import SOLID, paste, resized
from tuning.tiles import GREY, Boxes, Picture, Tile, area, grey_out, read

HEAPS = 0.45
"""Share of things that are heaps of several cut-outs."""

BAG = 120
"""Pixels: how high a cut-out in a heap is, before the heap takes its size in the picture."""

MAIN = 0.1
"""A piece this large, as a share of the largest, belongs to the thing; smaller ones are scraps."""

COVER_CLASSES = 3
"""Good, damaged, missing: each may lie in a street without being litter."""

GROUND = (0.45, 0.95)
"""Where a thing may stand, shares of the tile's height: below the horizon of a street picture."""

HEIGHTS = (20.0, 120.0)
"""Pixels: how high a thing is drawn at the top and at the bottom of the ground, give or take."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """A cut-out: `image` is (height, width, 4) BGRA, `seed` made it, -1 is a photograph."""

    name: str
    seed: int
    image: NDArray[np.uint8]


def sheet(pictures: Sequence[Picture], name: str, side: int, across: int = 2) -> Tile:
    """Puts pictures at a part of a tile's size on one tile, `across` by `across`."""
    part = side // across
    image = np.full((side, side, 3), GREY, dtype=np.uint8)
    boxes = []
    for place, picture in enumerate(pictures):
        x, y = part * (place % across), part * (place // across)
        height, width = picture.image.shape[:2]
        greyed = grey_out(picture.image, picture.ignore, picture.boxes)
        image[y : y + part, x : x + part] = cv2.resize(
            greyed, (part, part), interpolation=cv2.INTER_AREA
        )
        scale = np.array([part / width, part / height] * 2)
        boxes.append(picture.boxes * scale + (x, y, x, y))
    classes = np.concatenate([picture.classes for picture in pictures])
    return Tile(name, image, np.vstack(boxes), classes)


def read_sprites(folder: Path, seeds: Sequence[int]) -> list[Sprite]:
    """Reads the cut-outs that these seeds made; a file's name ends with `-` and its seed.

    Args:
        folder: WebP files with alpha.
        seeds: which to read. None of a demo's seeds may be among them: a model that was trained
            on a demo's own rubbish would prove nothing there.

    Raises:
        DataInvalid: a seed has no cut-out, or a file has no alpha.
    """
    sprites = []
    for seed in seeds:
        paths = sorted(folder.glob(f"*-{seed}.webp"))
        if not paths:
            raise DataInvalid(f"{folder}: no cut-out of seed {seed}; render it, or leave it out")
        for path in paths:
            image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            if image is None or image.ndim != 3 or image.shape[2] != 4:
                raise DataInvalid(f"{path}: not a picture with alpha; render it again")
            sprites.append(Sprite(path.stem, seed, np.asarray(image, dtype=np.uint8)))
    return sprites


def read_covers(data: Path, split: str) -> list[Sprite]:
    """Cuts manhole covers out of their pictures, as ovals that lie in the road."""
    covers = []
    for example in read_examples(data, split, COVER_CLASSES):
        picture = read(example)
        for number, (x0, y0, x1, y1) in enumerate(picture.boxes.astype(int)):
            part = picture.image[y0:y1, x0:x1]
            flat = cv2.resize(part, (120, 66), interpolation=cv2.INTER_AREA)
            alpha = np.zeros(flat.shape[:2], dtype=np.uint8)
            cv2.ellipse(alpha, (60, 33), (58, 31), 0, 0, 360, 255, -1, cv2.LINE_AA)
            image = np.dstack([flat, alpha])
            covers.append(Sprite(f"{picture.name}_{number}", -1, image))
    return covers


def compose(
    ground: Tile,
    sprites: Sequence[Sprite],
    name: str,
    rng: np.random.Generator,
    covers: Sequence[Sprite] = (),
    bystanders: Sequence[Sprite] = (),
    heights: tuple[float, float] = HEIGHTS,
) -> Tile:
    """Stands up to three things on a clean tile, smaller the further up.

    Args:
        ground: a tile, usually without litter.
        sprites: to draw from.
        name: of the new tile.
        rng: draws which, where, how large, and in what light.
        covers: manhole covers, of which up to three go into the road first: they are no litter.
        bystanders: what stands in streets by right; up to three of them, too, and no litter.
        heights: of the things, as `stand` has it; what is no litter keeps its own.

    Returns:
        The tile with its boxes; a thing that would cover another, or leave the tile, is left out.
    """
    for others, shadow in ((covers, False), (bystanders, True)):
        if others:
            bare = stand(replace(ground, boxes=ground.boxes[:0]), others, rng, shadow=shadow)
            ground = replace(ground, image=bare.image)
    full = stand(ground, sprites, rng, shadow=True, heaps=HEAPS, heights=heights)
    return replace(full, name=name)


def stand(
    ground: Tile,
    sprites: Sequence[Sprite],
    rng: np.random.Generator,
    *,
    shadow: bool,
    heaps: float = 0.0,
    heights: tuple[float, float] = HEIGHTS,
) -> Tile:
    """Stands up to three things on a tile, clear of its boxes, each with a box of its own.

    Args:
        ground: a tile.
        sprites: to draw from.
        rng: draws everything.
        shadow: whether the ground at their foot is darkened.
        heaps: share of the things that are heaps of several cut-outs.
        heights: pixels, of a thing at the top and at the bottom of the ground, give or take.
    """
    image, boxes = ground.image.copy(), ground.boxes
    side_y, side_x = image.shape[:2]
    for _ in range(int(rng.integers(0, 4))):
        thing = _heap(sprites, rng) if rng.random() < heaps else _one(sprites, rng)
        depth = rng.uniform(0, 1)
        high = np.interp(depth, (0, 1), heights) * np.exp(rng.normal(0, 0.25))
        cutout = _lit(_sized(thing, high), image, rng)
        height, wide = cutout.shape[:2]
        bottom = np.interp(depth, (0, 1), GROUND) * side_y
        x = int(rng.uniform(0, max(side_x - wide, 1)))
        y = int(min(bottom, side_y) - height)
        box = np.add(_visible(cutout), (x, y, x, y))
        if y < 0 or wide > side_x or _meets(boxes, box):
            continue
        if shadow:
            _shade(image, box, rng)
        paste(image, cutout, x, y)
        boxes = np.vstack([boxes, box])
    return replace(ground, image=image, boxes=boxes)


def _one(sprites: Sequence[Sprite], rng: np.random.Generator) -> NDArray[np.uint8]:
    return sprites[int(rng.integers(len(sprites)))].image


def _heap(sprites: Sequence[Sprite], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Two to five things close together, the nearer before the further: one heap, one box."""
    count = int(rng.integers(2, 6))
    canvas = np.zeros((BAG * 2, BAG * (count + 1), 4), dtype=np.uint8)
    feet = np.sort(rng.uniform(1.3, 1.95, count)) * BAG
    for place, foot in zip(rng.permutation(count), feet, strict=True):
        part = _sized(_one(sprites, rng), BAG * rng.uniform(0.75, 1.1))
        height, width = part.shape[:2]
        x = int(
            np.clip(BAG * (0.4 + 0.8 * place + rng.normal(0, 0.08)), 0, canvas.shape[1] - width)
        )
        y = int(foot) - height
        under = canvas[y : y + height, x : x + width]
        alpha = part[..., 3:].astype(np.float32) / 255
        under[..., :3] = under[..., :3] * (1 - alpha) + part[..., :3] * alpha
        under[..., 3] = np.maximum(under[..., 3], part[..., 3])
    rows, columns = np.nonzero(canvas[..., 3])
    return canvas[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _sized(cutout: NDArray[np.uint8], high: float) -> NDArray[np.uint8]:
    scale = high / cutout.shape[0]
    return resized(cutout, max(round(cutout.shape[1] * scale), 4), max(round(high), 4))


def _lit(cutout: NDArray[np.uint8], around: Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Mirrors, brightens or darkens towards the picture's own light, tints and blurs a little."""
    out = cutout[:, ::-1] if rng.random() < 0.5 else cutout
    light = min(0.6 + 0.4 * around.mean() / 128, 1.0)
    gain = light * np.exp(rng.normal(0, 0.15)) * np.exp(rng.normal(0, 0.03, 3))
    colour = np.clip(out[..., :3] * gain + rng.normal(0, 3, (*out.shape[:2], 1)), 0, 255)
    soft = cv2.GaussianBlur(
        np.dstack([colour, out[..., 3]]).astype(np.uint8), (0, 0), rng.uniform(0.3, 0.9)
    )
    return np.asarray(soft, dtype=np.uint8)


def _shade(image: Image, box: NDArray[np.float64], rng: np.random.Generator) -> None:
    """Darkens the ground around a thing's foot: without a shadow it would float."""
    width, height = box[2] - box[0], box[3] - box[1]
    x = (box[0] + box[2]) / 2 + rng.normal(0, 0.08) * width
    y = box[3] - 0.18 * height
    down, across = np.mgrid[0 : image.shape[0], 0 : image.shape[1]]
    far = ((across - x) / (0.62 * width)) ** 2 + ((down - y) / (0.36 * height)) ** 2
    dark = 1 - rng.uniform(0.25, 0.6) * np.exp(-(far**2))
    image[:] = (image * dark[..., None]).astype(np.uint8)


def _visible(cutout: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Where the thing is, shadow and stray scraps around it left out."""
    solid = (cutout[..., 3] > SOLID).astype(np.uint8)
    _, _, pieces, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    if len(pieces) == 1:  # the background alone
        return np.zeros(4)
    sizes = pieces[1:, cv2.CC_STAT_AREA]
    main = pieces[1:][sizes >= MAIN * sizes.max()]
    low = main[:, :2].min(axis=0)
    high = (main[:, :2] + main[:, 2:4]).max(axis=0)
    return np.concatenate([low, high]).astype(np.float64)


def _meets(boxes: Boxes, box: NDArray[np.float64]) -> bool:
    shared = np.hstack([np.maximum(boxes[:, :2], box[:2]), np.minimum(boxes[:, 2:], box[2:])])
    return bool(area(shared).any())
