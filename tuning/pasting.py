"""Putting cut-outs into pictures: size, light, sharpness and edges that fit their surroundings."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.image import Image

Bgra = NDArray[np.uint8]
"""(height, width, 4), straight alpha."""

Rng = np.random.Generator

SOLID = 160
"""Alpha from which a pixel belongs to the thing and not to its shadow."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cut-out goes: left edge, top edge and size, pixels."""

    x: int
    y: int
    width: int
    height: int


def resized(cutout: Bgra, width: int, height: int) -> Bgra:
    """A cut-out at another size, its colours weighted with alpha.

    Unweighted, the colour behind the cut-out's edge would bleed into it.
    """
    alpha = cutout[..., 3:].astype(np.float32) / 255
    weighted = np.dstack([cutout[..., :3] * alpha, alpha]).astype(np.float32)
    way = cv2.INTER_AREA if width < cutout.shape[1] else cv2.INTER_LINEAR
    both = cv2.resize(weighted, (width, height), interpolation=way)
    colour = both[..., :3] / np.maximum(both[..., 3:], 1e-3)
    return np.dstack([np.clip(colour, 0, 255), both[..., 3:] * 255]).astype(np.uint8)


def softened(cutout: Bgra, sigma: float) -> Bgra:
    """A cut-out blurred with its edge, as a cheap lens does."""
    alpha = cutout[..., 3:].astype(np.float32) / 255
    weighted = np.dstack([cutout[..., :3] * alpha, alpha * 255]).astype(np.float32)
    soft = cv2.GaussianBlur(weighted, (0, 0), sigma)
    colour = soft[..., :3] / np.maximum(soft[..., 3:] / 255, 1e-3)
    return np.dstack([np.clip(colour, 0, 255), soft[..., 3:]]).astype(np.uint8)


def shaded(cutout: Bgra, gain: NDArray[np.float64], lift: float = 0.0) -> Bgra:
    """A cut-out brighter or darker by `gain` a channel (B, G, R), blacks raised by `lift`."""
    colour = np.clip(cutout[..., :3] * gain * (1 - lift / 255) + lift, 0, 255)
    return np.dstack([colour, cutout[..., 3]]).astype(np.uint8)


def paste(image: Image, cutout: Bgra, x: int, y: int) -> None:
    """Lays a cut-out over a picture, in place; what reaches beyond the picture is left out."""
    height, width = image.shape[:2]
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + cutout.shape[1], width), min(y + cutout.shape[0], height)
    if x1 <= x0 or y1 <= y0:
        return
    seen = cutout[y0 - y : y1 - y, x0 - x : x1 - x]
    alpha = seen[..., 3:].astype(np.float32) / 255
    under = image[y0:y1, x0:x1]
    under[:] = (under * (1 - alpha) + seen[..., :3] * alpha + 0.5).astype(np.uint8)


def filmed(image: Image, rng: Rng, *, grey: float = 0.06) -> Image:
    """What a cheap camera makes of a picture: softness, noise, a colour cast, compression.

    Args:
        image: uint8 BGR.
        rng: draws how much of each.
        grey: share of pictures as an infrared camera gives them, without colour.
    """
    out = image.astype(np.float32)
    if rng.random() < 0.4:  # a stream of lower resolution, enlarged
        share = rng.uniform(0.5, 0.85)
        height, width = image.shape[:2]
        small = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        out = cv2.resize(small, (width, height)).astype(np.float32)
    if rng.random() < 0.5:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.3, 0.9)).astype(np.float32)
    if rng.random() < 0.3:  # sharpened in the camera
        out = out + rng.uniform(0.3, 1.0) * (out - cv2.GaussianBlur(out, (0, 0), 1.6))
    out *= np.exp(rng.normal(0, 0.04, 3)).astype(np.float32)
    out = (out - 128) * rng.uniform(0.8, 1.15) + 128 + rng.uniform(-12, 12)
    if rng.random() < grey:
        out[:] = out.mean(axis=2, keepdims=True)
    sigma = rng.uniform(0.5, 5.0)
    out += rng.normal(0, sigma, (*out.shape[:2], 1)) + rng.normal(0, sigma / 2, out.shape)
    quality = int(rng.integers(35, 93))
    packed = cv2.imencode(".jpg", np.clip(out, 0, 255).astype(np.uint8),
                          [cv2.IMWRITE_JPEG_QUALITY, quality])[1]  # fmt: skip
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)
