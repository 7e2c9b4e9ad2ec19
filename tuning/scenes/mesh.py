"""Meshes as plain arrays: primitives that the street and its objects are made of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, pi, sin

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Paint:
    """How a surface looks.

    Attributes:
        finish: name of a shader recipe in `materials.py`.
        rgb: base colour, linear, 0 to 1.
        rough: 0 mirror to 1 chalk.
        rgb2: second colour of finishes that have one.
    """

    finish: str
    rgb: Rgb
    rough: float = 0.7
    rgb2: Rgb = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A piece of one paint: vertices (n, 3) in metres and polygons over them."""

    vertices: Array
    faces: tuple[tuple[int, ...], ...]
    paint: Paint
    smooth: bool = False


Parts = list[Part]


def turned(parts: Sequence[Part], angle: float = 0.0, tilt: float = 0.0) -> Parts:
    """The parts tilted about x, then turned about z; radians."""
    roll = np.array([[1, 0, 0], [0, cos(tilt), -sin(tilt)], [0, sin(tilt), cos(tilt)]])
    spin = np.array([[cos(angle), -sin(angle), 0], [sin(angle), cos(angle), 0], [0, 0, 1]])
    return [replace(p, vertices=p.vertices @ (spin @ roll).T) for p in parts]


def moved(parts: Sequence[Part], x: float, y: float, z: float = 0.0) -> Parts:
    """The parts shifted by metres."""
    return [replace(p, vertices=p.vertices + np.array([x, y, z])) for p in parts]


def points(parts: Sequence[Part]) -> Array:
    """All vertices of the parts, shape (n, 3)."""
    return np.concatenate([p.vertices for p in parts])


def merged(parts: Sequence[Part]) -> Parts:
    """One part for each paint: a scene of thousands of small things needs few objects."""
    groups: dict[tuple[Paint, bool], list[Part]] = {}
    for part in parts:
        groups.setdefault((part.paint, part.smooth), []).append(part)
    return [_joined(group) for group in groups.values()]


def _joined(group: Sequence[Part]) -> Part:
    first, faces = 0, []
    for part in group:
        faces += [tuple(i + first for i in face) for face in part.faces]
        first += len(part.vertices)
    return replace(group[0], vertices=points(group), faces=tuple(faces))


def box(centre: tuple[float, float, float], size: tuple[float, float, float], paint: Paint) -> Part:
    """An axis-aligned box; `centre` is the middle of its bottom."""
    x, y, z = size[0] / 2, size[1] / 2, size[2]
    flat = [(-x, -y), (x, -y), (x, y), (-x, y)]
    vertices = np.array([(a, b, 0.0) for a, b in flat] + [(a, b, z) for a, b in flat])
    faces = ((3, 2, 1, 0), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7), (4, 5, 6, 7))
    return Part(vertices + np.array(centre), faces, paint)


def rect(x0: float, y0: float, x1: float, y1: float, z: float, paint: Paint) -> Part:
    """A flat rectangle that faces up."""
    corners = np.array([(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)], dtype=np.float64)
    return Part(corners, ((0, 1, 2, 3),), paint)


def wall(x0: float, x1: float, z0: float, z1: float, y: float, paint: Paint) -> Part:
    """An upright rectangle that faces -y, towards the street."""
    corners = np.array([(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)], dtype=np.float64)
    return Part(corners, ((0, 1, 2, 3),), paint)


def lathe(
    profile: Sequence[tuple[float, float]], paint: Paint, sides: int = 24, smooth: bool = True
) -> Part:
    """A surface of revolution about z from (radius, z) pairs, bottom to top, open at both ends."""
    turn = np.arange(sides) * 2 * pi / sides
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    rows = [np.column_stack([ring * r, np.full(sides, z)]) for r, z in profile]
    return Part(np.concatenate(rows), grid_faces(len(profile), sides, wrap=True), paint, smooth)


def tube(a: tuple[float, float, float], b: tuple[float, float, float], r: float, p: Paint) -> Part:
    """A thin round rod between two points."""
    start, end = np.array(a, dtype=np.float64), np.array(b, dtype=np.float64)
    axis = (end - start) / np.linalg.norm(end - start)
    helper = np.array([1.0, 0, 0]) if abs(axis[2]) > 0.9 else np.array([0, 0, 1.0])
    u = np.cross(axis, helper)
    u /= np.linalg.norm(u)
    w = np.cross(axis, u)
    turn = np.arange(8) * pi / 4
    ring = np.outer(np.cos(turn), u) * r + np.outer(np.sin(turn), w) * r
    return Part(np.concatenate([start + ring, end + ring]), grid_faces(2, 8, wrap=True), p, True)


def disc(r: float, z: float, paint: Paint, sides: int = 64) -> Part:
    """A flat disc that faces up."""
    turn = np.arange(sides) * 2 * pi / sides
    rim = np.column_stack([r * np.cos(turn), r * np.sin(turn), np.full(sides, z)])
    return Part(rim, (tuple(range(sides)),), paint)


def square_with_hole(half: float, r: float, z: float, paint: Paint, sides: int = 64) -> Part:
    """A square of side 2*half around a round hole of radius r, facing up."""
    turn = np.arange(sides) * 2 * pi / sides
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    square = ring / np.abs(ring).max(axis=1, keepdims=True) * half
    flat = np.concatenate([ring * r, square])
    vertices = np.column_stack([flat, np.full(2 * sides, z)])
    return Part(vertices, grid_faces(2, sides, wrap=True, flip=True), paint)


def grid_faces(
    rows: int, columns: int, *, wrap: bool, flip: bool = False
) -> tuple[tuple[int, ...], ...]:
    """Quads over a grid of vertices stored row by row; `wrap` closes each row to a ring."""
    faces: list[tuple[int, ...]] = []
    for row in range(rows - 1):
        for column in range(columns if wrap else columns - 1):
            after = (column + 1) % columns
            a, b = row * columns + column, row * columns + after
            quad = (a, b, b + columns, a + columns)
            faces.append(quad[::-1] if flip else quad)
    return tuple(faces)


def ellipsoid(centre: npt.ArrayLike, radii: npt.ArrayLike, paint: Paint, sides: int = 10) -> Part:
    """A closed rounded lump."""
    rows = sides // 2 + 1
    lift = np.linspace(-pi / 2 + 0.01, pi / 2 - 0.01, rows)
    part = lathe([(cos(v), sin(v)) for v in lift], paint, sides)
    return replace(part, vertices=part.vertices * np.asarray(radii) + np.asarray(centre))
