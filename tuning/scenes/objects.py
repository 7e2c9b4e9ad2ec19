"""What stands in a street: a vendor's stall, a manhole with and without its cover, furniture."""

from math import cos, pi, sin

import numpy as np

from tuning.scenes.mesh import (
    Paint,
    Part,
    Parts,
    Rgb,
    box,
    disc,
    ellipsoid,
    grid_faces,
    lathe,
    moved,
    square_with_hole,
    tube,
    turned,
)

ASPHALT = Paint("asphalt", (0.115, 0.114, 0.115), 0.9)
IRON = Paint("iron", (0.105, 0.095, 0.085), 0.55)
_STEEL = Paint("plain", (0.45, 0.45, 0.46), 0.4)
_WOOD = Paint("card", (0.30, 0.19, 0.10), 0.8)
_CRATE_COLOURS: tuple[Rgb, ...] = (
    (0.04, 0.12, 0.36),
    (0.05, 0.22, 0.09),
    (0.42, 0.05, 0.04),
    (0.50, 0.30, 0.05),
)
_FRUIT: tuple[tuple[Rgb, float], ...] = (
    ((0.55, 0.20, 0.02), 0.045),
    ((0.42, 0.04, 0.03), 0.042),
    ((0.50, 0.38, 0.04), 0.05),
    ((0.14, 0.24, 0.05), 0.05),
    ((0.10, 0.20, 0.04), 0.09),
    ((0.30, 0.09, 0.12), 0.04),
)
MANHOLE_RADIUS = 0.38


def manhole_frame(patch: float) -> Parts:
    """The asphalt square of half width `patch` around a manhole, its ring and its shaft."""
    r = MANHOLE_RADIUS
    brick = Paint("plain", (0.10, 0.085, 0.07), 0.95)
    rim = Paint("plain", (0.13, 0.12, 0.11), 0.6)
    turn_in = lathe([(r, 0.004), (r, -0.10)], rim, 64)
    shaft = lathe([(r, -0.10), (r + 0.04, -0.12), (r + 0.04, -1.6)], brick, 64)
    ring = lathe([(r + 0.09, 0.0), (r + 0.085, 0.006), (r, 0.006)], rim, 64)
    floor = disc(r + 0.04, -1.6, Paint("plain", (0.01, 0.01, 0.01), 0.3))
    return [square_with_hole(patch, r + 0.085, 0.0, ASPHALT), ring, turn_in, shaft, floor]


def manhole_cover() -> Parts:
    """The cast-iron cover that closes the frame, with two lifting slots."""
    r = MANHOLE_RADIUS - 0.008
    slot = Paint("plain", (0.008, 0.008, 0.008), 0.9)
    rim = lathe([(r, -0.04), (r, 0.004), (r - 0.03, 0.010), (r - 0.05, 0.002)], IRON, 64)
    lid = disc(r - 0.045, 0.003, IRON)
    slots = [box((side * r * 0.6, 0, 0.0), (0.03, 0.09, 0.0045), slot) for side in (-1, 1)]
    return [rim, lid, *slots]


def manhole_outline() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Points on the frame's ring, shape (n, 3): what a box around the manhole holds."""
    return disc(MANHOLE_RADIUS + 0.06, 0.0, IRON).vertices


def umbrella(colours: tuple[Rgb, Rgb], radius: float = 1.25, height: float = 2.25) -> Parts:
    """A vendor's big umbrella: eight panels of two colours, a valance, a pole and a foot."""
    panels, rows = 8, 7
    parts: Parts = []
    for i in range(panels):
        grid = []
        for k in range(rows):
            t = k / (rows - 1)
            z = height + 0.42 * (1 - t**1.6)
            for q in range(4):
                angle = 2 * pi * (i + q / 3) / panels
                sag = 0.10 * t * 4 * (q / 3) * (1 - q / 3)
                reach = radius * t * (1 - 0.05 * 4 * (q / 3) * (1 - q / 3))
                grid.append((reach * cos(angle), reach * sin(angle), z - sag))
        hem = [(x, y, z - 0.14) for x, y, z in grid[-4:]]
        cloth = Paint("plain", colours[i % 2], 0.85)
        faces = grid_faces(rows + 1, 4, wrap=False)
        parts.append(Part(np.array(grid + hem), faces, cloth, True))
    parts.append(tube((0, 0, 0), (0, 0, height + 0.44), 0.022, _STEEL))
    parts.append(lathe([(0.01, 0.10), (0.24, 0.09), (0.27, 0.0)][::-1], _STEEL, 20))
    return parts


def crate(rng: np.random.Generator, w: float, d: float, h: float = 0.14) -> Parts:
    """An open crate heaped with fruit of one kind."""
    shade = _CRATE_COLOURS[int(rng.integers(len(_CRATE_COLOURS)))]
    paint = Paint("plain", shade, 0.5)
    parts = [
        box((0, -d / 2, 0), (w, 0.02, h), paint),
        box((0, d / 2, 0), (w, 0.02, h), paint),
        box((-w / 2, 0, 0), (0.02, d, h), paint),
        box((w / 2, 0, 0), (0.02, d, h), paint),
        box((0, 0, 0), (w, d, 0.02), paint),
    ]
    colour, r = _FRUIT[int(rng.integers(len(_FRUIT)))]
    nx, ny = max(2, int(w / r / 2.1)), max(2, int(d / r / 2.1))
    for i in range(nx):
        for j in range(ny):
            x = (i + 0.5) / nx * w - w / 2 + rng.normal(0, r * 0.15)
            y = (j + 0.5) / ny * d - d / 2 + rng.normal(0, r * 0.15)
            dome = 0.07 * (1 - (2 * x / w) ** 2) * (1 - (2 * y / d) ** 2)
            hue = (
                colour if rng.random() < 0.6 else tuple(c * rng.uniform(0.75, 1.1) for c in colour)
            )
            tone = Paint("plain", (round(hue[0], 2), round(hue[1], 2), round(hue[2], 2)), 0.45)
            parts.append(ellipsoid((x, y, h - 0.02 + dome), (r, r, r * 0.92), tone))
    return parts


def stall(rng: np.random.Generator, colours: tuple[Rgb, Rgb]) -> Parts:
    """A fruit stall at the origin: trestle table with crates, umbrella, more crates before it.

    Its customers' side is -y. The seller is not part of it.
    """
    parts: Parts = []
    w, d, h = 2.0, 0.8, 0.72
    parts.append(box((0, 0, h), (w, d, 0.04), _WOOD))
    cloth = Paint("plain", (0.30, 0.05, 0.07), 0.9)
    parts.append(box((0, -d / 2 - 0.01, h - 0.36), (w + 0.02, 0.012, 0.40), cloth))
    parts += [
        tube((x, y, 0), (x, y, h), 0.022, _STEEL)
        for x in (-w / 2 + 0.08, w / 2 - 0.08)
        for y in (-d / 2 + 0.08, d / 2 - 0.08)
    ]
    for i in range(4):
        for j in range(2):
            tray = turned(crate(rng, 0.44, 0.34), rng.normal(0, 0.03))
            parts += moved(tray, (i - 1.5) * 0.49, (j - 0.5) * 0.38, h + 0.04)
    for x in (-0.75, -0.2, 0.4):
        parts += moved(turned(crate(rng, 0.5, 0.36, 0.22), rng.normal(0, 0.08)), x, -0.72)
    # Off the middle, so that from a high camera the goods stay in sight below the canopy.
    parts += moved(umbrella(colours), 0.1, 0.62)
    return parts


def planter(rng: np.random.Generator, length: float = 1.2) -> Parts:
    """A concrete planter with a low clipped bush."""
    grey = Paint("plain", (0.30, 0.29, 0.27), 0.9)
    parts: Parts = [
        box((0, 0, 0), (length, 0.45, 0.42), grey),
        box((0, 0, 0.36), (length + 0.06, 0.51, 0.08), grey),
    ]
    for _ in range(420):
        at = np.array(
            [
                rng.uniform(-length / 2, length / 2),
                rng.uniform(-0.22, 0.22),
                rng.uniform(0.44, 0.80),
            ]
        )
        green = rng.choice(np.array([0.05, 0.08, 0.12]))
        tone = Paint("plain", (float(green) * 0.5, float(green), 0.02), 0.8)
        size = rng.uniform(0.04, 0.08)
        leaf = np.array([[-size, 0, 0], [0, -size / 2, 0.02], [size, 0, 0], [0, size / 2, 0.02]])
        spin = [Part(leaf, ((0, 1, 2, 3),), tone)]
        parts += moved(turned(spin, rng.uniform(0, 6), rng.uniform(-1, 1)), *at)
    return parts


def litter_bin(colour: Rgb = (0.05, 0.16, 0.10)) -> Parts:
    """A roadside twin bin on posts, lidded and clean: looks like rubbish, is none."""
    parts: Parts = []
    for side in (-1, 1):
        tub = Paint("plain", colour if side < 0 else (0.08, 0.09, 0.10), 0.5)
        parts.append(box((side * 0.24, 0, 0.25), (0.40, 0.36, 0.62), tub))
        parts.append(box((side * 0.24, 0, 0.87), (0.43, 0.40, 0.05), _STEEL))
    parts += [tube((x, 0, 0), (x, 0, 1.1), 0.025, _STEEL) for x in (-0.48, 0.0, 0.48)]
    parts.append(box((0, 0, 1.08), (1.04, 0.44, 0.03), _STEEL))
    return parts


def lamp_post(height: float = 7.0) -> Parts:
    """A grey street-lamp pole; its head is above the picture."""
    grey = Paint("plain", (0.22, 0.23, 0.24), 0.5)
    return [lathe([(0.16, 0.0), (0.15, 0.35), (0.085, 0.4), (0.06, height)], grey, 16)]


def bollard() -> Parts:
    """A short steel post that keeps cars off the footway."""
    band = Paint("plain", (0.55, 0.40, 0.03), 0.5)
    dark = Paint("plain", (0.06, 0.06, 0.065), 0.5)
    return [
        lathe([(0.07, 0), (0.07, 0.55)], dark, 14),
        lathe([(0.072, 0.55), (0.072, 0.68)], band, 14),
        lathe([(0.07, 0.68), (0.07, 0.78), (0.001, 0.80)], dark, 14),
    ]
