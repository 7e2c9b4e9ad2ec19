"""Waits between tries, and log lines that do not flood."""

import time

from tenacity import RetryCallState, Retrying
from tenacity.wait import wait_random_exponential

from streams.options import StreamOptions


class Backoff:
    """Jittered exponential waits, so that cameras behind one switch do not come back in step."""

    def __init__(self, options: StreamOptions) -> None:
        self._wait = wait_random_exponential(
            multiplier=options.backoff_first_s,
            max=options.backoff_max_s,
            min=options.backoff_first_s / 2,
        )
        self.reset()

    def reset(self) -> None:
        """The next wait is a first one again."""
        self._state = RetryCallState(Retrying(wait=self._wait), None, (), {})

    def next_s(self) -> float:
        """The next wait, seconds."""
        seconds = float(self._wait(self._state))
        self._state.attempt_number += 1
        return seconds


class Folded:
    """Counts, and lets a number out once a second."""

    def __init__(self) -> None:
        self._count = 0
        self._told_at = float("-inf")

    def add(self, count: int) -> int:
        """Counts; returns what is to be told now, or 0."""
        self._count += count
        if time.monotonic() - self._told_at < 1.0:
            return 0
        self._told_at = time.monotonic()
        total, self._count = self._count, 0
        return total
