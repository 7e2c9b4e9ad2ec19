"""Zones: polygons in a picture, as shares of its width and height."""

from functools import lru_cache
from typing import Annotated

import shapely
from pydantic import AfterValidator, Field

from detector.violation import Box, Point

Share = Annotated[float, Field(ge=0.0, le=1.0)]


def _encloses(zone: tuple[Point, ...]) -> tuple[Point, ...]:
    """Refuse what encloses nothing, or crosses itself."""
    if len(zone) < 3:
        raise ValueError(
            f"a zone needs at least 3 corners, this one has {len(zone)}; "
            "write [[x, y], [x, y], [x, y], …] as shares of the picture"
        )
    if len(set(zone)) < len(zone):
        raise ValueError("a zone's corners must differ; leave the repeated one out")
    polygon = shapely.Polygon(zone)
    if polygon.area < 1e-6 and polygon.convex_hull.area < 1e-6:
        raise ValueError("the zone encloses nothing; its corners lie on one line")
    if not polygon.is_valid:
        raise ValueError(
            "the zone crosses itself; write its corners in the order in which you walk around it"
        )
    return zone


Zone = Annotated[tuple[tuple[Share, Share], ...], AfterValidator(_encloses)]
"""Corners as shares (0..1) of width and height, from the top left, in walking order."""

WHOLE_PICTURE: Zone = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def bounds(zone: Zone, width: int, height: int) -> Box:
    """The smallest box around a zone, pixels.

    Args:
        zone: the zone.
        width: the picture's, pixels.
        height: the picture's, pixels.
    """
    across, down = [x * width for x, _ in zone], [y * height for _, y in zone]
    return min(across), min(down), max(across), max(down)


def depth(zone: Zone, point: Point, width: int, height: int) -> float:
    """How far inside a zone a point lies, pixels; negative outside.

    Args:
        zone: the zone.
        point: x, y in pixels.
        width: the picture's, pixels.
        height: the picture's, pixels.
    """
    polygon = polygon_of(zone, width, height)
    spot = shapely.Point(point)
    distance = float(polygon.exterior.distance(spot))
    return distance if polygon.covers(spot) else -distance


@lru_cache(maxsize=4096)
def polygon_of(zone: Zone, width: int, height: int) -> shapely.Polygon:
    """A zone in a picture of some size, pixels; prepared, since it is asked at every look."""
    polygon = shapely.Polygon([(x * width, y * height) for x, y in zone])
    shapely.prepare(polygon)
    return polygon
