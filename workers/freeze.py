"""Noticing a stream that goes on sending, but always the same picture."""

from datetime import datetime

from detector.health.faults import Fault, Watch, advance
from detector.health.light import Grey
from detector.health.signs import is_frozen


class FreezeWatch:
    """One stream's last picture, and since when it is the same.

    A camera's main and sub-stream may each freeze; camera health tells of it by the same signs.
    """

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._at: datetime | None = None
        self._watch = Watch()

    @property
    def frozen(self) -> bool:
        """Whether what it shows now proves nothing about the street."""
        return self._watch.open

    def unchanged_since(self, grey: Grey, at: datetime) -> datetime | None:
        """Since when nothing has changed, if that is too long; else None.

        Args:
            grey: the picture's brightness, small.
            at: its capture time.
        """
        same = self._last is not None and is_frozen(grey, self._last)
        if same and self._watch.since is None:
            self._watch = Watch(since=self._at, bad=1)
        self._watch = advance(Fault.FROZEN, self._watch, same, at).watch
        self._last, self._at = grey, at
        return self._watch.since if self._watch.open else None
