"""Places on the ground in metres: lines with a width, areas, and which of many holds a point.

Coordinates come as WGS 84 degrees (CGCS2000 is the same at this precision). Distances and areas
are measured on a plane that touches the district: good to a part in a thousand over 50 km.
"""

import json
import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

_METRES_A_DEGREE = 111_320.0  # of latitude; mean of WGS 84
_POLYGON, _MULTIPOLYGON = 3, 6  # of `shapely.get_type_id`

Key = TypeVar("Key", bound=Hashable)


_UNREADABLE = (
    ShapelyError,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
    IndexError,
    OverflowError,
    RecursionError,
)


class BadGeometry(ValueError):
    """A geometry that cannot be used; the message says why."""


def read_geojson(value: Any) -> BaseGeometry:
    """A geometry from its GeoJSON object, checked.

    Raises:
        BadGeometry: it is no GeoJSON geometry, is empty, crosses itself, or leaves the world.
    """
    try:
        return _checked(shape(value))
    except BadGeometry:
        raise
    except _UNREADABLE as error:
        raise BadGeometry(f"is no GeoJSON geometry ({error or type(error).__name__})") from None


def read_wkt(text: str) -> BaseGeometry:
    """A geometry from WKT, such as `POLYGON((117.5 36.7, ...))`, checked.

    Raises:
        BadGeometry: as `read_geojson`.
    """
    try:
        return _checked(shapely.from_wkt(text))
    except ShapelyError as error:
        raise BadGeometry(f"is no WKT geometry ({error})") from None


def plain_geojson(geometry: BaseGeometry) -> dict[str, Any]:
    """A geometry as GeoJSON with nothing beside it, in one spelling."""
    found: dict[str, Any] = json.loads(shapely.to_geojson(geometry))
    return found


def _checked(found: BaseGeometry) -> BaseGeometry:
    if found.is_empty:
        raise BadGeometry("is empty")
    if found.geom_type not in {
        "Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
    }:  # fmt: skip
        raise BadGeometry(f"is a {found.geom_type}; give a point, a line or a polygon")
    if not found.is_valid:
        raise BadGeometry(f"is not valid: {shapely.is_valid_reason(found)}")
    west, south, east, north = found.bounds
    if not (-180 <= west <= east <= 180 and -85 <= south <= north <= 85):
        raise BadGeometry("lies outside the world: give longitude, then latitude, in degrees")
    return shapely.force_2d(found)


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of a place in the district."""

    longitude: float
    latitude: float

    def __call__(self, degrees: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Degrees of shape (n, 2) to metres of the same shape."""
        scale = np.array([math.cos(math.radians(self.latitude)), 1.0]) * _METRES_A_DEGREE
        metres: npt.NDArray[np.float64] = (degrees - [self.longitude, self.latitude]) * scale
        return metres

    def place(
        self, geometries: npt.NDArray[np.object_], widths_m: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.object_]:
        """Geometries in metres, shape (n,); points and lines get a width (n,), edge to edge.

        All at once, for they may be tens of thousands.
        """
        flat: npt.NDArray[np.object_] = shapely.transform(geometries, self)
        areas = np.isin(shapely.get_type_id(flat), (_POLYGON, _MULTIPOLYGON))
        wide = (widths_m > 0) & ~areas
        flat[wide] = shapely.buffer(flat[wide], widths_m[wide] / 2)
        return flat

    def point(self, longitude: float, latitude: float) -> BaseGeometry:
        """A point in metres."""
        x, y = self(np.array([[longitude, latitude]]))[0]
        return shapely.Point(x, y)


@dataclass(frozen=True, slots=True)
class Found(Generic[Key]):
    """What a search gives: the key, the area in m², and the distance in m, 0 inside."""

    key: Key
    area_m2: float
    distance_m: float


class Places(Generic[Key]):
    """Many geometries, and which of them a point lies in.

    Args:
        items: key, geometry in degrees, width in metres for points and lines.
    """

    def __init__(self, items: Iterable[tuple[Key, BaseGeometry, float]]) -> None:
        given = list(items)
        self._keys = [key for key, _, _ in given]
        self._plane = _plane_over([geometry for _, geometry, _ in given])
        self._flat = self._plane.place(
            np.array([geometry for _, geometry, _ in given], dtype=np.object_),
            np.array([width for _, _, width in given], dtype=np.float64),
        )
        self._tree = shapely.STRtree(self._flat)

    def __len__(self) -> int:
        return len(self._keys)

    def holding(
        self,
        longitude: float,
        latitude: float,
        accept: Callable[[Key], bool] | None = None,
    ) -> list[Found[Key]]:
        """All that hold the point, their edge included, smallest first."""
        return self.near(longitude, latitude, 0.0, accept)

    def near(
        self,
        longitude: float,
        latitude: float,
        within_m: float,
        accept: Callable[[Key], bool] | None = None,
    ) -> list[Found[Key]]:
        """All within so many metres of the point: those that hold it first, smallest first;
        then the others, nearest first."""
        if not self._keys:
            return []
        point = self._plane.point(longitude, latitude)
        # A hair more than asked, since a point on an edge may lie beyond it by rounding.
        hits = self._tree.query(point, predicate="dwithin", distance=within_m + 1e-6)
        found = [
            Found(self._keys[index], self._flat[index].area, self._flat[index].distance(point))
            for index in sorted(int(hit) for hit in hits)
            if accept is None or accept(self._keys[index])
        ]
        return sorted(found, key=lambda item: (round(item.distance_m, 6), item.area_m2))


def _plane_over(geometries: list[BaseGeometry]) -> Plane:
    if not geometries:
        return Plane(0.0, 0.0)
    west, south, east, north = shapely.total_bounds(geometries)
    return Plane((west + east) / 2, (south + north) / 2)
