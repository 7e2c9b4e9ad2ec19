"""What lies in streets beside manhole covers and is none, and the light that it is seen in.

A black bag in dim light is a dark oval in the road, as an open hole is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.image import Image
from tuning.composites import HEAPS, Sprite, stand
from tuning.pasting import SOLID, Rng
from tuning.street_scenes import darkened
from tuning.tiles import Tile

BLACK = 34.0
"""Grey level of black plastic by day, its shine aside."""

DARKEST = 20.0
"""Mean grey level of the darkest pictures: in less a camera shows nothing that could be learnt."""

NOISE = (1.0, 4.0)
"""Grey levels: the noise of a sensor that has little light."""


@dataclass(frozen=True, slots=True)
class Others:
    """Cut-outs of rubbish, and of what stands in streets by right; either may be empty.

    Of the rubbish `blackened` makes the commonest bin liners.
    """

    rubbish: Sequence[Sprite]
    bystanders: Sequence[Sprite]


def among(tile: Tile, others: Others, rng: Rng) -> Tile:
    """A tile with up to three things of each sort, clear of its boxes: they are `others` of it."""
    strewn = tile
    if others.rubbish:
        strewn = stand(strewn, others.rubbish, rng, shadow=True, heaps=HEAPS)
    if others.bystanders:
        strewn = stand(strewn, others.bystanders, rng, shadow=True)
    return replace(tile, image=strewn.image, others=strewn.boxes[len(tile.boxes) :])


def blackened(sprite: Sprite) -> Sprite:
    """The same thing in black plastic: its shine stays, its colour goes."""
    grey = cv2.cvtColor(sprite.image[..., :3], cv2.COLOR_BGR2GRAY).astype(np.float32)
    solid = sprite.image[..., 3] > SOLID
    usual = float(np.median(grey[solid])) if solid.any() else 0.0
    black = np.clip(BLACK * grey / max(usual, 1.0), 0, 255).astype(np.uint8)
    image = np.dstack([black, black, black, sprite.image[..., 3]])
    return replace(sprite, image=image)


def dimmed(image: Image, rng: Rng) -> Image:
    """A day's picture as at dusk, by night, or by a camera's infrared lamps.

    Args:
        image: uint8 BGR; it is left as it is.
        rng: draws which, and how dark.
    """
    light = LIGHTS[("dusk", "dusk", "night", "infrared")[int(rng.integers(4))]]
    return light(image, rng)


def _dusk(image: Image, rng: Rng) -> Image:
    return _noisy(image * np.float32(rng.uniform(0.2, 0.75)), rng)


def _night(image: Image, rng: Rng) -> Image:
    return _noisy(darkened(image, rng).astype(np.float32), rng)


def _infrared(image: Image, rng: Rng) -> Image:
    """Without colour, lit from the camera: brighter somewhere, darker towards the edges."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
    height, width = grey.shape
    y, x = np.mgrid[0:height, 0:width]
    middle = rng.uniform(0.2, 0.8, 2)
    far = (x / width - middle[0]) ** 2 + (y / height - middle[1]) ** 2
    lamp = rng.uniform(0.9, 1.3) - rng.uniform(0.3, 1.0) * far
    lit = (grey * rng.uniform(0.4, 0.8) + rng.uniform(5, 30)) * np.clip(lamp, 0.2, None)
    return _noisy(np.repeat(lit[..., None], 3, axis=2), rng)


def _noisy(values: NDArray[np.floating], rng: Rng) -> Image:
    values = values * max(DARKEST / max(float(values.mean()), 1.0), 1.0)
    noise = rng.normal(0, rng.uniform(*NOISE), (*values.shape[:2], 1))
    return np.asarray(np.clip(values + noise, 0, 255), dtype=np.uint8)


LIGHTS: Mapping[str, Callable[[Image, Rng], Image]] = {
    "dusk": _dusk,
    "night": _night,
    "infrared": _infrared,
}
"""What makes of a day's picture one in less light."""
