"""The street itself: road, markings, kerb, footway and a row of shops."""

from dataclasses import dataclass

import numpy as np

from tuning.scenes.mesh import Paint, Part, Parts, Rgb, box, moved, rect, wall
from tuning.scenes.objects import ASPHALT, manhole_frame

FOOTWAY = 0.13
"""Height of the footway over the road, metres. The kerb's face is at y=0, the road at y<0."""
DEPTH = 5.6
"""Metres from the kerb's face to the shops."""
LANE = -2.15
"""y of the middle of the lane beside the kerb."""
_SPAN = 34.0
_PATCH = 0.8

_WALLS: tuple[Rgb, ...] = (
    (0.40, 0.36, 0.30),
    (0.33, 0.33, 0.33),
    (0.45, 0.42, 0.38),
    (0.34, 0.24, 0.19),
)
_SIGNS: tuple[tuple[Rgb, Rgb], ...] = (
    ((0.36, 0.03, 0.03), (0.75, 0.65, 0.15)),
    ((0.03, 0.11, 0.33), (0.75, 0.75, 0.75)),
    ((0.04, 0.20, 0.10), (0.75, 0.75, 0.70)),
    ((0.55, 0.50, 0.44), (0.35, 0.03, 0.03)),
    ((0.05, 0.05, 0.05), (0.70, 0.55, 0.20)),
    ((0.50, 0.20, 0.02), (0.75, 0.75, 0.72)),
)
_NAMES = (
    "五金日杂",
    "老王面馆",
    "便民超市",
    "康民大药房",
    "时尚发型",
    "手机维修",
    "洗衣店",
    "文具图文",
)


@dataclass(frozen=True, slots=True)
class Sign:
    """Letters over a shop: text, middle of the line (x, y, z), height in metres, paint."""

    text: str
    at: tuple[float, float, float]
    height: float
    paint: Paint


def road(manhole: tuple[float, float]) -> Parts:
    """Asphalt with a manhole's frame let in, gutter and lane markings."""
    x, y = manhole
    far, near = 0.0, -22.0
    parts: Parts = [
        rect(-_SPAN, near, _SPAN, y - _PATCH, 0, ASPHALT),
        rect(-_SPAN, y + _PATCH, _SPAN, far, 0, ASPHALT),
        rect(-_SPAN, y - _PATCH, x - _PATCH, y + _PATCH, 0, ASPHALT),
        rect(x + _PATCH, y - _PATCH, _SPAN, y + _PATCH, 0, ASPHALT),
    ]
    # Moved with its vertices, so that the asphalt's pattern runs through (it follows world axes).
    parts += moved(manhole_frame(_PATCH), x, y)
    parts.append(rect(-_SPAN, -0.32, _SPAN, 0, 0.004, Paint("plain", (0.20, 0.195, 0.19), 0.9)))
    white = Paint("line", (0.55, 0.55, 0.53), 0.8)
    yellow = Paint("line", (0.50, 0.33, 0.05), 0.8)
    parts.append(rect(-_SPAN, -0.62, _SPAN, -0.50, 0.003, white))
    parts += [
        rect(s, -3.95, s + 2.0, -3.81, 0.003, yellow) for s in np.arange(-_SPAN + 0.7, _SPAN, 4.0)
    ]
    return parts


def footway(rng: np.random.Generator) -> Parts:
    """Kerb stones, pavers and the yellow guiding strip for the blind."""
    tone = rng.uniform(0.9, 1.1)
    first = (0.27 * tone, 0.25 * tone, 0.235 * tone)
    second = (0.22 * tone, 0.20 * tone, 0.19 * tone)
    paving = Paint("paving", first, 0.9, second)
    kerb = Paint("plain", (0.36, 0.355, 0.34), 0.9)
    parts: Parts = [
        box((s + 0.5, 0.1, 0), (0.985, 0.2, FOOTWAY + 0.004), kerb)
        for s in np.arange(-_SPAN, _SPAN, 1.0)
    ]
    parts.append(rect(-_SPAN, 0.2, _SPAN, DEPTH + 1, FOOTWAY, paving))
    guide = Paint("paving", (0.46, 0.31, 0.06), 0.9, (0.40, 0.27, 0.05))
    parts.append(rect(-_SPAN, 3.1, _SPAN, 3.5, FOOTWAY + 0.004, guide))
    return parts


def shops(rng: np.random.Generator) -> tuple[Parts, list[Sign]]:
    """A row of shop fronts along y=DEPTH, and the letters of their signs."""
    parts: Parts = []
    signs: list[Sign] = []
    names = list(rng.permutation(np.array(_NAMES)))
    left = -_SPAN + rng.uniform(0, 2)
    number = 0
    while left < _SPAN:
        width = float(rng.uniform(3.4, 4.6))
        made, sign = _shop(rng, left, left + width, str(names[number % len(names)]))
        parts += made
        signs.append(sign)
        left += width
        number += 1
    stone = Paint("plain", (0.25, 0.24, 0.23), 0.9)
    parts.append(box((0, DEPTH - 0.1, FOOTWAY), (2 * _SPAN, 0.3, 0.10), stone))
    return parts, signs


def _shop(rng: np.random.Generator, x0: float, x1: float, name: str) -> tuple[Parts, Sign]:
    y, z = DEPTH, FOOTWAY
    masonry = Paint("plain", _WALLS[int(rng.integers(len(_WALLS)))], 0.9)
    ground, letters = _SIGNS[int(rng.integers(len(_SIGNS)))]
    middle = (x0 + x1) / 2
    parts: Parts = [
        box((x0 + 0.2, y, z), (0.4, 0.5, 3.0), masonry),
        box((x1 - 0.02, y, z), (0.06, 0.5, 3.0), masonry),
        wall(x0, x1, z + 3.0, z + 9.0, y, masonry),
        box(
            (middle + 0.15, y - 0.16, z + 2.45),
            (x1 - x0 - 0.3, 0.16, 0.75),
            Paint("plain", ground, 0.5),
        ),
    ]
    parts += _opening(rng, x0 + 0.4, x1 - 0.05, y + 0.15, z)
    if rng.random() < 0.5:
        parts += _cooler(rng, middle + rng.uniform(-0.8, 0.8), y - 0.3, z + 3.6)
    at = (middle + 0.15, y - 0.255, z + 2.82)
    return parts, Sign(name, at, 0.95, Paint("plain", letters, 0.5))


def _opening(rng: np.random.Generator, x0: float, x1: float, y: float, z: float) -> list[Part]:
    frame = Paint("plain", (0.16, 0.16, 0.17), 0.4)
    if rng.random() < 0.3:
        tone = rng.uniform(0.2, 0.42)
        return [wall(x0, x1, z, z + 2.5, y, Paint("shutter", (tone, tone, tone * 1.03), 0.5))]
    warm = rng.uniform(0.15, 0.45, 3)
    cold = rng.uniform(0.05, 0.35, 3)
    glass = Paint(
        "shopwindow",
        (float(warm[0]), float(warm[1]), float(warm[2]) * 0.7),
        0.12,
        (float(cold[0]) * 0.6, float(cold[1]), float(cold[2])),
    )
    panes = [wall(x0, x1, z, z + 2.5, y, glass)]
    count = int((x1 - x0) / 1.05)
    panes += [
        box((x0 + (x1 - x0) * k / count, y - 0.02, z), (0.06, 0.05, 2.5), frame)
        for k in range(count + 1)
    ]
    panes.append(box(((x0 + x1) / 2, y - 0.02, z), (x1 - x0, 0.05, 0.16), frame))
    return panes


def _cooler(rng: np.random.Generator, x: float, y: float, z: float) -> list[Part]:
    body = Paint("plain", (0.48, 0.48, 0.46), 0.6)
    return [
        box((x, y, z), (0.8, 0.32, 0.6), body),
        box(
            (x - 0.1, y - 0.17, z + 0.08),
            (0.44, 0.02, 0.44),
            Paint("plain", (0.05, 0.05, 0.05), 0.6),
        ),
    ]
