"""Real things laid into other streets than their own, so that a model learns them, not the place.

After Dwibedi, Misra and Hebert, "Cut, Paste and Learn" (2017): edges are blended in more than one
way, and patches of bare street are laid in likewise as decoys, or the model would learn the edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.image import Image
from tuning.composites import GROUND, HEIGHTS
from tuning.pasting import Bgra, Rng, paste, resized
from tuning.tiles import Boxes, Picture, area, clip

MARGIN = 0.2
"""How much of the ground around a thing goes with it, a share of each side of its box."""

SOFT = 0.5
"""Share of things that are laid in with a soft edge and the ground around it, without a matte."""

MATTE_SIDE = 160
"""Pixels: longer side at which a matte is cut."""

MATTE_FILLS = (0.25, 0.95)
"""Share of its box that a matte must fill to be believed."""

HORIZON = 0.42
"""Of a street seen from a vehicle, a share of the picture's height."""

LARGEST = 1.8
"""How much larger than it was a thing is drawn at most: more is a blur."""


@dataclass(frozen=True, slots=True)
class Cutting:
    """A thing cut from its picture, or a patch of street.

    Attributes:
        image: (height, width, 4) BGRA, with the margin around the box.
        box: of the thing, (4,) corners in pixels of `image`.
        around: (3,) mean colour of the margin, BGR.
        foot: row of the box's lower edge in its picture, as a share of the picture's height; None
            where it says nothing of how large the thing is.
    """

    image: Bgra
    box: NDArray[np.float64]
    around: NDArray[np.float64]
    foot: float | None

    @property
    def short(self) -> float:
        """The shorter side of the box, pixels."""
        return float((self.box[2:] - self.box[:2]).min())


def cuttings_of(
    picture: Picture, rng: Rng, *, in_street: bool, least: float = 12.0
) -> list[Cutting]:
    """Cuts every thing of a picture out, save those smaller than `least` pixels.

    Args:
        picture: with boxes.
        rng: draws which get a matte.
        in_street: whether the picture is a street, so that a thing's place tells its size.
        least: of the shorter side, pixels.
    """
    cuttings = []
    for number, box in enumerate(picture.boxes):
        others = np.vstack([np.delete(picture.boxes, number, axis=0), picture.ignore])
        if (box[2:] - box[:2]).min() < least or _overlaps(others, box):
            continue
        soft = SOFT if in_street else 0.0  # what is around them is no street
        cutting = _cutting(picture.image, box, rng, soft, in_street=in_street)
        if cutting is not None:
            cuttings.append(cutting)
    return cuttings


def decoy(picture: Picture, like: Cutting, rng: Rng) -> Cutting | None:
    """A patch of bare street as large as a thing; None where ten tries find no free place."""
    height, width = picture.image.shape[:2]
    size = like.box[2:] - like.box[:2]
    marked = np.vstack([picture.boxes, picture.ignore])
    for _ in range(10):
        low = np.array([rng.uniform(0, 1) * width, rng.uniform(HORIZON, 1) * height]) - size / 2
        box = np.concatenate([low, low + size])
        inside = box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height
        if inside and not _overlaps(marked, box):
            return _cutting(picture.image, box, rng, SOFT, in_street=True)
    return None


def by_size(cuttings: Sequence[Cutting]) -> list[list[Cutting]]:
    """Sorts things by size, none of the sorts empty: the large are few and must not drown."""
    limits = ((0.0, 20.0), (20.0, 40.0), (40.0, float("inf")))
    sorts = [[c for c in cuttings if low <= c.short < high] for low, high in limits]
    return [sort for sort in sorts if sort]


def lay(ground: Picture, cutting: Cutting, rng: Rng, *, marked: bool = True) -> Picture:
    """Lays a thing into a street, as large as its new place makes it.

    Args:
        ground: a street; it is left as it is.
        cutting: what is laid.
        rng: draws where, how large, and in what light.
        marked: whether it gets a box; a decoy gets none.

    Returns:
        The street with it, or `ground` itself where no free place was found.
    """
    height, width = ground.image.shape[:2]
    busy = np.vstack([ground.boxes, ground.ignore])
    for _ in range(6):
        scale, foot = _size_and_foot(cutting, height, rng)
        thing = _scaled(cutting, scale)
        x = int(rng.uniform(-0.1, 0.9) * width)
        y = int(foot * height - thing.box[3])
        box = np.add(thing.box, (x, y, x, y))
        seen = clip(box[None], width, height)
        if area(seen)[0] < 0.6 * area(box[None])[0] or _overlaps(busy, box):
            continue
        image = ground.image.copy()
        paste(image, _in_light(thing, image, (x, y), rng), x, y)
        if not marked:
            return replace(ground, image=image)
        boxes = np.vstack([ground.boxes, seen])
        return replace(ground, image=image, boxes=boxes, classes=np.zeros(len(boxes), np.int64))
    return ground


def _size_and_foot(cutting: Cutting, height: int, rng: Rng) -> tuple[float, float]:
    """How many times larger a thing is drawn, and where its foot stands, a share of the height."""
    if cutting.foot is not None:
        scale = min(float(np.exp(rng.normal(0.05, 0.35))), LARGEST)
        # The ground's distance below the horizon grows with size, as things come nearer.
        below = max(cutting.foot - HORIZON, 0.03) * scale * np.exp(rng.normal(0, 0.15))
        return scale, min(HORIZON + float(below), 1.1)
    depth = rng.uniform(0, 1)
    high = np.interp(depth, (0, 1), HEIGHTS) * np.exp(rng.normal(0, 0.25))
    scale = min(float(high / (cutting.box[3] - cutting.box[1])), LARGEST)
    return scale, float(np.interp(depth, (0, 1), GROUND))


def _cutting(
    image: Image, box: NDArray[np.float64], rng: Rng, soft: float, *, in_street: bool
) -> Cutting | None:
    """None where a matte is needed and cannot be had."""
    height, width = image.shape[:2]
    margin = np.maximum((box[2:] - box[:2]) * MARGIN, 4)
    outer = clip(np.concatenate([box[:2] - margin, box[2:] + margin])[None], width, height)[0]
    x0, y0, x1, y1 = (int(v) for v in (*np.floor(outer[:2]), *np.ceil(outer[2:])))
    part = image[y0:y1, x0:x1]
    inner = clip((box - (x0, y0, x0, y0))[None], x1 - x0, y1 - y0)[0]
    alpha = None if rng.random() < soft else _matte(part, inner)
    if alpha is None:
        if not in_street:
            return None
        alpha = _soft_edge(part.shape[:2], inner)
    ring = np.ones(part.shape[:2], dtype=bool)
    low, high = np.floor(inner[:2]).astype(int), np.ceil(inner[2:]).astype(int)
    ring[low[1] : high[1], low[0] : high[0]] = False
    around = part[ring].mean(axis=0) if ring.any() else part.reshape(-1, 3).mean(axis=0)
    foot = float(box[3] / height) if in_street else None
    return Cutting(np.dstack([part, alpha]), inner, np.asarray(around, dtype=np.float64), foot)


def _soft_edge(size: tuple[int, int], box: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Opaque within the box, and gone at the margin's end."""
    alpha = np.zeros(size, dtype=np.uint8)
    low, high = np.floor(box[:2]).astype(int), np.ceil(box[2:]).astype(int)
    alpha[low[1] : high[1], low[0] : high[0]] = 255
    sigma = max(min(size) * MARGIN / 4, 1.0)
    return np.asarray(cv2.GaussianBlur(alpha, (0, 0), sigma), dtype=np.uint8)


def _matte(part: Image, box: NDArray[np.float64]) -> NDArray[np.uint8] | None:
    """The thing without the ground (GrabCut: Rother et al., 2004), or None if that fails."""
    scale = min(MATTE_SIDE / max(part.shape[:2]), 1.0)
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    x0, y0, x1, y1 = (int(v) for v in np.round(box * scale))
    x0, y0 = max(x0, 1), max(y0, 1)
    x1, y1 = min(x1, small.shape[1] - 1), min(y1, small.shape[0] - 1)
    if x1 - x0 < 6 or y1 - y0 < 6:
        return None
    mask = np.zeros(small.shape[:2], dtype=np.uint8)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)  # GrabCut's clusters start anywhere, but the same recipe gives the same
    try:
        cv2.grabCut(small, mask, (x0, y0, x1 - x0, y1 - y0), *models, 3, cv2.GC_INIT_WITH_RECT)
    except cv2.error:  # too few colours to part
        return None
    solid = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    filled = solid.sum() / ((x1 - x0) * (y1 - y0))
    if not MATTE_FILLS[0] <= filled <= MATTE_FILLS[1]:
        return None
    size = (part.shape[1], part.shape[0])
    whole = cv2.resize(solid * 255, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.GaussianBlur(whole, (0, 0), 0.8), dtype=np.uint8)


def _scaled(cutting: Cutting, scale: float) -> Cutting:
    height, width = cutting.image.shape[:2]
    size = max(round(width * scale), 6), max(round(height * scale), 6)
    box = cutting.box * (size[0] / width, size[1] / height, size[0] / width, size[1] / height)
    return replace(cutting, image=resized(cutting.image, *size), box=box)


def _in_light(thing: Cutting, image: Image, at: tuple[int, int], rng: Rng) -> Bgra:
    """Mirrors it at times, and brings its ground towards the colour of the new one."""
    out = thing.image
    height, width = out.shape[:2]
    there = image[max(at[1], 0) : at[1] + height, max(at[0], 0) : at[0] + width]
    target = there.reshape(-1, 3).mean(axis=0) if there.size else thing.around
    gain = np.clip((target + 8) / (thing.around + 8), 0.5, 1.8) ** rng.uniform(0.3, 1.0)
    colour = np.clip(out[..., :3] * gain * np.exp(rng.normal(0, 0.06)), 0, 255)
    return np.dstack([colour, out[..., 3]]).astype(np.uint8)


def _overlaps(boxes: Boxes, box: NDArray[np.float64]) -> bool:
    shared = np.hstack([np.maximum(boxes[:, :2], box[:2]), np.minimum(boxes[:, 2:], box[2:])])
    return bool(area(shared).any())
