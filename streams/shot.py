"""A decoded picture that becomes pixels only where somebody wants them."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from streams.frame import ClockSource, Image
from streams.picture import to_image
from streams.small import SIDE, Plane, chroma_of, shrunk

_DIRECT_SPACES = (2, 5, 6)
"""FFmpeg's AVColorSpace: unspecified, BT.470BG, SMPTE 170M; all are converted by BT.601."""
_DIRECT_RANGES = (0, 1)
"""FFmpeg's AVColorRange: unspecified, and the limited one of video."""


_FULL_RANGE = 2
"""FFmpeg's AVColorRange of pictures whose brightness fills its byte."""


class Shot:
    """One decoded picture. Has what a `Frame` has; its pixels are made when asked for.

    Attributes:
        camera_id: the camera's id in the configuration.
        captured_at: capture time, timezone-aware, UTC.
        clock: where `captured_at` comes from.
        pts: presentation time in seconds on the stream's own clock.
        width: pixels.
        height: pixels.
    """

    def __init__(
        self,
        camera_id: str,
        captured_at: datetime,
        clock: ClockSource,
        pts: float,
        frame: VideoFrame,
    ) -> None:
        self.camera_id = camera_id
        self.captured_at = captured_at
        self.clock = clock
        self.pts = pts
        self.width, self.height = frame.width, frame.height
        self._frame = frame

    @cached_property
    def image(self) -> Image:
        """The full picture, uint8 (height, width, 3) BGR."""
        return self._pixels

    @cached_property
    def _pixels(self) -> Image:
        return to_image(self._frame)

    def scaled(self, width: int, height: int) -> Image:
        """The picture at another size, uint8 (height, width, 3) BGR, linearly interpolated.

        Its planes are resized before they are converted: a quarter of the work, and the same
        picture to within rounding. Where FFmpeg knows better what its colours mean, it converts.
        """
        even = width % 2 == 0 and height % 2 == 0
        frame = self._frame
        direct = (
            frame.format.name == "yuv420p"
            and frame.colorspace in _DIRECT_SPACES
            and frame.color_range in _DIRECT_RANGES
        )
        if not (even and direct):
            return np.asarray(cv2.resize(self._pixels, (width, height)), dtype=np.uint8)
        planes = np.empty(height * 3 // 2 * width, np.uint8)
        at = 0
        for index, size in enumerate([(width, height), *[(width // 2, height // 2)] * 2]):
            end = at + size[0] * size[1]
            cv2.resize(self._plane(index), size, dst=planes[at:end].reshape(size[1], size[0]))
            at = end
        stacked = planes.reshape(height * 3 // 2, width)
        return np.asarray(cv2.cvtColor(stacked, cv2.COLOR_YUV2BGR_I420), dtype=np.uint8)

    def grey(self) -> Plane:
        """Brightness from 0 to 255, averaged to `SIDE` pixels on the longer side; made once."""
        return self._small

    @cached_property
    def _small(self) -> Plane:
        full = self._frame.color_range == _FULL_RANGE
        return shrunk(self._plane(0), limited=not full)

    def chroma(self) -> npt.NDArray[np.uint8]:
        """The colour (U and V) of some five thousand points, shape (n, 2)."""
        if not self._frame.format.name.startswith(("yuv4", "yuvj4")):
            return chroma_of(self.image)
        step = max(1, self._frame.planes[1].width // 96)
        points = [self._plane(index)[::step, ::step].ravel() for index in (1, 2)]
        return np.stack(points, axis=1)

    def _plane(self, index: int) -> npt.NDArray[np.uint8]:
        plane = self._frame.planes[index]
        buffer = memoryview(plane)
        rows = np.frombuffer(buffer, np.uint8).reshape(plane.height, plane.line_size)
        return rows[:, : plane.width]


class SubShot(Shot):
    """A picture of a camera's sub-stream that stands for one of its main stream.

    Its size is the main stream's, so that boxes are in the main stream's pixels, whatever the
    sub-stream's proportions are. What a model sees comes from the sub-stream; the full picture
    from the main stream, which is decoded only if it is asked for.
    """

    def __init__(
        self, small: Shot, width: int, height: int, full: Callable[[], VideoFrame | None]
    ) -> None:
        super().__init__(small.camera_id, small.captured_at, small.clock, small.pts, small._frame)
        self.width, self.height = width, height
        self._full = full

    @cached_property
    def image(self) -> Image:
        """The full picture, uint8 (height, width, 3) BGR.

        Where the main stream gives none at this moment, it is the sub-stream's, enlarged.
        """
        frame = self._full()
        image = self._pixels if frame is None else to_image(frame)
        if image.shape[:2] == (self.height, self.width):
            return image
        return np.asarray(cv2.resize(image, (self.width, self.height)), dtype=np.uint8)

    @cached_property
    def _small(self) -> Plane:
        """Brightness, as the main stream's would be: in its proportions."""
        small = super()._small
        share = SIDE / max(self.width, self.height)
        size = max(round(self.width * share), 1), max(round(self.height * share), 1)
        if small.shape[::-1] == size:
            return small
        return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
