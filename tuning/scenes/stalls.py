"""Stalls: tables, ground cloths, crates, frames hung with goods, food stands, clothes rails.

Each stands at the origin, its buyers' side is -y. Sellers and buyers are not part of it.
"""

from collections.abc import Callable

import numpy as np

from tuning.scenes.goods import MAKERS, STEEL, any_colour, hanging, rail
from tuning.scenes.mesh import (
    Paint,
    Part,
    Parts,
    Rgb,
    box,
    ellipsoid,
    grid_faces,
    lathe,
    moved,
    tube,
    turned,
)
from tuning.scenes.objects import umbrella

Rng = np.random.Generator

_TRAYS: tuple[Rgb, ...] = (
    (0.05, 0.13, 0.35),
    (0.06, 0.22, 0.10),
    (0.40, 0.06, 0.05),
    (0.48, 0.30, 0.06),
    (0.33, 0.21, 0.11),
    (0.33, 0.21, 0.11),
    (0.60, 0.60, 0.58),
)
"""Plastic, cardboard and foam."""


def stall(rng: Rng, kind: str) -> Parts:
    """A stall with what it sells.

    Args:
        rng: draws everything else.
        kind: a key of `STALLS`.
    """
    return STALLS[kind](rng)


def table(rng: Rng) -> Parts:
    """A trestle table full of goods, often with a cloth down its front and a roof over it."""
    w, d, h = rng.uniform(1.2, 3.2), rng.uniform(0.7, 1.1), rng.uniform(0.6, 0.85)
    top = Paint("card", any_colour(rng), 0.8)
    parts: Parts = [box((0, 0, h - 0.04), (w, d, 0.04), top)]
    parts += [
        tube((x * w * 0.46, y * d * 0.44, 0), (x * w * 0.46, y * d * 0.44, h), 0.02, STEEL)
        for x in (-1, 1)
        for y in (-1, 1)
    ]
    if rng.random() < 0.6:
        skirt = Paint("card", any_colour(rng, 0.9), 0.9)
        drop = h - rng.uniform(0.1, 0.3)
        parts.append(box((0, -d / 2 - 0.01, h - drop), (w + 0.02, 0.015, drop), skirt))
        parts += [
            box((x * w / 2, 0, h - drop), (0.015, d, drop), skirt) for x in (-1.01, 1.01)
        ]  # fmt: skip
    parts += moved(spread(rng, w * 0.96, d * 0.94), 0, 0, h)
    if rng.random() < 0.3:
        parts += moved(rail(rng, w * 0.9), 0, d * 0.5 + 0.35)
    return parts + around(rng, w, d) + roof(rng, w, d)


def cloth(rng: Rng) -> Parts:
    """A cloth on the ground with goods laid out in rows."""
    w, d = rng.uniform(1.0, 3.0), rng.uniform(0.8, 1.8)
    n = 9
    x, y = np.meshgrid(np.linspace(-w / 2, w / 2, n), np.linspace(-d / 2, d / 2, n))
    flat = np.stack([x, y, np.abs(rng.normal(0.008, 0.006, x.shape))], axis=-1).reshape(-1, 3)
    flat[:, :2] += rng.normal(0, 0.015, (n * n, 2))
    sheet = Part(flat, grid_faces(n, n, wrap=False), Paint("card", any_colour(rng, 0.9), 0.9))
    sorts = ["oddments", "clothes", "packets", "oddments", "greens", "fruit"]
    goods = spread(rng, w * 0.9, d * 0.88, str(rng.choice(sorts)), trays=False)
    parts = [sheet, *moved(goods, 0, 0, 0.015)]
    if rng.random() < 0.2:
        parts += moved(umbrella(_two(rng), rng.uniform(1.0, 1.4)), rng.uniform(-0.4, 0.4), d * 0.4)
    return parts + around(rng, w, d, most=2)


def crates(rng: Rng) -> Parts:
    """Fruit and vegetables in crates, the further ones stacked higher."""
    w, d = rng.uniform(1.2, 3.5), rng.uniform(0.8, 1.5)
    nx, ny = max(2, round(w / 0.5)), max(1, round(d / 0.45))
    parts: Parts = []
    for i in range(nx):
        for j in range(ny):
            under = int(rng.choice([0, 1, 1, 2] if j else [0, 0, 1]))
            at = ((i + 0.5) / nx * w - w / 2, (j + 0.5) / ny * d - d / 2)
            for k in range(under):
                parts += moved(turned(tray(rng, 0.48, 0.42, 0.24), rng.normal(0, 0.04)),
                               *at, 0.25 * k)  # fmt: skip
            sort = "greens" if rng.random() < 0.2 else "fruit"
            full = filled(rng, 0.48, 0.42, 0.22, sort)
            parts += moved(turned(full, rng.normal(0, 0.05)), *at, 0.25 * under)
    return parts + around(rng, w, d) + roof(rng, w, d)


def frame(rng: Rng) -> Parts:
    """A roof on poles with cloth at the back, shelves, and goods hung along its edges."""
    w, d, h = rng.uniform(1.6, 3.6), rng.uniform(1.0, 2.0), rng.uniform(1.9, 2.4)
    parts = canopy(rng, w, d, h)
    back = Paint("card", any_colour(rng), 0.9)
    if rng.random() < 0.7:
        parts.append(box((0, d / 2, 0.3), (w, 0.02, h - 0.4), back))
    if rng.random() < 0.5:
        parts.append(box((-w / 2, 0, 0.2), (0.02, d, h - 0.4), back))
    parts += moved(hanging(rng, w, rng.uniform(0.3, 0.9)), 0, -d / 2, h - 0.05)
    if rng.random() < 0.5:
        parts += moved(turned(hanging(rng, d, 0.45), np.pi / 2), w / 2, 0, h - 0.05)
    for z in (0.35, 0.75, 1.15)[: int(rng.integers(1, 4))]:
        deep = d * (0.8 if z < 0.5 else 0.35)
        y = d / 2 - deep / 2 - (0 if z > 0.5 else 0.1)
        parts.append(box((0, y, z - 0.03), (w * 0.94, deep, 0.03), back))
        sort = str(rng.choice(["packets", "packets", "oddments", "fruit"]))
        parts += moved(spread(rng, w * 0.9, deep * 0.9, sort), 0, y, z)
    return parts + around(rng, w, d)


def food_stand(rng: Rng) -> Parts:
    """A table of cooked food under a roof or none, stools before it."""
    w, d, h = rng.uniform(1.4, 2.8), rng.uniform(0.7, 1.3), rng.uniform(0.65, 0.85)
    parts: Parts = [box((0, 0, 0.1), (w, d, h - 0.1), Paint("plain", any_colour(rng), 0.5))]
    parts.append(box((0, 0, h), (w + 0.1, d + 0.1, 0.03), STEEL))
    parts += moved(spread(rng, w * 0.95, d * 0.95, "food", trays=False), 0, 0, h + 0.03)
    if rng.random() < 0.4:
        parts += cabinet(rng, w * 0.35, d * 0.7, (w * 0.25, 0.1, h + 0.03))
    for _ in range(int(rng.integers(0, 5))):
        parts += moved(stool(rng), rng.uniform(-w / 2, w / 2), -d / 2 - rng.uniform(0.4, 1.0))
    return parts + around(rng, w, d, most=3) + roof(rng, w, d)


def rails(rng: Rng) -> Parts:
    """Clothes rails, sometimes with a table or a cloth before them."""
    w = rng.uniform(1.2, 2.4)
    parts = moved(rail(rng, w), 0, 0.4)
    if rng.random() < 0.6:
        parts += moved(
            turned(rail(rng, rng.uniform(1, 1.6)), rng.uniform(1.2, 1.9)), w / 2 + 0.2, 0
        )
    before = rng.random()
    if before < 0.4:
        parts += moved(cloth(rng), 0, -0.8)
    elif before < 0.7:
        parts += moved(table(rng), 0, -0.5)
    return parts


def tray(rng: Rng, w: float, d: float, h: float) -> Parts:
    """An open crate, carton or foam box."""
    paint = Paint("card", _TRAYS[int(rng.integers(len(_TRAYS)))], 0.7)
    walls = [box((0, y * d / 2, 0), (w, 0.02, h), paint) for y in (-1, 1)]
    walls += [box((x * w / 2, 0, 0), (0.02, d, h), paint) for x in (-1, 1)]
    return [*walls, box((0, 0, 0), (w, d, 0.02), paint)]


def filled(rng: Rng, w: float, d: float, h: float, sort: str) -> Parts:
    """A tray with goods in it."""
    goods = MAKERS[sort](rng, w * 0.92, d * 0.92)
    return tray(rng, w, d, h) + moved(goods, 0, 0, h * rng.uniform(0.45, 0.8))


def spread(
    rng: Rng, w: float, d: float, sort: str | None = None, *, trays: bool | None = None
) -> Parts:
    """Covers a surface of `w` by `d` metres with goods, mostly of one sort."""
    sorts = sorted(MAKERS)
    sort = sort or str(rng.choice([*sorts, "fruit", "fruit", "packets"]))
    trays = bool(rng.random() < 0.5) if trays is None else trays
    nx = max(1, round(w / rng.uniform(0.35, 0.6)))
    ny = max(1, round(d / rng.uniform(0.35, 0.55)))
    parts: Parts = []
    for i in range(nx):
        for j in range(ny):
            if rng.random() < 0.05:
                continue
            here = sort if rng.random() < 0.85 else str(rng.choice(sorts))
            size = (w / nx * 0.92, d / ny * 0.92)
            at = ((i + 0.5) / nx * w - w / 2, (j + 0.5) / ny * d - d / 2)
            high = rng.uniform(0.08, 0.18)
            one = filled(rng, *size, high, here) if trays else MAKERS[here](rng, *size)
            parts += moved(one, *at)
    return parts


def around(rng: Rng, w: float, d: float, most: int = 5) -> Parts:
    """Crates, sacks, buckets and stools about a stall of that size."""
    parts: Parts = []
    for _ in range(int(rng.integers(0, most + 1))):
        side = float(rng.choice([-1, 1]))
        at = (rng.uniform(-w / 2, w / 2), side * rng.uniform(d / 2 + 0.15, d / 2 + 0.45))
        pick = rng.random()
        if pick < 0.45:
            size = (rng.uniform(0.35, 0.55), rng.uniform(0.3, 0.4), rng.uniform(0.15, 0.3))
            thing = filled(rng, *size, str(rng.choice(sorted(MAKERS))))
        elif pick < 0.6:
            paint = Paint("plain", any_colour(rng, 1.0), 0.5)
            thing = [lathe([(0.11, 0), (0.15, 0.3), (0.13, 0.26), (0.001, 0.25)], paint, 14)]
        elif pick < 0.8:
            paint = Paint("card", any_colour(rng, 0.6), 0.9)
            thing = [ellipsoid((0, 0, 0.28), (0.26, 0.2, 0.33), paint, 12)]
        else:
            thing = stool(rng)
        parts += moved(turned(thing, rng.uniform(0, 6.3)), *at)
    return parts


def stool(rng: Rng) -> Parts:
    """A plastic stool."""
    paint = Paint("plain", any_colour(rng, 1.1), 0.5)
    h = rng.uniform(0.25, 0.45)
    legs = [tube((x * 0.14, y * 0.12, 0), (x * 0.11, y * 0.1, h), 0.018, paint)
            for x in (-1, 1) for y in (-1, 1)]  # fmt: skip
    return [box((0, 0, h), (0.3, 0.26, 0.03), paint), *legs]


def cabinet(rng: Rng, w: float, d: float, at: tuple[float, float, float]) -> Parts:
    """A glass case with food in it."""
    h = rng.uniform(0.4, 0.6)
    parts: Parts = [
        tube((x * w / 2, y * d / 2, 0), (x * w / 2, y * d / 2, h), 0.012, STEEL)
        for x in (-1, 1)
        for y in (-1, 1)
    ]
    parts += [box((0, 0, z), (w + 0.04, d + 0.04, 0.03), STEEL) for z in (0, h / 2, h)]
    for z in (0.03, h / 2 + 0.03):
        parts += moved(MAKERS["food"](rng, w, d), 0, 0, z)
    return moved(parts, *at)


def roof(rng: Rng, w: float, d: float) -> Parts:
    """Over a stall of that size: one or two umbrellas, a cloth on four poles, or nothing."""
    pick = rng.random()
    if pick < 0.4:
        y = rng.uniform(-0.1, d / 2)
        one = umbrella(_two(rng), rng.uniform(1.05, 1.5), rng.uniform(1.9, 2.3))
        parts = moved(one, rng.uniform(-0.3, 0.3), y)
        if w > 2 and rng.random() < 0.4:
            parts += moved(umbrella(_two(rng), 1.2, 2.1), 1.7, y)
        return parts
    if pick < 0.75:
        return canopy(rng, w + rng.uniform(0.2, 0.7), d + rng.uniform(0.5, 1.2),
                      rng.uniform(1.95, 2.5))  # fmt: skip
    return []


def canopy(rng: Rng, w: float, d: float, h: float) -> Parts:
    """A sagging cloth on four poles, plain or striped, its edge hanging down or not."""
    nx, ny = 12, 8
    tones = _two(rng) if rng.random() < 0.5 else (any_colour(rng, 1.1),) * 2
    u, v = np.meshgrid(np.linspace(0, 1, nx + 1), np.linspace(0, 1, ny + 1), indexing="ij")
    sag = rng.uniform(0.05, 0.3) * 16 * u * (1 - u) * v * (1 - v) * 0.6
    ripple = 0.012 * np.sin(9 * u + rng.uniform(0, 6)) * np.sin(7 * v)
    ridge = rng.choice([0, 0, 0.35]) * (1 - np.abs(2 * v - 1))
    z = h + 0.15 * v - sag + ripple + ridge
    at = np.stack([(u - 0.5) * w, (v - 0.5) * d, z], axis=-1)
    drop = float(rng.choice([0, 0.12, 0.22]))
    parts: Parts = []
    for i in range(nx):
        paint = Paint("card", tones[i // 2 % 2], 0.9)
        strip = at[i : i + 2].reshape(-1, 3)
        parts.append(Part(strip, grid_faces(2, ny + 1, wrap=False, flip=True), paint, True))
        if drop:
            for j in (0, ny):
                top = at[i : i + 2, j]
                hem = np.concatenate([top, top - (0, 0, drop)])
                parts.append(Part(hem, ((0, 1, 3, 2),), paint))
    parts += [tube((x * w / 2, y * d / 2, 0), (x * w / 2, y * d / 2, h), 0.02, STEEL)
              for x in (-0.99, 0.99) for y in (-0.99, 0.99)]  # fmt: skip
    return parts


STALLS: dict[str, Callable[[Rng], Parts]] = {
    "table": table,
    "cloth": cloth,
    "crates": crates,
    "frame": frame,
    "food": food_stand,
    "rails": rails,
}


def _two(rng: Rng) -> tuple[Rgb, Rgb]:
    """Colours of an umbrella or a canopy: two, one of them often white."""
    first = any_colour(rng, 1.1)
    pick = rng.random()
    return first, (0.72, 0.72, 0.70) if pick < 0.4 else first if pick < 0.7 else any_colour(rng, 1)
