"""Who saw which original picture, for the audit."""

import threading
import time
from datetime import UTC, datetime

from api.store.audit import Actor, note_alone
from api.store.engine import Store

AGAIN_S = 600.0
"""A look at the same file within so long is the same look: a clip comes in many parts."""
_MOST = 20_000


class Viewings:
    """Records each look once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._seen: dict[tuple[Actor, str, str], float] = {}

    def saw(
        self, actor: Actor, what: str, act: str = "evidence.view", again_s: float = AGAIN_S
    ) -> None:
        """Record that somebody is about to see something; if that cannot be kept, they must not.

        Args:
            actor: who.
            what: a file's SHA-256, or a camera's id.
            act: what they do with it.
            again_s: a further look within so long is the same one, seconds.
        """
        now, look = time.monotonic(), (actor, act, what)
        with self._lock:
            last = self._seen.get(look)
        if last is not None and now - last < again_s:
            return
        note_alone(self._store, datetime.now(UTC), actor, act, what)
        with self._lock:
            if len(self._seen) >= _MOST:
                self._seen.clear()
            self._seen[look] = now
