"""Longitudes and latitudes: into WGS 84 at the edge, distances, and the cells of an index.

GCJ-02 and BD-09 come from coordTransform, whose way forth is the published formula and whose way
back is off by metres; here the way back is found from the way forth, to well under a millimetre.
CGCS2000 is taken for WGS 84: they differ by decimetres at most, less than any of our sources knows.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import coordTransform

from api.schema.places import Crs

Point = tuple[float, float]
"""Longitude, latitude, in degrees."""

_EARTH_M = 6_371_008.8
"""Mean radius of the Earth in metres (IUGG)."""
_CELL_DEG = 0.005
"""Side of a cell: about 550 m from south to north, 450 m from west to east in Jinan."""
_CELLS_ACROSS = 100_000
_CLOSE_DEG = 1e-10
_MOST_STEPS = 30


class NotInChina(ValueError):
    """GCJ-02 and BD-09 are defined in China alone."""

    field = "crs"
    """Of a place, that is likely wrong."""


class Elsewhere(NotInChina):
    """A place can be, but in no district."""

    field = "longitude"


class Bounds(NamedTuple):
    """A box of longitudes and latitudes, in degrees; it does not cross the date line."""

    west: float
    south: float
    east: float
    north: float


def to_wgs84(point: Point, crs: Crs) -> Point:
    """A point in WGS 84.

    Raises:
        NotInChina: `crs` is GCJ-02 or BD-09, and the point is elsewhere.
    """
    if crs in (Crs.WGS84, Crs.CGCS2000):
        return point
    if coordTransform.out_of_china(*point):
        raise NotInChina(
            f"{point[0]}, {point[1]} is not in China, where alone {crs.value} is defined: send "
            "longitude and latitude the right way round, or name another crs"
        )
    forth = _to_gcj02 if crs is Crs.GCJ02 else _to_bd09
    return _inverse(forth, point)


def check_in_china(point: Point) -> None:
    """See that a point of WGS 84 can be in a district, by coordTransform's box around China.

    Not for what was kept before, nor for what is searched: those may be anywhere.

    Raises:
        Elsewhere: it is not.
    """
    if coordTransform.out_of_china(*point):
        raise Elsewhere(
            f"{point[0]}, {point[1]} is not in China: send longitude and latitude the right way "
            "round, in degrees"
        )


def from_wgs84(point: Point, crs: Crs) -> Point:
    """A point of WGS 84 in another system."""
    if crs is Crs.GCJ02:
        return _to_gcj02(point)
    if crs is Crs.BD09:
        return _to_bd09(point)
    return point


def _to_gcj02(point: Point) -> Point:
    longitude, latitude = coordTransform.wgs84_to_gcj02(*point)
    return longitude, latitude


def _to_bd09(point: Point) -> Point:
    longitude, latitude = coordTransform.wgs84_to_bd09(*point)
    return longitude, latitude


def _inverse(forth: Callable[[Point], Point], image: Point) -> Point:
    # The displacement changes by less than a hundredth of a step, so that going back by it and
    # looking again gains two digits or more a turn.
    point = image
    for _ in range(_MOST_STEPS):
        reached = forth(point)
        off = (reached[0] - image[0], reached[1] - image[1])
        point = (point[0] - off[0], point[1] - off[1])
        if max(abs(off[0]), abs(off[1])) < _CLOSE_DEG:
            break
    return point


def distance_m(one: Point, other: Point) -> float:
    """Metres along the great circle (haversine) between two points of WGS 84."""
    (lon1, lat1), (lon2, lat2) = one, other
    south, north = math.radians(lat1), math.radians(lat2)
    across, up = math.radians(lon2 - lon1) / 2, (north - south) / 2
    half = math.sin(up) ** 2 + math.cos(south) * math.cos(north) * math.sin(across) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def around(center: Point, radius_m: float) -> Bounds:
    """The box that holds every point within `radius_m` of a center."""
    longitude, latitude = center
    up = math.degrees(radius_m / _EARTH_M)
    # Away from the center's parallel, a degree of longitude is shorter still.
    far = math.radians(min(89.9, abs(latitude) + up))
    across = up / math.cos(far)
    return Bounds(longitude - across, latitude - up, longitude + across, latitude + up)


def cell_of(point: Point) -> int:
    """The number of the cell that a point is in: a plain column can index it."""
    return _row(point[1]) * _CELLS_ACROSS + _column(point[0])


def cells_in(bounds: Bounds, at_most: int) -> list[int] | None:
    """The cells that a box touches, or None when they are more than `at_most`."""
    rows = range(_row(bounds.south), _row(bounds.north) + 1)
    columns = range(_column(bounds.west), _column(bounds.east) + 1)
    if len(rows) * len(columns) > at_most:
        return None
    return [row * _CELLS_ACROSS + column for row in rows for column in columns]


def cell_rows(bounds: Bounds, at_most: int) -> list[tuple[int, int]]:
    """The cells that a box touches as ranges of numbers, both ends included: one a row of them.

    A box of more than `at_most` rows is one range, which holds what is east and west of it too.
    """
    rows = range(_row(bounds.south), _row(bounds.north) + 1)
    west, east = _column(bounds.west), _column(bounds.east)
    if len(rows) > at_most:
        return [(rows[0] * _CELLS_ACROSS + west, rows[-1] * _CELLS_ACROSS + east)]
    return [(row * _CELLS_ACROSS + west, row * _CELLS_ACROSS + east) for row in rows]


def _row(latitude: float) -> int:
    return math.floor((latitude + 90) / _CELL_DEG)


def _column(longitude: float) -> int:
    return math.floor((longitude + 180) / _CELL_DEG)
