"""The ground in a camera's picture: from picture points to metres and to longitude and latitude.

A homography of the ground plane (R. Hartley, A. Zisserman, Multiple View Geometry, 2nd ed., 2.3),
found by OpenCV from four points or more that somebody has marked in the picture and measured.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import cos, hypot, radians
from typing import Annotated, Self

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

from detector.violation import Box, Point
from detector.zone import Share

DEGREE_M = 111_320.0
"""Metres of a degree of latitude; good to half a percent anywhere, and a view is small."""
MOST_OFF_M = 1.0
"""By more than this a marked point must not miss the plane through all of them, metres."""


class GroundPoint(BaseModel):
    """A point of the ground, in the picture and on it.

    Attributes:
        picture: shares of width and height.
        lonlat: longitude and latitude, degrees, in the system that the camera's place is in.
        metres: or metres to the east and to the north of any one point.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    picture: tuple[Share, Share]
    lonlat: (
        tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]
        | None
    ) = None
    metres: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if (self.lonlat is None) == (self.metres is None):
            raise ValueError(
                "a point of the ground needs `lonlat: [longitude, latitude]` or "
                "`metres: [east, north]`, one of the two"
            )
        return self


@dataclass(frozen=True, slots=True)
class Plane:
    """A solved calibration.

    Attributes:
        matrix: shape (3, 3), from shares of the picture to metres east and north.
        origin: longitude and latitude of the zero of these metres; None where not known.
        side: sign of the third coordinate on the ground's side of the horizon.
    """

    matrix: npt.NDArray[np.float64]
    origin: tuple[float, float] | None
    side: float

    def metres(self, x: float, y: float) -> tuple[float, float] | None:
        """Metres east and north of a picture point in shares; None on or above the horizon."""
        across, along, depth = self.matrix @ np.array([x, y, 1.0])
        if depth * self.side <= 1e-9:
            return None
        return float(across / depth), float(along / depth)


class Ground(BaseModel):
    """A camera's ground, calibrated by points.

    Attributes:
        points: four at least, no three on one line, all in degrees or all in metres. More than
            four are fitted, and must fit to a metre.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    points: Annotated[tuple[GroundPoint, ...], Field(min_length=4, max_length=64)]

    @model_validator(mode="after")
    def _is_a_plane(self) -> Self:
        if len({point.lonlat is None for point in self.points}) > 1:
            raise ValueError("give all points in `lonlat`, or all in `metres`")
        _check(self.plane, self.points)
        return self

    @property
    def plane(self) -> Plane:
        """The calibration, solved."""
        return _solve(self.points)

    def lonlat(self, x: float, y: float) -> tuple[float, float] | None:
        """Longitude and latitude of a picture point in shares, degrees.

        None above the horizon, and where the points were given in metres.
        """
        metres, origin = self.plane.metres(x, y), self.plane.origin
        if metres is None or origin is None:
            return None
        east, north = metres
        scale = DEGREE_M * cos(radians(origin[1]))
        return origin[0] + east / scale, origin[1] + north / DEGREE_M

    def size(self, box: Box, width: int, height: int) -> tuple[float, float] | None:
        """Width and height of a box in metres, as of a thing that stands upright at its foot.

        Args:
            box: corners, pixels.
            width: the picture's, pixels.
            height: the picture's, pixels.

        Returns:
            None where its foot is not on the ground.
        """
        left = self.plane.metres(box[0] / width, box[3] / height)
        right = self.plane.metres(box[2] / width, box[3] / height)
        if left is None or right is None or box[2] <= box[0]:
            return None
        across = hypot(right[0] - left[0], right[1] - left[1])
        return across, across / (box[2] - box[0]) * (box[3] - box[1])


def foot(box: Box, width: int, height: int) -> Point:
    """Where a box stands: the middle of its lower edge, as shares of the picture."""
    return (box[0] + box[2]) / 2 / width, box[3] / height


@lru_cache(maxsize=1024)
def _solve(points: tuple[GroundPoint, ...]) -> Plane:
    first = points[0].lonlat
    picture = np.array([point.picture for point in points], np.float64)
    ground = np.array([_metres(point, first) for point in points], np.float64)
    matrix = None
    if not (_on_a_line(picture) or _on_a_line(ground)):
        matrix, _ = cv2.findHomography(picture, ground, 0)
    if matrix is None:
        raise ValueError(
            "three of the four points lie on one line, in the picture or on the ground; mark the "
            "corners of a large quadrangle"
        )
    depths = np.c_[picture, np.ones(len(picture))] @ matrix[2]
    if depths.min() < 0 < depths.max():
        raise ValueError(
            "the points lie on both sides of the horizon that they give; check that each picture "
            "point is given with its own point on the ground, in the same order"
        )
    return Plane(matrix.astype(np.float64), first, float(np.sign(depths[0])))


def _metres(point: GroundPoint, origin: tuple[float, float] | None) -> tuple[float, float]:
    if point.metres is not None:
        return point.metres
    longitude, latitude = point.lonlat or (0.0, 0.0)
    west, south = origin or (0.0, 0.0)
    return (longitude - west) * DEGREE_M * cos(radians(south)), (latitude - south) * DEGREE_M


def _on_a_line(points: npt.NDArray[np.float64]) -> bool:
    """Whether so many lie on one line that no plane follows: three of four, or all of more."""
    spread = float(np.ptp(points, axis=0).max()) or 1.0
    scaled = points / spread
    if len(points) > 4:
        return bool(np.linalg.svd(scaled - scaled.mean(axis=0))[1][1] < 1e-3)
    triples = ((0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3))
    areas = [abs(np.linalg.det(np.c_[scaled[list(t)], np.ones(3)])) for t in triples]
    return bool(min(areas) < 1e-4)


def _check(plane: Plane, points: tuple[GroundPoint, ...]) -> None:
    for number, point in enumerate(points, start=1):
        found = plane.metres(*point.picture)
        wanted = _metres(point, plane.origin)
        if found is None or hypot(found[0] - wanted[0], found[1] - wanted[1]) > MOST_OFF_M:
            off = "" if found is None else f" by {hypot(*np.subtract(found, wanted)):.1f} m"
            raise ValueError(
                f"point {number} is off the plane of the others{off}; measure it again, or leave "
                "it out"
            )
