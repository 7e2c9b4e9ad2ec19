"""The one thing that streams hand on: a decoded picture with its time."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt

from streams.small import SIDE, Plane, chroma_of, shrunk

Image = npt.NDArray[np.uint8]
"""A picture, uint8, shape (height, width, 3), channels in BGR order."""


class ClockSource(StrEnum):
    """Where a frame's capture time comes from; evidence says so."""

    ARRIVAL = "arrival"
    """This machine's clock at the packet's arrival, smoothed by the stream's own timestamps."""
    CLIP = "clip"
    """The recorded clip's timestamps, counted from a start time that was given."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture.

    Attributes:
        camera_id: the camera's id in the configuration.
        captured_at: capture time, timezone-aware, UTC.
        clock: where `captured_at` comes from.
        pts: presentation time in seconds on the stream's own clock.
        image: uint8, shape (height, width, 3), BGR.
    """

    camera_id: str
    captured_at: datetime
    clock: ClockSource
    pts: float
    image: Image

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.image.shape[0])

    def grey(self, side: int = SIDE) -> Plane:
        """Brightness from 0 to 255, averaged to so many pixels on the longer side."""
        return shrunk(np.asarray(cv2.cvtColor(self.image, cv2.COLOR_BGR2GRAY), np.uint8), side)

    def chroma(self) -> npt.NDArray[np.uint8]:
        """The colour (U and V) of some five thousand points, shape (n, 2)."""
        return chroma_of(self.image)
