"""Rubbish: tied bags, cartons and scraps, alone and in heaps; no two alike."""

from collections.abc import Callable
from dataclasses import replace
from math import pi

import numpy as np

from tuning.scenes.mesh import Array, Paint, Part, Parts, Rgb, box, grid_faces, moved, turned

BAG_COLOURS: dict[str, Rgb] = {
    "black": (0.012, 0.012, 0.014),
    "white": (0.62, 0.63, 0.62),
    "blue": (0.03, 0.10, 0.38),
    "green": (0.03, 0.17, 0.07),
    "red": (0.38, 0.03, 0.035),
}
"""Plastic of rubbish bags, linear RGB."""

CARD: Rgb = (0.36, 0.22, 0.11)


def bag(rng: np.random.Generator, colour: str, height: float, *, torn: bool = False) -> Parts:
    """A tied rubbish bag on the ground at the origin.

    Args:
        rng: decides the lumps, the pleats and how far the bag slumps.
        colour: a key of `BAG_COLOURS`.
        height: metres to the top of the knot; the body is about as wide.
        torn: one flank is ripped open, its contents lying before it.

    Returns:
        The bag's parts; a torn bag has its contents as parts of their own.
    """
    rows, columns = 34, 56
    v = np.linspace(0, 1, rows)[:, None]
    u = np.linspace(0, 2 * pi, columns, endpoint=False)[None, :]
    radius = _profile(v) * _pleats(rng, u, v) * height
    lift = np.where(v < 0.86, v / 0.86 * 0.82, 0.82 + (v - 0.86) / 0.14 * 0.18) * height
    wide = rng.uniform(0.85, 1.2)
    xyz = np.stack(
        [radius * np.cos(u) * wide, radius * np.sin(u) / wide, np.broadcast_to(lift, radius.shape)],
        axis=-1,
    )
    xyz += _lumps(rng, xyz / height, 0.045) * height * (1 - v[..., None]) ** 0.5
    xyz[..., :2] += rng.uniform(-0.22, 0.22, 2) * (lift[..., None] / height) ** 2 * height
    xyz[..., 2] = np.maximum(xyz[..., 2], 0)
    paint = Paint("film", BAG_COLOURS[colour], 0.32 if colour == "black" else 0.42)
    faces = grid_faces(rows, columns, wrap=True)
    if torn:
        start = int(rng.integers(columns))
        gap = {(start + k) % columns for k in range(9)}
        faces = tuple(
            f for i, f in enumerate(faces) if not (5 <= i // columns < 15 and i % columns in gap)
        )
        angle = (start + 4) * 2 * pi / columns
        spill = scraps(rng, 14, height * 0.45)
        out = np.array([np.cos(angle), np.sin(angle)]) * height * 0.6
        return [Part(xyz.reshape(-1, 3), faces, paint, True), *moved(spill, out[0], out[1])]
    return [Part(xyz.reshape(-1, 3), faces, paint, True)]


def carton(rng: np.random.Generator, size: float) -> Parts:
    """An open cardboard box with its flaps turned out, a little crushed."""
    w, d, h = size, size * rng.uniform(0.6, 0.9), size * rng.uniform(0.4, 0.7)
    shade = rng.uniform(0.75, 1.15)
    paint = Paint("card", (CARD[0] * shade, CARD[1] * shade, CARD[2] * shade), 0.9)
    t = 0.012
    walls = [
        box((0, -d / 2, 0), (w, t, h), paint),
        box((0, d / 2, 0), (w, t, h), paint),
        box((-w / 2, 0, 0), (t, d, h), paint),
        box((w / 2, 0, 0), (t, d, h), paint),
        box((0, 0, 0), (w, d, t), paint),
    ]
    for side, span in ((-1, w), (1, w)):
        flap = turned(
            [box((0, side * d * 0.24, 0), (span, d * 0.48, t), paint)],
            0,
            side * rng.uniform(-0.9, 0.5),
        )
        walls += moved(flap, 0, side * d / 2, h)
    crush = rng.uniform(-0.18, 0.18)
    return [
        replace(p, vertices=p.vertices + np.outer(p.vertices[:, 2], [crush, crush / 2, 0]))
        for p in walls
    ]


def scraps(rng: np.random.Generator, count: int, spread: float) -> Parts:
    """Crumpled papers, cups and wrappers strewn over a circle of radius `spread` metres."""
    tints: tuple[Rgb, ...] = (
        (0.6, 0.6, 0.57),
        (0.5, 0.1, 0.08),
        (0.1, 0.2, 0.45),
        (0.55, 0.4, 0.12),
        (0.33, 0.22, 0.12),
        (0.7, 0.7, 0.7),
    )
    out: Parts = []
    for _ in range(count):
        n = 5
        grid = np.stack(np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n)), axis=-1)
        size = rng.uniform(0.035, 0.10)
        flat = grid.reshape(-1, 2) * size * np.array([1, rng.uniform(0.5, 1)])
        z = rng.uniform(0.002, size * 0.9, n * n)
        paint = Paint("plain", tints[int(rng.integers(len(tints)))], 0.7)
        piece = Part(np.column_stack([flat, z]), grid_faces(n, n, wrap=False), paint)
        angle, far = rng.uniform(0, 2 * pi), spread * rng.uniform(0, 1) ** 0.6
        out += moved(turned([piece], angle * 3), far * np.cos(angle), far * np.sin(angle))
    return out


def heap(rng: np.random.Generator, colours: tuple[str, ...], height: float) -> Parts:
    """Bags in a row against each other, the last one on top, with scraps around."""
    step = height * 0.82
    out: Parts = []
    below = colours[:-1] if len(colours) > 3 else colours
    for i, colour in enumerate(below):
        tall = height * rng.uniform(0.85, 1.12)
        x = (i - (len(below) - 1) / 2) * step + rng.normal(0, 0.04)
        y = (i % 2 - 0.5) * height * 0.45 + rng.normal(0, 0.03)
        out += moved(turned(bag(rng, colour, tall), rng.uniform(0, 2 * pi)), x, y)
    if len(colours) > 3:
        top = turned(bag(rng, colours[-1], height * 0.8), rng.uniform(0, 6), rng.uniform(-0.4, 0.4))
        out += moved(top, rng.normal(0, 0.1), 0.05, height * 0.55)
    return out + scraps(rng, 8, step * len(below) * 0.6)


def _profile(v: Array) -> Array:
    """Radius over height, both in units of the height: a full body, a neck, flared ears."""
    at = [0.0, 0.03, 0.10, 0.22, 0.38, 0.55, 0.68, 0.78, 0.86, 0.90, 0.95, 1.0]
    r = [0.02, 0.34, 0.47, 0.53, 0.53, 0.45, 0.30, 0.14, 0.055, 0.06, 0.14, 0.20]
    out: Array = np.interp(v, at, r)
    return out


def _pleats(rng: np.random.Generator, u: Array, v: Array) -> Array:
    """Folds that run up the bag and deepen towards the knot, factors around 1."""
    folds = np.zeros(np.broadcast_shapes(u.shape, v.shape))
    for k in (7, 11, 17):
        phase, twist = rng.uniform(0, 2 * pi), rng.uniform(-2, 2)
        folds = folds + np.cos(k * u + phase + twist * v) * rng.uniform(0.5, 1)
    out: Array = 1 + folds * (0.012 + 0.16 * np.clip(v - 0.25, 0, 1) ** 1.4)
    return out


def _lumps(rng: np.random.Generator, at: Array, size: float) -> Array:
    """Smooth random bulges: a displacement for each point, in the unit of `size`."""
    out = np.zeros_like(at)
    wave: Callable[[Array], Array] = np.sin
    for pitch in (4.0, 7.0, 12.0):
        for _ in range(3):
            direction = rng.normal(size=3)
            direction /= np.linalg.norm(direction)
            along = rng.normal(size=3)
            along /= np.linalg.norm(along)
            out += wave(at @ direction * pitch + rng.uniform(0, 6))[..., None] * along * 3 / pitch
    scaled: Array = out * size
    return scaled
