"""The lines that are up in this process, and who looks at live pictures over them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from api.feed import EventFeed
from api.line.latest import LatestPictures
from api.schema.line import LiveOrder

LIVE_FOR_S = 15.0
"""A worker that is not told again stops by itself after so long."""
_RENEW_S = 5.0
_MOST_VIEWERS = 20
"""A camera; each costs the server its pictures' bytes."""

Tell = Callable[[LiveOrder], Awaitable[None]]


class TooManyViewers(Exception):
    """The camera is already looked at by as many as are let in."""


@dataclass(eq=False, slots=True)
class Viewer:
    """Somebody who looks at a camera: the newest picture that was not taken yet."""

    picture: bytes | None = None
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, picture: bytes) -> None:
        """Put a picture before the viewer; one that is too slow misses the one before."""
        self.picture = picture
        self.came.set()

    async def next(self, within_s: float) -> bytes | None:
        """The next picture, or None when none came in time."""
        try:
            await asyncio.wait_for(self.came.wait(), within_s)
        except TimeoutError:
            return None
        self.came.clear()
        return self.picture


class LineHub:
    """Brings viewers and workers' connections of this process together.

    Everything here happens in the event loop's thread; what must last is in the store.
    """

    def __init__(self, feed: EventFeed, latest: LatestPictures) -> None:
        self.feed = feed
        """Wakes connections when there are new orders, whichever process put them."""
        self.latest = latest
        """Each camera's newest small picture, for the wall."""
        self._tell: dict[str, Tell] = {}
        self._viewers: dict[str, set[Viewer]] = {}

    def connected(self, worker: str, tell: Tell) -> None:
        """A worker's line is up in this process."""
        self._tell[worker] = tell

    def gone(self, worker: str, tell: Tell) -> None:
        """A worker's line is down."""
        if self._tell.get(worker) == tell:
            del self._tell[worker]

    def has(self, worker: str) -> bool:
        """Whether this worker's line is up in this process."""
        return worker in self._tell

    def show(self, camera_id: str, picture: bytes) -> None:
        """A live picture has come."""
        for viewer in self._viewers.get(camera_id, ()):
            viewer.show(picture)

    @contextlib.asynccontextmanager
    async def viewing(self, worker: str, camera_id: str) -> AsyncIterator[Viewer]:
        """Look at a camera; its worker pushes pictures until the last viewer has gone.

        Raises:
            TooManyViewers: no place is left.
        """
        viewers = self._viewers.setdefault(camera_id, set())
        if len(viewers) >= _MOST_VIEWERS:
            raise TooManyViewers
        viewer = Viewer()
        viewers.add(viewer)
        renewing = asyncio.create_task(self._renew(worker, camera_id))
        try:
            yield viewer
        finally:
            renewing.cancel()
            viewers.discard(viewer)
            if not viewers:
                self._viewers.pop(camera_id, None)
                await self._order(worker, LiveOrder(camera_id=camera_id, for_s=0))

    async def _renew(self, worker: str, camera_id: str) -> None:
        while True:
            await self._order(worker, LiveOrder(camera_id=camera_id, for_s=LIVE_FOR_S))
            await asyncio.sleep(_RENEW_S)

    async def _order(self, worker: str, order: LiveOrder) -> None:
        tell = self._tell.get(worker)
        if tell is not None:
            with contextlib.suppress(Exception):  # a line that breaks is its own task's matter
                await tell(order)
