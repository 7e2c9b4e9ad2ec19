"""Whose key a secret is, without asking the store for every request."""

import logging
import threading
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from api.store.engine import Store
from api.store.keys import PREFIX, GoodKey, find_good_key, touch_key

log = logging.getLogger(__name__)

FRESH_S = 5.0
"""A key that was revoked by another process works here for so long at the most."""
_MOST = 1000
_TOUCH = timedelta(minutes=1)


class Keyring:
    """Remembers for a few seconds what the store said of a key."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[float, GoodKey | None]] = {}
        self._touched: dict[int, datetime] = {}

    def find(self, secret: str) -> GoodKey | None:
        """The key that this is a secret of, if it works."""
        # What cannot be one must not cost a look into the store.
        if not secret.startswith(f"{PREFIX}_"):
            return None
        asked = time.monotonic()
        with self._lock:
            known = self._seen.get(secret)
        if known is not None and asked - known[0] < FRESH_S:
            return known[1]
        now = datetime.now(UTC)
        found = find_good_key(self._store, secret, now)
        with self._lock:
            if len(self._seen) >= _MOST:
                self._seen.clear()
            self._seen[secret] = (asked, found)
        if found is not None:
            self._touch(found, now)
        return found

    def recall(self, secret: str) -> GoodKey | None:
        """The key, if the store said within the last seconds that it works; asks nobody."""
        known = self._seen.get(secret)
        fresh = known is not None and time.monotonic() - known[0] < FRESH_S
        return known[1] if known is not None and fresh else None

    def forget(self) -> None:
        """Ask the store again: a key was changed by this very process."""
        with self._lock:
            self._seen.clear()

    def _touch(self, key: GoodKey, now: datetime) -> None:
        last = self._touched.get(key.key_id) or key.last_used_at
        if last is not None and now - last < _TOUCH:
            return
        try:
            touch_key(self._store, key.key_id, now)
        except SQLAlchemyError as error:
            # Worth a note, not a refusal: the request itself may be a mere read.
            log.warning("the last use of key %s cannot be kept: %s", key.name, error)
            return
        self._touched[key.key_id] = now
