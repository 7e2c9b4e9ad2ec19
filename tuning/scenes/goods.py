"""What is sold in the street: fruit in heaps, packets, clothes, greens, food in pots and trays.

Each maker fills a surface of `w` by `d` metres around the origin, standing on z=0.
"""

import colorsys
from collections.abc import Callable

import numpy as np

from tuning.scenes.mesh import (
    Paint,
    Part,
    Parts,
    Rgb,
    box,
    ellipsoid,
    lathe,
    merged,
    moved,
    tube,
    turned,
)

Rng = np.random.Generator
Maker = Callable[[Rng, float, float], Parts]

_FRUIT: tuple[tuple[Rgb, float, float], ...] = (
    ((0.50, 0.05, 0.03), 0.042, 1.0),  # apples
    ((0.60, 0.22, 0.02), 0.040, 1.0),  # oranges
    ((0.55, 0.38, 0.04), 0.050, 1.4),  # mangoes
    ((0.48, 0.06, 0.03), 0.036, 1.0),  # tomatoes
    ((0.30, 0.22, 0.11), 0.042, 1.3),  # potatoes
    ((0.24, 0.38, 0.10), 0.090, 1.0),  # cabbages
    ((0.06, 0.16, 0.05), 0.110, 1.15),  # melons
    ((0.05, 0.015, 0.05), 0.040, 2.4),  # aubergines
    ((0.32, 0.12, 0.14), 0.040, 1.0),  # onions
    ((0.50, 0.45, 0.05), 0.036, 1.2),  # lemons
    ((0.45, 0.08, 0.20), 0.060, 1.2),  # dragon fruit
    ((0.55, 0.20, 0.03), 0.024, 4.0),  # carrots
    ((0.55, 0.45, 0.14), 0.030, 4.0),  # maize
    ((0.10, 0.20, 0.04), 0.025, 4.5),  # cucumbers
    ((0.58, 0.50, 0.38), 0.055, 1.0),  # steamed buns
    ((0.25, 0.26, 0.28), 0.035, 4.0),  # fish
)
"""Colour, radius in metres, length over width."""

STEEL = Paint("plain", (0.45, 0.45, 0.46), 0.35)


def colour(hue: float, saturation: float, value: float) -> Rgb:
    """A linear colour, rounded so that like things share a paint."""
    r, g, b = colorsys.hsv_to_rgb(hue % 1, min(max(saturation, 0), 1), min(max(value, 0), 1))
    return round(r**2.2, 2), round(g**2.2, 2), round(b**2.2, 2)


def any_colour(rng: Rng, dull: float = 0.75) -> Rgb:
    """A colour as goods have them: all hues, many of them pale or dark, few pure."""
    saturation = float(rng.choice([0.05, 0.15, 0.35, 0.6, 0.85])) * dull
    return colour(float(rng.random()), saturation, float(rng.uniform(0.15, 0.95)))


def fruit(rng: Rng, w: float, d: float) -> Parts:
    """A heap of one kind of fruit or vegetable, in three tones."""
    base, r, long = _FRUIT[int(rng.integers(len(_FRUIT)))]
    r *= max(1.0, float(np.sqrt(w * d / (90 * 4 * r * r * long))))  # at most some ninety of them
    tones = [tuple(round(c * k, 3) for c in base) for k in (0.75, 1.0, 1.2)]
    paints = [Paint("plain", (t[0], t[1], t[2]), 0.5) for t in tones]
    step_x, step_y, high = r * 1.9 * long**0.5, r * 1.9, rng.uniform(0.02, 0.1)
    out: Parts = []
    for x in np.arange(-w / 2 + r, w / 2 - r * 0.5, step_x):
        for y in np.arange(-d / 2 + r, d / 2 - r * 0.5, step_y):
            dome = high * (1 - (2 * x / w) ** 2) * (1 - (2 * y / d) ** 2)
            one = ellipsoid((0, 0, 0), (r * long**0.5, r / long**0.2, r), _of(rng, paints), 8)
            at = (x + rng.normal(0, r / 5), y + rng.normal(0, r / 5), r * 0.8 + dome)
            out += moved(turned([one], rng.uniform(0, 6.3)), *at)
    return merged(out)


def packets(rng: Rng, w: float, d: float) -> Parts:
    """Packaged goods, small boxes and tins in rows, a sort a row."""
    out: Parts = []
    x = -w / 2
    while x < w / 2 - 0.04:
        wide, deep = rng.uniform(0.06, 0.2), rng.uniform(0.06, 0.18)
        high = float(rng.choice([0.03, 0.07, 0.15, 0.22])) * rng.uniform(0.8, 1.2)
        paint = Paint("plain", any_colour(rng), 0.4)
        label = Paint("plain", any_colour(rng), 0.4)
        for y in np.arange(-d / 2, d / 2 - deep / 2, deep * 1.05):
            if rng.random() < 0.08:
                continue
            at = (x + wide / 2, y + deep / 2, 0.0)
            pack = [box((0, 0, 0), (wide * 0.92, deep * 0.92, high), paint)]
            pack.append(box((0, 0, high * 0.3), (wide * 0.94, deep * 0.94, high * 0.4), label))
            out += moved(turned(pack, rng.normal(0, 0.05)), *at)
        x += wide
    return merged(out)


def clothes(rng: Rng, w: float, d: float) -> Parts:
    """Piles of folded clothes."""
    out: Parts = []
    for x in np.arange(-w / 2 + 0.14, w / 2 - 0.05, 0.29):
        for y in np.arange(-d / 2 + 0.17, d / 2 - 0.05, 0.35):
            z = 0.0
            for _ in range(int(rng.integers(1, 6))):
                thick = rng.uniform(0.02, 0.05)
                paint = Paint("card", any_colour(rng), 0.9)
                size = (rng.uniform(0.2, 0.27), rng.uniform(0.26, 0.33), thick)
                folded = turned([box((0, 0, 0), size, paint)], rng.normal(0, 0.15))
                out += moved(folded, x, y, z)
                z += thick
    return merged(out)


def greens(rng: Rng, w: float, d: float, *, flowers: bool = False) -> Parts:
    """Bunches of leaves, or flowers: many small tilted blades."""
    hue = rng.uniform(0, 1)
    leaf = [Paint("plain", colour(0.27 + rng.normal(0, 0.03), 0.6, v), 0.8) for v in (0.3, 0.5)]
    bloom = [Paint("plain", colour(hue, 0.75, v), 0.7) for v in (0.6, 0.9)]
    high = 0.35 if flowers else rng.uniform(0.08, 0.2)
    out: Parts = []
    for _ in range(min(int(700 * w * d) + 40, 700)):
        a, b = rng.uniform(0.03, 0.08), rng.uniform(0.012, 0.04)
        blade = np.array([[-a, -b, 0], [a, -b, 0.01], [a, b, 0], [-a, b, 0.01]])
        paint = _of(rng, bloom if flowers and rng.random() < 0.45 else leaf)
        z = rng.random() ** 0.7 * high + 0.01
        at = (rng.uniform(-w / 2, w / 2), rng.uniform(-d / 2, d / 2), z)
        piece = [Part(blade, ((0, 1, 2, 3),), paint)]
        out += moved(turned(piece, rng.uniform(0, 6.3), rng.normal(0, 0.6)), *at)
    return merged(out)


def oddments(rng: Rng, w: float, d: float) -> Parts:
    """Toys, shoes, household things: small lumps and boxes of all colours."""
    paints = [Paint("plain", any_colour(rng, 0.9), 0.5) for _ in range(9)]
    out: Parts = []
    for x in np.arange(-w / 2 + 0.06, w / 2 - 0.03, 0.14):
        for y in np.arange(-d / 2 + 0.06, d / 2 - 0.03, 0.15):
            size = rng.uniform(0.025, 0.06, 3)
            paint = _of(rng, paints)
            if rng.random() < 0.5:
                thing = ellipsoid((0, 0, size[2]), size, paint, 8)
            else:
                thing = box((0, 0, 0), (2 * size[0], 2 * size[1], 1.6 * size[2]), paint)
            at = (x + rng.normal(0, 0.015), y + rng.normal(0, 0.015))
            out += moved(turned([thing], rng.uniform(0, 6.3)), *at)
    return merged(out)


def food(rng: Rng, w: float, d: float) -> Parts:
    """Cooked food: steel pots and round dishes heaped with something brown, red or green."""
    tints: tuple[Rgb, ...] = (
        (0.30, 0.12, 0.03),
        (0.38, 0.06, 0.02),
        (0.14, 0.20, 0.05),
        (0.45, 0.30, 0.08),
        (0.20, 0.08, 0.04),
        (0.5, 0.42, 0.28),
    )
    out: Parts = []
    step = rng.uniform(0.26, 0.42)
    for x in np.arange(-w / 2 + step / 2, w / 2 - step / 3, step):
        for y in np.arange(-d / 2 + step / 2, d / 2 - step / 3, step):
            r, high = step * 0.46, float(rng.choice([0.05, 0.07, 0.22]))
            tint = tints[int(rng.integers(len(tints)))]
            dish = [lathe([(r * 0.75, 0), (r, high), (r * 0.94, high)], STEEL, 20)]
            filling = [Paint("plain", (tint[0] * k, tint[1] * k, tint[2] * k), 0.5)
                       for k in (0.7, 1.1)]  # fmt: skip
            for _ in range(22):
                angle, far = rng.uniform(0, 6.3), r * 0.75 * rng.random() ** 0.5
                size = rng.uniform(0.02, 0.05, 3)
                lump = (far * np.cos(angle), far * np.sin(angle), high * 0.85)
                dish.append(ellipsoid(lump, size, _of(rng, filling), 6))
            out += moved(dish, x, y)
    return merged(out)


def flowers(rng: Rng, w: float, d: float) -> Parts:
    """Cut flowers."""
    return greens(rng, w, d, flowers=True)


def rail(rng: Rng, length: float) -> Parts:
    """A clothes rail of that length along x, 1.4-1.75 m high, hung full."""
    high = rng.uniform(1.4, 1.75)
    out: Parts = [tube((-length / 2, 0, high), (length / 2, 0, high), 0.014, STEEL)]
    for x in (-length / 2, length / 2):
        out.append(tube((x, 0, 0), (x, 0, high), 0.016, STEEL))
        out.append(tube((x, -0.25, 0.02), (x, 0.25, 0.02), 0.014, STEEL))
    out += moved(hanging(rng, length, rng.uniform(0.6, 1.05)), 0, 0, high - 0.03)
    return out


def hanging(rng: Rng, length: float, drop: float) -> Parts:
    """Things that hang in a row along x, their tops at z=0: clothes, bags, strips of packets."""
    out: Parts = []
    x = -length / 2
    while x < length / 2:
        half, low = rng.uniform(0.16, 0.27), -drop * rng.uniform(0.6, 1.0)
        outline = [(-0.2 * half, 0), (0.2 * half, 0), (half, -0.12), (0.75 * half, low)]
        profile = [*outline, (-0.75 * half, low), (-half, -0.12)]
        angle = rng.normal(0, 0.35) + (np.pi / 2 if drop < 0.5 else 0)
        flat = np.array([(0.0, y, z) for y, z in profile])
        paint = Paint("card", any_colour(rng, 0.95), 0.85)
        shape = Part(flat, (tuple(range(len(profile))),), paint)
        out += moved(turned([shape], angle), x, 0)
        x += rng.uniform(0.06, 0.14) if drop >= 0.5 else half * 1.3
    return merged(out)


MAKERS: dict[str, Maker] = {
    "fruit": fruit,
    "packets": packets,
    "clothes": clothes,
    "greens": greens,
    "flowers": flowers,
    "oddments": oddments,
    "food": food,
}


def _of(rng: Rng, paints: list[Paint]) -> Paint:
    return paints[int(rng.integers(len(paints)))]
