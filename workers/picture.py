"""The pictures that workers judge."""

from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from streams.frame import ClockSource, Image
from streams.small import Plane


class Picture(Protocol):
    """A decoded picture: `streams.shot.Shot`, or a `streams.frame.Frame` of a clip."""

    @property
    def captured_at(self) -> datetime: ...  # noqa: D102
    @property
    def clock(self) -> ClockSource: ...  # noqa: D102
    @property
    def image(self) -> Image: ...  # noqa: D102
    @property
    def width(self) -> int: ...  # noqa: D102
    @property
    def height(self) -> int: ...  # noqa: D102
    def grey(self) -> Plane: ...  # noqa: D102
    def chroma(self) -> npt.NDArray[np.uint8]: ...  # noqa: D102
