"""A fixed camera above a street, as plain geometry.

World axes: x along the kerb, y across the street towards the shops, z up; metres.
Picture axes: x right, y down; pixels.
"""

from dataclasses import dataclass
from math import cos, radians, sin, tan

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera without roll.

    Attributes:
        position: metres; z is the height over the ground.
        yaw: degrees the view is turned from +y towards +x.
        pitch: degrees the view looks down.
        view: horizontal angle of view in degrees.
        size: width and height of the picture in pixels.
    """

    position: tuple[float, float, float]
    yaw: float
    pitch: float
    view: float
    size: tuple[int, int]

    @property
    def focal(self) -> float:
        """Focal length in pixels."""
        return self.size[0] / 2 / tan(radians(self.view) / 2)

    def axes(self) -> Points:
        """Right, down and forward as rows of a (3, 3) array."""
        yaw, pitch = radians(self.yaw), radians(self.pitch)
        right = np.array([cos(yaw), -sin(yaw), 0.0])
        forward = np.array([sin(yaw) * cos(pitch), cos(yaw) * cos(pitch), -sin(pitch)])
        return np.stack([right, np.cross(forward, right), forward])

    def project(self, points: npt.ArrayLike) -> Points:
        """Pixels of world points.

        Args:
            points: metres, shape (n, 3), all in front of the camera.

        Returns:
            Pixels, shape (n, 2); not limited to the picture.

        Raises:
            ValueError: a point lies behind the camera.
        """
        local = self._local(points)
        if np.any(local[:, 2] <= 0):
            raise ValueError(
                f"a point lies behind the camera at {self.position}; move it or the camera"
            )
        centre = np.array(self.size) / 2
        pixels: Points = local[:, :2] / local[:, 2:] * self.focal + centre
        return pixels

    def depth(self, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Metres along the view direction to each of the points, shape (n,)."""
        depth: npt.NDArray[np.float64] = self._local(points)[:, 2]
        return depth

    def box(self, points: npt.ArrayLike) -> tuple[int, int, int, int]:
        """The smallest whole-pixel box (x0, y0, x1, y1) in the picture around points.

        Raises:
            ValueError: a point lies behind the camera, or all of them outside the picture.
        """
        pixels = self.project(points)
        limit = np.array(self.size)
        low = np.clip(np.floor(pixels.min(axis=0)), 0, limit)
        high = np.clip(np.ceil(pixels.max(axis=0)), 0, limit)
        if np.any(high <= low):
            raise ValueError(f"nothing of it is in the picture: {pixels.min(0)} to {pixels.max(0)}")
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def _local(self, points: npt.ArrayLike) -> Points:
        local: Points = (np.asarray(points, dtype=np.float64) - self.position) @ self.axes().T
        return local
