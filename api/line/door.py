"""Who may hold the line of a worker's name: one at a time."""

import threading
import time
from datetime import datetime

from api.store.engine import Store
from api.store.orders import Held, hold

STILL_S = 20.0
"""A holder whose confirmations stood still for so long is taken for gone."""


class Door:
    """Lets one instance of a worker in.

    No clock is compared with another machine's: a holder is gone when this process has seen it
    stand still for `STILL_S`.
    """

    def __init__(self, store: Store, still_s: float = STILL_S) -> None:
        self._store = store
        self._still_s = still_s
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[Held, float]] = {}

    def enter(
        self, worker: str, instance: str, connection: str, now: datetime, knows: str = ""
    ) -> Held | None:
        """Take the line; returns None, or who holds it. For `knows` see `hold`."""
        with self._lock:
            known = self._seen.get(worker)
        gone = known is not None and time.monotonic() - known[1] >= self._still_s
        seen = known[0] if known is not None and gone else None
        holder = hold(self._store, worker, instance, connection, seen, now, knows)
        with self._lock:
            if holder is None:
                self._seen.pop(worker, None)
            elif known is None or known[0] != holder:
                self._seen[worker] = (holder, time.monotonic())
        return holder
