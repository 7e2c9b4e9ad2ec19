"""One stream of the simulated camera: paces a clip in real time to all who play it."""

import asyncio
import time
from typing import Protocol

from streams.simulator.source import CLOCK_RATE, AccessUnit, Source

MAX_LATE_S = 1.0
"""Later than this, the timeline moves on instead of sending faster than real time."""


class Listener(Protocol):
    """Who plays a stream."""

    def send(self, unit: AccessUnit, age_s: float) -> None:
        """Takes a picture; never blocks, never raises.

        Args:
            unit: the picture.
            age_s: seconds since its moment on the timeline.
        """


class Mount:
    """A clip on a timeline of its own.

    The timeline begins with the first client that plays and then goes on whether anyone looks or
    not, as a camera's does: whoever comes back later sees what is then, not the beginning.
    """

    def __init__(self, source: Source, start_s: float = 0.0) -> None:
        """A timeline that has not begun.

        Args:
            source: the clip.
            start_s: how far into it the timeline begins.
        """
        self.source = source
        self._start_s = start_s
        self._listeners: set[Listener] = set()
        self._pacing: asyncio.Task[None] | None = None

    def join(self, listener: Listener) -> None:
        """Sends to a client from now on."""
        self._listeners.add(listener)
        if self._pacing is None:
            self._pacing = asyncio.create_task(self._pace())

    def leave(self, listener: Listener) -> None:
        """Sends no more to a client."""
        self._listeners.discard(listener)

    def close(self) -> None:
        """Ends the timeline."""
        if self._pacing is not None:
            self._pacing.cancel()

    async def _pace(self) -> None:
        began = time.monotonic() - self._start_s
        for unit in self.source.timeline():
            if unit.dts < self._start_s * CLOCK_RATE:
                continue
            ahead_s = began + unit.dts / CLOCK_RATE - time.monotonic()
            if ahead_s > 0:
                await asyncio.sleep(ahead_s)
            elif ahead_s < -MAX_LATE_S:
                # The machine slept, or the process was stopped: a camera would not catch up.
                began -= ahead_s
            for listener in tuple(self._listeners):
                listener.send(unit, max(-ahead_s, 0.0))
