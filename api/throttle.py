"""Slows those who guess."""

import threading
import time
from collections import deque

from api.problems import Problem

MOST_FAILURES = 20
WINDOW_S = 60.0
_MOST_ADDRESSES = 10_000


class Throttle:
    """Counts failed sign-ins by address, in this process; names are locked by the store."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[str, deque[float]] = {}

    def check(self, address: str) -> None:
        """Let an address try.

        Raises:
            Problem: 429, it failed too often within a minute.
        """
        now = time.monotonic()
        with self._lock:
            failures = self._failures.get(address)
            while failures and now - failures[0] > WINDOW_S:
                failures.popleft()
            if not failures or len(failures) < MOST_FAILURES:
                return
            wait = int(WINDOW_S - (now - failures[0])) + 1
        raise too_many(f"too many failed sign-ins from your address; try again in {wait} s", wait)

    def failed(self, address: str) -> None:
        """Count a failure."""
        with self._lock:
            if len(self._failures) >= _MOST_ADDRESSES and address not in self._failures:
                self._failures.clear()
            failures = self._failures.setdefault(address, deque(maxlen=MOST_FAILURES))
            failures.append(time.monotonic())


def too_many(detail: str, wait_s: int) -> Problem:
    """A 429 that says when to come back."""
    return Problem(429, "too-many-tries", detail, headers={"Retry-After": str(wait_s)})
