"""Noticing a camera that goes on sending, but always the same picture."""

from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

FROZEN_AFTER = timedelta(seconds=60)
"""Two pictures of a real sensor never agree to the last bit: a minute of it is no chance."""
_LOOKS = 3


class FreezeWatch:
    """One camera's last picture, and since when it is the same."""

    def __init__(self) -> None:
        self._last: npt.NDArray[np.uint8] | None = None
        self._since: datetime | None = None
        self._same = 0
        self.frozen = False
        """Whether what it shows now proves nothing about the street."""

    def unchanged_since(self, thumbnail: npt.NDArray[np.uint8], at: datetime) -> datetime | None:
        """Since when nothing has changed, if that is too long; else None.

        Args:
            thumbnail: points of the picture's brightness; always the same ones.
            at: its capture time.
        """
        same = self._last is not None and np.array_equal(self._last, thumbnail)
        if not same or self._since is None:
            self._last, self._since, self._same, self.frozen = thumbnail, at, 0, False
            return None
        self._same += 1
        self.frozen = self._same >= _LOOKS and at - self._since >= FROZEN_AFTER
        return self._since if self.frozen else None
