"""Training pictures of manhole covers: cut from close-ups, laid small into streets.

Close-ups are what there is; cameras see covers from afar, flattened by perspective. And sound
covers are many, broken ones few: some of the sound ones are broken here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.image import Image
from tuning.tiles import Picture, Tile

Rng = np.random.Generator

GOOD, DAMAGED, MISSING = 0, 1, 2

_MARGIN = 0.12
"""Of a cover's size: how much of its surroundings is cut out with it, to blend in."""


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """A cover with a margin: `box` is its frame ring in the pixels of `image`."""

    kind: int
    image: Image
    box: NDArray[np.float64]

    @property
    def aspect(self) -> float:
        """Width over height: round covers seen from above have 1."""
        return float((self.box[2] - self.box[0]) / (self.box[3] - self.box[1]))


def covers_of(picture: Picture) -> list[Cover]:
    """Cuts the covers out of a picture; those of fewer than 60 pixels across are left."""
    height, width = picture.image.shape[:2]
    out = []
    for box, kind in zip(picture.boxes, picture.classes, strict=True):
        size = box[2:] - box[:2]
        if size[0] < 60 or size[1] < 25:
            continue
        edges = np.concatenate([box[:2] - _MARGIN * size, box[2:] + _MARGIN * size])
        x0, y0, x1, y1 = np.clip(edges, 0, (width, height, width, height)).round().astype(int)
        part = np.ascontiguousarray(picture.image[y0:y1, x0:x1])
        out.append(Cover(int(kind), part, box - (x0, y0, x0, y0)))
    return out


def broken(cover: Cover, rng: Rng) -> Cover:
    """A sound cover with a piece missing, cracks, or shifted off its hole."""
    image = cover.image.copy()
    x0, y0, x1, y1 = cover.box
    middle, half = np.array([x0 + x1, y0 + y1]) / 2, np.array([x1 - x0, y1 - y0]) / 2
    way = rng.random()
    if way < 0.35:
        image = _shifted(image, middle, half, rng)
    else:
        for _ in range(int(rng.integers(1, 4))):
            _hole(image, middle, half, rng)
    if way > 0.25:
        for _ in range(int(rng.integers(1, 5))):
            _crack(image, middle, half, rng)
    return Cover(DAMAGED, image, cover.box)


def cover_scene(
    plate: Tile, covers: Sequence[Cover], name: str, rng: Rng, wide: tuple[float, float]
) -> Tile:
    """Lays up to four covers into a street tile; a share of the tiles stays without.

    Args:
        plate: a square street picture.
        covers: what to draw from.
        name: of the new tile.
        rng: draws everything.
        wide: pixels across of a far cover and a near one.
    """
    image = plate.image.copy()
    boxes: list[NDArray[np.float64]] = []
    kinds: list[int] = []
    pools = [[c for c in covers if c.kind == kind] for kind in (GOOD, DAMAGED, MISSING)]
    for _ in range(int(rng.integers(0, 5))):
        pool = pools[int(rng.choice(3, p=[0.35, 0.3, 0.35]))]
        if not pool:
            continue
        cover = pool[int(rng.integers(len(pool)))]
        box = _lay(image, cover, boxes, rng, wide)
        if box is not None:
            boxes.append(box)
            kinds.append(cover.kind)
    placed = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    return Tile(name, image, placed, np.array(kinds, dtype=np.int64))


def _lay(
    image: Image,
    cover: Cover,
    taken: Sequence[NDArray[np.float64]],
    rng: Rng,
    wide: tuple[float, float],
) -> NDArray[np.float64] | None:
    side_y, side_x = image.shape[:2]
    foot = rng.uniform(0.4, 0.97)
    across = float(np.interp(foot, (0.4, 1), wide) * np.exp(rng.normal(0, 0.35)))
    size = cover.box[2:] - cover.box[:2]
    above = cover.aspect < 1.4  # seen from above, so perspective is still to come
    squeeze = rng.uniform(0.35, 0.75) * size[0] / size[1] if above else rng.uniform(0.8, 1.1)
    scale = across / size[0] * np.array([1.0, squeeze])
    source, box = cover.image, cover.box
    if rng.random() < 0.5:
        source = source[:, ::-1]
        box = np.array([source.shape[1] - box[2], box[1], source.shape[1] - box[0], box[3]])
    width, height = (round(s * k) for s, k in zip(source.shape[1::-1], scale, strict=True))
    if width < 8 or height < 6 or width >= side_x or height >= side_y * foot:
        return None
    x, y = int(rng.integers(0, side_x - width)), int(foot * side_y) - height
    inner = box * np.tile(scale, 2)
    placed: NDArray[np.float64] = inner + np.array([x, y, x, y])
    if y < 0 or any(_meet(placed, other) for other in taken):
        return None
    part = np.asarray(
        cv2.resize(source, (width, height), interpolation=cv2.INTER_AREA), dtype=np.float64
    )
    under = image[y : y + height, x : x + width].astype(np.float32)
    reach = _reach(width, height, inner, 2.2 if cover.aspect < 1.35 else 5.0)
    rim = reach > 1
    if rim.sum() > 5:  # the margin shows the old ground: bring its tone to the new one's
        gain = (under[rim].mean(axis=0) + 8) / (part[rim].mean(axis=0) + 8)
        part *= np.clip(gain, 0.45, 1.6) ** 0.85
    soft = cv2.GaussianBlur(np.clip(part, 0, 255), (0, 0), rng.uniform(0.3, 0.8))
    part = np.asarray(soft, dtype=np.float64).reshape(height, width, 3) + rng.normal(
        0, 3, (height, width, 1)
    )
    alpha = np.clip((1.14 - reach) / 0.12, 0, 1)[..., None]
    mixed = np.clip(under * (1 - alpha) + part * alpha, 0, 255)
    image[y : y + height, x : x + width] = mixed.astype(np.uint8)
    return placed


def _reach(width: int, height: int, box: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    """How far out each pixel lies, 1 on the ring: an ellipse for power 2, squarer above."""
    y, x = np.mgrid[0:height, 0:width] + 0.5
    across = np.abs((x - (box[0] + box[2]) / 2) / ((box[2] - box[0]) / 2))
    down = np.abs((y - (box[1] + box[3]) / 2) / ((box[3] - box[1]) / 2))
    return np.asarray((across**power + down**power) ** (1 / power), dtype=np.float64)


def _meet(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    gap = 4
    return bool((np.minimum(a[2:], b[2:]) > np.maximum(a[:2], b[:2]) - gap).all())


def _hole(image: Image, middle: NDArray[np.float64], half: NDArray[np.float64], rng: Rng) -> None:
    """A ragged dark hole with a lighter broken edge."""
    angle, far = rng.uniform(0, 6.28), rng.uniform(0, 0.75)
    at = middle + half * far * np.array([np.cos(angle), np.sin(angle)])
    count = int(rng.integers(6, 12))
    turn = np.sort(rng.uniform(0, 6.28, count))
    size = half.min() * rng.uniform(0.12, 0.5) * rng.uniform(0.5, 1.3, count)
    ragged = (at + np.stack([np.cos(turn), np.sin(turn)], axis=1) * size[:, None]).astype(np.int32)
    edge = image[
        int(np.clip(at[1], 0, image.shape[0] - 1)), int(np.clip(at[0], 0, image.shape[1] - 1))
    ]
    light = tuple(float(min(v * 1.3 + 15, 255)) for v in edge)
    cv2.polylines(image, [ragged], True, light, max(2, int(half.min() / 18)), cv2.LINE_AA)
    dark = tuple(float(v) for v in rng.uniform(5, 45) + rng.uniform(0, 8, 3))
    cv2.fillPoly(image, [ragged], dark, cv2.LINE_AA)


def _crack(image: Image, middle: NDArray[np.float64], half: NDArray[np.float64], rng: Rng) -> None:
    """A jagged line from near the rim inwards."""
    start = rng.uniform(0, 6.28)
    way = start + np.pi + rng.normal(0, 0.6)
    step = half.min() * rng.uniform(0.12, 0.2)
    points = [middle + 0.9 * half * np.array([np.cos(start), np.sin(start)])]
    for _ in range(int(rng.integers(3, 10))):
        turn = way + rng.normal(0, 0.5)
        points.append(points[-1] + step * np.array([np.cos(turn), np.sin(turn)]))
    line = np.array(points).astype(np.int32)
    shade = tuple(float(v) for v in rng.uniform(10, 50, 3))
    cv2.polylines(
        image, [line], False, shade, max(1, int(half.min() / rng.uniform(18, 40))), cv2.LINE_AA
    )


def _shifted(
    image: Image, middle: NDArray[np.float64], half: NDArray[np.float64], rng: Rng
) -> Image:
    """The cover moved aside: a dark crescent of open hole shows where it lay."""
    height, width = image.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    inner = ((x - middle[0]) / (0.86 * half[0])) ** 2 + ((y - middle[1]) / (0.86 * half[1])) ** 2
    hole = inner < 1
    angle, far = rng.uniform(0, 6.28), rng.uniform(0.12, 0.45)
    move = half * far * np.array([np.cos(angle), np.sin(angle)])
    matrix = np.array([[1, 0, move[0]], [0, 1, move[1]]], dtype=np.float64)
    moved = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    lid = cv2.warpAffine(hole.astype(np.uint8), matrix, (width, height)) > 0
    out = image.copy()
    depth = rng.uniform(8, 40)
    out[hole] = (depth + rng.normal(0, 4, (int(hole.sum()), 3))).clip(0, 255).astype(np.uint8)
    out[lid] = moved[lid]
    return out
