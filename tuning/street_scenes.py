"""Training pictures of street vending: cut-outs put into street pictures at their true size.

Things stand on the ground: the nearer the foot of the picture, the larger, as the plate's camera
would see them. Far ones are drawn first, so that near ones hide them. What stands in streets by
right goes in too, without a box, and a share of the pictures holds nothing else.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.image import Image
from tuning.examples import DataInvalid
from tuning.pasting import SOLID, Bgra, filmed, paste, resized, shaded, softened
from tuning.tiles import Boxes, Picture, Tile

Rng = np.random.Generator

DARK = 70
"""Mean grey level below which a plate is a night's."""

_HAZE = 28
"""Alpha up to which a cut-out's shadow is left out: it is cut off there, and would show an edge."""

LOW = frozenset({"cloth", "crates", "table", "food"})
"""Kinds of stalls that a market is made of: without a roof people hide most of them."""

VISIBLE = 0.4
"""Share of a thing that must stay in sight for its box to count."""

CROWDED = 0.25
"""Likewise in a market, where people hide most of what lies on the ground."""


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """A cut-out that knows its size: see `tuning.scenes.vending.Cutout`."""

    image: Bgra
    label: str
    box: tuple[int, int, int, int]
    pitch: float
    scale: float
    night: bool
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Staging:
    """How street scenes are put together.

    Attributes:
        side: of the square picture that comes out, pixels.
        crop: smallest and largest square cut from a plate, as shares of its height.
        empty: share of the pictures without vending.
        night: share of the pictures darkened to night.
        close: share of the pictures with one thing that fills most of it.
        market: share of the pictures with many stalls, most of them low, among many people.
    """

    side: int = 640
    crop: tuple[float, float] = (0.55, 1.0)
    empty: float = 0.25
    night: float = 0.2
    close: float = 0.15
    market: float = 0.0


def read_actors(folder: Path, classes: Sequence[str]) -> list[Actor]:
    """Reads the cut-outs listed in `vending.json`.

    Args:
        folder: of the WebP files and the index.
        classes: labels that count; a cut-out with another one is an error.

    Raises:
        DataInvalid: the index or a file is missing or broken.
    """
    index = folder / "vending.json"
    if not index.is_file():
        raise DataInvalid(f"{index}: not there; render it: python -m tuning.scenes.vending")
    actors = []
    for row in json.loads(index.read_text(encoding="utf-8")):
        path = folder / row["file"]
        image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if image is None or image.ndim != 3 or image.shape[2] != 4:
            raise DataInvalid(f"{path}: not a picture with alpha; render it again")
        if row["label"] and row["label"] not in classes:
            raise DataInvalid(f"{index}: class {row['label']!r} is none of {', '.join(classes)}")
        box = (row["box"][0], row["box"][1], row["box"][2], row["box"][3])
        pixels = _faded(np.asarray(image, dtype=np.uint8))
        night = row["light"] == "night"
        actors.append(
            Actor(pixels, row["label"], box, row["pitch"], row["scale"], night, row["kind"])
        )
    return actors


def street_scene(
    plate: Picture,
    actors: Sequence[Actor],
    classes: Sequence[str],
    name: str,
    rng: Rng,
    staging: Staging,
    horizon: float = 0.42,
) -> Tile:
    """One training picture.

    Args:
        plate: a street picture; its own boxes (with `plate.classes`) are kept where in sight.
        actors: what to put into it.
        classes: names in the order of their numbers.
        name: of the new picture.
        rng: draws everything.
        staging: see there.
        horizon: height of the horizon in the plate, as a share from the top; above it for a
            camera that looks down steeply (negative: far above the picture).

    Returns:
        The picture with its boxes and their classes.
    """
    image, origin, zoom = _crop(plate, rng, staging)
    level = (horizon * plate.image.shape[0] - origin[1]) * zoom
    night = image.mean() < DARK or rng.random() < staging.night
    if night and image.mean() >= DARK:
        image = darkened(image, rng)
    market = staging.market > 0 and rng.random() < staging.market
    cast = _market(actors, rng, night) if market else _cast(actors, rng, staging, night)
    eye = rng.uniform(1.5, 3.0) if horizon > 0 else rng.uniform(4, 7)
    placed: list[tuple[int, NDArray[np.float64], float]] = []
    for box, kind in zip(plate.boxes, plate.classes, strict=True):
        moved = (box - (*origin, *origin)) * zoom
        placed.append((int(kind), moved, _area(moved)))
    close = rng.random() < staging.close
    feet = np.sort(rng.uniform(max(level + 40, 0.3 * staging.side), 1.02 * staging.side, len(cast)))
    for actor, foot in zip(cast, feet, strict=True):
        metre = (foot - level) / eye * rng.uniform(0.8, 1.25)
        if close and actor.label:
            metre = (
                rng.uniform(0.5, 0.95) * staging.side / (actor.box[2] - actor.box[0]) * actor.scale
            )
            foot = rng.uniform(0.75, 1.05) * staging.side
        _enter(image, placed, actor, classes, (metre, foot), rng, night)
    final = filmed(image, rng)
    boxes, kinds = _seen(placed, staging.side, CROWDED if market else VISIBLE)
    return Tile(name, final, boxes, kinds)


def _faded(cutout: Bgra) -> Bgra:
    alpha = np.clip((cutout[..., 3].astype(np.float32) - _HAZE) * (255 / (255 - _HAZE)), 0, 255)
    return np.dstack([cutout[..., :3], alpha.astype(np.uint8)])


def _crop(plate: Picture, rng: Rng, staging: Staging) -> tuple[Image, tuple[int, int], float]:
    height, width = plate.image.shape[:2]
    side = int(min(height, width) * rng.uniform(*staging.crop))
    x = int(rng.integers(0, width - side + 1))
    y = int(rng.integers((height - side) // 2, height - side + 1))  # the ground, not the sky
    zoom = staging.side / side
    part = plate.image[y : y + side, x : x + side]
    way = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    size = (staging.side, staging.side)
    return np.asarray(cv2.resize(part, size, interpolation=way), dtype=np.uint8), (x, y), zoom


def _cast(actors: Sequence[Actor], rng: Rng, staging: Staging, night: bool) -> list[Actor]:
    fitting = [a for a in actors if a.night == night] or list(actors)
    selling = [a for a in fitting if a.label]
    by_right = [a for a in fitting if not a.label]
    number = 0 if rng.random() < staging.empty else int(rng.choice([1, 1, 2, 2, 3, 4]))
    chosen = _some(selling, number, rng) + _some(by_right, int(rng.choice([0, 1, 1, 2, 3])), rng)
    return [chosen[i] for i in rng.permutation(len(chosen))]


def _market(actors: Sequence[Actor], rng: Rng, night: bool) -> list[Actor]:
    """Several low stalls, and people before and behind them."""
    fitting = [a for a in actors if a.night == night] or list(actors)
    low = [a for a in fitting if a.label and a.kind in LOW]
    people = [a for a in fitting if a.kind == "people"]
    chosen = _some(low, int(rng.integers(2, 6)), rng) + _some(people, int(rng.integers(2, 8)), rng)
    return [chosen[i] for i in rng.permutation(len(chosen))]


def _some(pool: list[Actor], count: int, rng: Rng) -> list[Actor]:
    return [pool[int(rng.integers(len(pool)))] for _ in range(count)] if pool else []


def _enter(
    image: Image,
    placed: list[tuple[int, NDArray[np.float64], float]],
    actor: Actor,
    classes: Sequence[str],
    stand: tuple[float, float],
    rng: Rng,
    night: bool,
) -> None:
    """Puts one actor in; shrinks the boxes of what it hides."""
    metre, foot = stand
    scale = metre / actor.scale
    height, width = actor.image.shape[:2]
    size = (round(width * scale), round(height * scale))
    if min(size) < 14 or size[0] > 1.6 * image.shape[1]:
        return
    cutout = resized(actor.image, *size)
    box = np.array(actor.box, dtype=np.float64) * scale
    if rng.random() < 0.5:
        cutout = np.ascontiguousarray(cutout[:, ::-1])
        box = np.array([size[0] - box[2], box[1], size[0] - box[0], box[3]])
    base = box[3] if actor.label else size[1] - 0.02 * size[1]
    x = int(rng.uniform(-0.25 * size[0], image.shape[1] - 0.75 * size[0]))
    y = int(foot - base)
    around = image[max(y, 0) : y + size[1], max(x, 0) : x + size[0]]
    if not around.size:
        return
    gain = 1.0 if night else float(np.clip((around.mean() / 115) ** 0.5, 0.6, 1.3))
    tint = np.exp(rng.normal(0, 0.04, 3)) * gain * np.exp(rng.normal(0, 0.12))
    cutout = shaded(softened(cutout, rng.uniform(0.3, 1.0)), tint, rng.uniform(0, 14))
    solid = cutout[..., 3] > SOLID
    for index, (kind, old, area) in enumerate(placed):
        placed[index] = (kind, old, area - _hidden(solid, old, x, y))
    paste(image, cutout, x, y)
    if actor.label:
        moved = box + np.array([x, y, x, y])
        placed.append((classes.index(actor.label), moved, _area(moved)))


def _hidden(solid: NDArray[np.bool_], box: NDArray[np.float64], x: int, y: int) -> float:
    x0, y0, x1, y1 = (int(v) for v in box - (x, y, x, y))
    return float(solid[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)].sum())


def _seen(
    placed: Sequence[tuple[int, NDArray[np.float64], float]], side: int, least: float
) -> tuple[Boxes, NDArray[np.int64]]:
    boxes, kinds = [], []
    for kind, box, left in placed:
        inside = np.clip(box, 0, side)
        whole = _area(box)
        if whole > 0 and left - (whole - _area(inside)) >= least * whole:
            boxes.append(inside)
            kinds.append(kind)
    return np.array(boxes, dtype=np.float64).reshape(-1, 4), np.array(kinds, dtype=np.int64)


def _area(box: NDArray[np.float64]) -> float:
    return float(max(box[2] - box[0], 0) * max(box[3] - box[1], 0))


def darkened(image: Image, rng: Rng) -> Image:
    """A day's picture as dusk or street-lamp night: darker, warmer or bluer, contrast kept low."""
    tone = np.array([1.15, 1.0, 0.85]) if rng.random() < 0.4 else np.array([0.65, 0.85, 1.05])
    level = (image.astype(np.float32) / 255) ** rng.uniform(1.3, 2.0) * rng.uniform(0.2, 0.5)
    return np.asarray(np.clip(level * tone * 255, 0, 255), dtype=np.uint8)
