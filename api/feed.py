"""Wakes the alert streams when the events table grows, whichever process wrote to it."""

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

log = logging.getLogger(__name__)


_REST_S = 0.05
"""Between two looks, however many writes there are: nobody sees an alert come so much later."""


class EventFeed:
    """The number of the newest event, and a way to wait for a newer one.

    One task a process looks at the table while somebody waits, so that a hundred open pages cost
    one query and none costs nothing. A write by this very process nudges it; writes by others are
    seen at the next look.
    """

    def __init__(self, newest: Callable[[], int], every_s: float = 1.0) -> None:
        self._read = newest
        self._every_s = every_s
        self._newest = 0
        self._closed = False
        self._waiting = 0
        self._wanted = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._nudged = asyncio.Event()
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Look at the table until closed."""
        self._loop = asyncio.get_running_loop()
        while await self._wanted.wait() and not self._closed:
            self._nudged.clear()
            try:
                newest = await run_in_threadpool(self._read)
            except SQLAlchemyError as error:
                log.warning("alerts: the store cannot be read, trying again: %s", error)
            else:
                if newest != self._newest:
                    self._newest = newest
                    self._wake()
            await asyncio.sleep(_REST_S)
            try:
                await asyncio.wait_for(self._nudged.wait(), self._every_s)
            except TimeoutError:
                continue

    @property
    def newest(self) -> int:
        """The newest number that was seen; there may be a newer one, the more if nobody waits."""
        return self._newest

    def nudge(self) -> None:
        """Something was written: look now. May be called from any thread."""
        if self._waiting and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._nudged.set)

    async def wait_beyond(self, number: int) -> bool:
        """Wait for an event newer than `number`; False when the feed is closed instead."""
        self._waiting += 1
        self._wanted.set()
        try:
            while self._newest <= number and not self._closed:
                await self._changed.wait()
        finally:
            self._waiting -= 1
            if not self._waiting and not self._closed:
                self._wanted.clear()
        return not self._closed

    def close(self) -> None:
        """End every wait, so that open streams let the server stop. Call in the loop's thread."""
        self._closed = True
        self._nudged.set()
        self._wanted.set()
        self._wake()

    def _wake(self) -> None:
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()
