"""Vendors' vehicles: handcarts, cargo tricycles, small trucks, vans with an open side.

Front is +x, the buyers' side -y. Each can be had empty or closed, too: those are no violation.
"""

from collections.abc import Callable

import numpy as np

from tuning.scenes.goods import STEEL, any_colour
from tuning.scenes.mesh import Paint, Part, Parts, box, lathe, moved, tube, turned
from tuning.scenes.objects import umbrella
from tuning.scenes.stalls import cabinet, canopy, spread, tray

Rng = np.random.Generator

_TYRE = Paint("plain", (0.02, 0.02, 0.02), 0.85)
_DARK = Paint("plain", (0.05, 0.05, 0.055), 0.6)
_GLASS = Paint("plain", (0.03, 0.04, 0.05), 0.1)
_LAMP = Paint("plain", (0.7, 0.7, 0.65), 0.2)


def vehicle(rng: Rng, kind: str, *, selling: bool) -> Parts:
    """A vendor's vehicle.

    Args:
        rng: draws everything else.
        kind: a key of `VEHICLES`.
        selling: with its goods laid out; else parked, empty, with closed boxes or shut.
    """
    return VEHICLES[kind](rng, selling)


def handcart(rng: Rng, selling: bool) -> Parts:
    """A cart on two wheels, pushed by a bar, often with a roof of its own."""
    w, d, h = rng.uniform(1.2, 2.0), rng.uniform(0.7, 0.95), rng.uniform(0.7, 0.9)
    body = Paint("plain", any_colour(rng, 1.1), 0.45)
    deep = h * rng.uniform(0.25, 0.65)
    parts: Parts = [
        box((0, 0, h - deep), (w, d, deep), body),
        box((0, 0, h), (w + 0.08, d + 0.08, 0.03), STEEL),
    ]
    for y in (-1, 1):
        parts += moved(wheel(0.3, 0.06), w * 0.25, y * (d / 2 + 0.05), 0.3)
        parts.append(
            tube((-w * 0.4, y * d * 0.4, 0), (-w * 0.4, y * d * 0.4, h - deep), 0.02, STEEL)
        )
        parts.append(
            tube((-w / 2, y * d * 0.3, h * 0.9), (-w / 2 - 0.4, y * d * 0.3, h), 0.018, STEEL)
        )
    parts.append(tube((-w / 2 - 0.4, -d * 0.3, h), (-w / 2 - 0.4, d * 0.3, h), 0.018, STEEL))
    if not selling:
        return parts
    cooked = rng.random() < 0.45
    parts += moved(spread(rng, w * 0.95, d * 0.9, "food" if cooked else None), 0, 0, h + 0.03)
    if cooked and rng.random() < 0.6:
        parts += cabinet(rng, w * 0.4, d * 0.7, (w * 0.22, 0, h + 0.03))
    pick = rng.random()
    if pick < 0.5:
        parts += (
            _board_roof(rng, w, d, h) if rng.random() < 0.5 else canopy(rng, w + 0.3, d + 0.5, 2.05)
        )
    elif pick < 0.75:
        two = (any_colour(rng, 1.1), (0.7, 0.7, 0.68))
        parts += moved(umbrella(two, rng.uniform(1.0, 1.3), 2.1), 0, d * 0.3)
    return parts


def tricycle(rng: Rng, selling: bool) -> Parts:
    """An electric cargo tricycle: handlebar and seat in front, a tray behind."""
    body = Paint("plain", any_colour(rng, 1.1), 0.4)
    long, wide, floor = rng.uniform(1.3, 1.8), rng.uniform(0.9, 1.15), 0.52
    high, mid = rng.uniform(0.22, 0.42), -0.62
    parts = moved(wheel(0.27, 0.1), 1.35, 0, 0.27)
    for y in (-1, 1):
        parts += moved(wheel(0.27, 0.11), -0.6, y * (wide / 2 - 0.04), 0.27)
        parts.append(tube((1.35, y * 0.09, 0.27), (1.1, y * 0.07, 0.95), 0.025, _DARK))
    parts += [
        tube((1.06, -0.36, 1.08), (1.06, 0.36, 1.08), 0.018, _DARK),
        tube((1.1, 0, 0.85), (1.06, 0, 1.08), 0.025, _DARK),
        box((1.22, 0, 0.5), (0.12, 0.34, 0.5), body),
        box((0.75, 0, 0.3), (0.9, 0.34, 0.06), _DARK),
        box((0.42, 0, 0.36), (0.42, 0.42, 0.34), body),
        box((0.42, 0, 0.7), (0.46, 0.4, 0.09), _DARK),
        box((0.2, 0, 0.8), (0.06, 0.4, 0.32), _DARK),
        box((-0.4, 0, 0.38), (1.8, 0.5, 0.08), _DARK),
    ]
    parts += moved(_bed(long, wide, high, body), mid, 0, floor)
    pick = rng.random()
    if pick < 0.35:
        parts += moved(canopy(rng, 1.2, 1.0, 1.9), 0.55, 0)
    if not selling:
        if rng.random() < 0.6:
            parts += moved(_load(rng, long, wide), mid, 0, floor + 0.03)
        return parts
    if rng.random() < 0.25:
        parts += cabinet(rng, long * 0.8, wide * 0.8, (mid, 0, floor + high))
        parts += moved(_board_roof(rng, long, wide, floor + high), mid, 0)
        return parts
    sort = str(rng.choice(["fruit", "fruit", "fruit", "greens", "packets", "flowers", "clothes"]))
    parts += moved(spread(rng, long, wide, sort), mid, 0, floor + high * 0.8)
    if pick > 0.7:
        parts += moved(canopy(rng, long + 0.5, wide + 0.6, 2.0), mid, 0)
    elif pick > 0.5:
        two = (any_colour(rng, 1.1), any_colour(rng, 1.1))
        parts += moved(umbrella(two, 1.2, 2.15), mid - 0.2, wide * 0.3)
    return parts


def small_truck(rng: Rng, selling: bool) -> Parts:
    """A small flat-bed truck; selling, its sides are down and goods heaped on the bed."""
    body = Paint("plain", any_colour(rng, 1.1), 0.35)
    long, wide, floor, mid = 2.7, 1.6, 0.72, -0.5
    parts: Parts = [
        box((1.55, 0, 0.4), (1.3, 1.55, 0.65), body),
        _tapered((1.42, 0, 1.05), (1.05, 1.5, 0.66), body),
        _tapered((1.46, 0, 1.12), (1.02, 1.52, 0.46), _GLASS),
        box((2.2, 0, 0.38), (0.1, 1.5, 0.2), _DARK),
        box((mid + 0.4, 0, 0.42), (3.6, 0.7, 0.14), _DARK),
        box((mid + long / 2, 0, floor), (0.04, wide, 0.7), body),
        box((mid, 0, floor - 0.05), (long, wide, 0.05), _DARK),
    ]
    parts += [box((2.21, y, 0.65), (0.05, 0.28, 0.16), _LAMP) for y in (-0.55, 0.55)]
    for x in (1.5, -1.1):
        for y in (-0.74, 0.74):
            parts += moved(wheel(0.33, 0.19), x, y, 0.33)
    down = selling and rng.random() < 0.5
    for y in (-1, 1):
        z, out = (floor - 0.38, 0.04) if down else (floor, 0.0)
        parts.append(box((mid, y * (wide / 2 + out), z), (long, 0.03, 0.36), body))
    if not selling:
        parts.append(box((mid - long / 2, 0, floor), (0.03, wide, 0.36), body))
        if rng.random() < 0.6:
            parts += moved(_load(rng, long, wide), mid, 0, floor)
        return parts
    sort = str(rng.choice(["fruit", "fruit", "greens", "packets", "oddments"]))
    parts += moved(spread(rng, long * 0.95, wide * 0.95, sort), mid, 0, floor + 0.15)
    if rng.random() < 0.45:
        parts += moved(canopy(rng, long + 0.4, wide + 0.8, 2.2), mid, 0)
    return parts


def van(rng: Rng, selling: bool) -> Parts:
    """A small box van; selling, its rear or its side is open with goods in and before it."""
    body = Paint("plain", any_colour(rng, rng.choice([0.2, 1.0])), 0.35)
    inside = Paint("plain", (0.10, 0.10, 0.10), 0.9)
    w, h, low = 1.6, 1.9, 0.35
    parts: Parts = [
        box((0.0, 0.0, low), (3.6, w, 0.12), _DARK),
        box((1.55, 0, low), (0.6, w, 0.75), body),
        _tapered((1.2, 0, low + 0.7), (0.9, w * 0.98, h - low - 0.7), body),
        _tapered((1.26, 0, low + 0.78), (0.92, w * 0.99, 0.55), _GLASS),
        box((-0.5, 0, h - 0.05), (2.7, w, 0.05), body),
        box((0.8, 0, low), (0.05, w, h - low), inside),
    ]
    parts += [box((1.86, y, 0.6), (0.05, 0.28, 0.16), _LAMP) for y in (-0.55, 0.55)]
    for x in (1.2, -1.2):
        for y in (-0.74, 0.74):
            parts += moved(wheel(0.31, 0.18), x, y, 0.31)
    side_open = selling and rng.random() < 0.5
    for y in (-1, 1):
        shut = not (side_open and y < 0)
        z, tall = (low, h - low) if shut else (low, 0.45)
        parts.append(box((-0.5, y * w / 2, z), (2.7, 0.04, tall), body))
        if shut:
            parts.append(box((-0.5, y * (w / 2 + 0.005), 1.25), (2.0, 0.04, 0.4), _GLASS))
    if not selling or side_open:
        parts.append(box((-1.85, 0, low), (0.04, w, h - low), body))
        parts.append(box((-1.86, 0, 1.2), (0.04, w * 0.8, 0.45), _GLASS))
    if not selling:
        return parts
    lid = turned(
        [box((0, 0, 0), (2.6 if side_open else 0.9, 0.9 if side_open else w, 0.04), body)],
        0,
        0.25 if side_open else 0,
    )
    parts += moved(lid, -0.5, -w / 2 - 0.4, h) if side_open else moved(lid, -2.25, 0, h)
    parts += moved(spread(rng, 2.5, w * 0.9), -0.5, 0, low + 0.45)
    if side_open:
        parts += moved(spread(rng, 2.4, 0.7), -0.5, -w / 2 - 0.5, 0.0)
    else:
        parts += moved(turned(spread(rng, w, 0.9), np.pi / 2), -2.4, 0, 0.0)
    return parts


def wheel(r: float, wide: float) -> Parts:
    """A wheel around the y axis, its middle at the origin."""
    half = wide / 2
    tyre = lathe([(r * 0.75, -half), (r, -half), (r, half), (r * 0.75, half)], _TYRE, 20)
    rim = lathe([(0.001, -half * 0.7), (r * 0.75, -half * 0.7), (r * 0.75, half * 0.7),
                 (0.001, half * 0.7)], STEEL, 14)  # fmt: skip
    return turned([tyre, rim], 0, np.pi / 2)


VEHICLES: dict[str, Callable[[Rng, bool], Parts]] = {
    "handcart": handcart,
    "tricycle": tricycle,
    "truck": small_truck,
    "van": van,
}


def _bed(w: float, d: float, h: float, paint: Paint) -> Parts:
    walls = [box((0, y * d / 2, 0), (w, 0.025, h), paint) for y in (-1, 1)]
    walls += [box((x * w / 2, 0, 0), (0.025, d, h), paint) for x in (-1, 1)]
    rims = [tube((-w / 2, y * d / 2, h), (w / 2, y * d / 2, h), 0.015, STEEL) for y in (-1, 1)]
    return [*walls, *rims, box((0, 0, 0), (w, d, 0.03), paint)]


def _load(rng: Rng, w: float, d: float) -> Parts:
    """Closed boxes, upside-down trays or a tarpaulin over something: transport, not trade."""
    parts: Parts = []
    for _ in range(int(rng.integers(1, 6))):
        size = rng.uniform(0.25, 0.6, 3)
        at = (rng.uniform(-w / 3, w / 3), rng.uniform(-d / 4, d / 4))
        if rng.random() < 0.7:
            paint = Paint("card", (0.33, 0.21, 0.11), 0.9)
            one = [box((0, 0, 0), (size[0], size[1], size[2]), paint)]
        else:
            one = tray(rng, size[0], size[1], 0.25)
        parts += moved(turned(one, rng.uniform(0, 6.3)), *at)
    return parts


def _board_roof(rng: Rng, w: float, d: float, h: float) -> Parts:
    """A flat roof on four posts from a counter at height `h`, a sign along its front."""
    top = rng.uniform(1.85, 2.15)
    paint = Paint("plain", any_colour(rng, 1.1), 0.5)
    posts = [tube((x * w * 0.48, y * d * 0.47, h), (x * w * 0.48, y * d * 0.47, top), 0.016, STEEL)
             for x in (-1, 1) for y in (-1, 1)]  # fmt: skip
    sign = box((0, -d / 2 - 0.15, top - 0.22), (w + 0.2, 0.02, 0.26),
               Paint("plain", any_colour(rng, 1.1), 0.5))  # fmt: skip
    return [*posts, box((0, 0, top), (w + 0.25, d + 0.35, 0.05), paint), sign]


def _tapered(
    centre: tuple[float, float, float], size: tuple[float, float, float], paint: Paint
) -> Part:
    """A box that narrows upwards to 86 %, as cabs do."""
    part = box((0, 0, 0), size, paint)
    narrow = np.where(part.vertices[:, 2:] > 0, 0.86, 1.0)
    shape = part.vertices * np.concatenate([narrow, narrow, np.ones_like(narrow)], axis=1)
    return Part(shape + np.array(centre), part.faces, paint)
