"""The one thing that streams hand on: a decoded picture with its time."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

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
