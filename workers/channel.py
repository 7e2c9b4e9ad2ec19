"""The worker's line to the API: one WebSocket, opened again whenever it is lost.

What comes down is on disk before it is acknowledged, so a worker that is killed anywhere misses
nothing; what an order leads to goes back by `workers.answers`.
"""

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlencode, urlsplit

from pydantic import ValidationError
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from api.schema.line import (
    FROM_API,
    ORDER_TYPES,
    Ack,
    Hello,
    LiveOrder,
    Numbered,
    Running,
    Welcome,
)
from workers.line_store import LineStore
from workers.sender import backoff_s

log = logging.getLogger(__name__)

_PING_S = 5.0
"""An API that answers no ping for so long is away, whatever its connections say."""
_OPEN_S = 10.0
_TAKEN_WAIT_S = 30.0
_SETTLED_S = 10.0
"""A line that was up for so long was really up: the next wait is a short one again."""
_MOST_BYTES = 16 * 2**20


class _Gap(Exception):
    """An order is missing before the one that came: the line is taken up again."""


class Channel:
    """Holds the line while the worker runs.

    Args:
        url: the API's, http or https.
        key: the worker's key.
        worker: its name.
        running: what it runs now, for the API to hold against what it should.
        welcomed: told, at each connection, which versions run as they should.
        ordered: told when an order was written down.
        live: told whom to show live, and None when the line is down.
    """

    def __init__(
        self,
        url: str,
        key: str,
        worker: str,
        store: LineStore,
        running: Callable[[], Sequence[Running]],
        welcomed: Callable[[dict[str, int]], None],
        ordered: Callable[[], None],
        live: Callable[[LiveOrder | None], None],
    ) -> None:
        parts = urlsplit(url.rstrip("/"))
        scheme = "wss" if parts.scheme == "https" else "ws"
        # In the address, which APIs before this one pass over; in the hello they would refuse it.
        known = ",".join(ORDER_TYPES)
        query = urlencode({"worker": worker, "instance": store.instance, "knows": known})
        self._address = f"{scheme}://{parts.netloc}{parts.path}/v1/line?{query}"
        self._key = key
        self._store = store
        self._running = running
        self._welcomed = welcomed
        self._ordered = ordered
        self._live = live
        self._line: ClientConnection | None = None
        self._showing = threading.Lock()

    def run(self, stop: threading.Event) -> None:
        """Holds the line until `stop` is set."""
        failures = 0
        while not stop.is_set():
            began = time.monotonic()
            pause = self._once(stop)
            failures = 0 if time.monotonic() - began >= _SETTLED_S else failures + 1
            if not stop.is_set():
                stop.wait(max(pause, min(backoff_s(failures or 1), 15.0)))

    def show(self, picture: bytes) -> bool:
        """Send a live picture, unless the line is down or still at the one before."""
        line = self._line
        if line is None or not self._showing.acquire(blocking=False):
            return False
        try:
            line.send(picture)
        except (ConnectionClosed, OSError):
            return False
        finally:
            self._showing.release()
        return True

    def _once(self, stop: threading.Event) -> float:
        """One connection, to its end; returns the seconds to wait at least before the next."""
        try:
            with connect(
                self._address,
                additional_headers={"Authorization": f"Bearer {self._key}"},
                open_timeout=_OPEN_S,
                ping_interval=_PING_S,
                ping_timeout=_PING_S,
                close_timeout=2.0,
                max_size=_MOST_BYTES,
                proxy=None,
            ) as line:
                self._speak(line, stop)
        except InvalidStatus as error:
            return self._refused(error)
        except _Gap as gap:
            log.warning("line: %s; taking it up again", gap)
        except (ConnectionClosed, WebSocketException, OSError, TimeoutError) as error:
            log.warning("line: down: %s", str(error) or type(error).__name__)
        except ValidationError as error:
            log.error("line: the API is of another release, and not understood: %s", _wrong(error))
            return _TAKEN_WAIT_S
        except sqlite3.Error as error:
            log.error("line: orders cannot be written down: %s", error)
        finally:
            self._line = None
            self._live(None)
        return 0.0

    def _speak(self, line: ClientConnection, stop: threading.Event) -> None:
        cursor, last = self._store.position()
        hello = Hello.model_validate(
            {"cursor": cursor, "last": last, "running": tuple(self._running())}
        )
        line.send(hello.model_dump_json())
        welcome = FROM_API.validate_json(line.recv(_OPEN_S))
        if not isinstance(welcome, Welcome):
            raise _Gap(f"a {welcome.type} came before the welcome")
        if welcome.cursor != cursor:
            log.warning("line: the API goes on after order %d, not %d", welcome.cursor, cursor)
        self._store.go_on_after(welcome.cursor)
        self._welcomed(welcome.versions)
        log.info("line: up, after order %d", welcome.cursor)
        self._line = line
        while not stop.is_set():
            try:
                text = line.recv(0.5)
            except TimeoutError:
                continue
            try:
                said = FROM_API.validate_json(text)
            except ValidationError as error:
                # Orders of any type are read. What holds for a moment only may be passed over.
                log.warning("line: passed over what this release does not know: %s", _wrong(error))
                continue
            if isinstance(said, LiveOrder):
                self._live(said)
            elif isinstance(said, Numbered):
                self._take(line, said)

    def _take(self, line: ClientConnection, order: Numbered) -> None:
        if self._store.take(order):
            self._ordered()
        else:
            cursor, _ = self._store.position()
            if order.number > cursor:
                raise _Gap(f"order {order.number} follows {order.after}, but {cursor} is the last")
        line.send(Ack(number=order.number).model_dump_json())

    def _refused(self, error: InvalidStatus) -> float:
        body = (error.response.body or b"").decode("utf-8", "replace")
        try:
            detail = str(json.loads(body)["detail"])
        except (ValueError, KeyError, TypeError):
            detail = body[:200]
        log.error("line: the API refuses it: %d %s", error.response.status_code, detail)
        return _TAKEN_WAIT_S if error.response.status_code in (401, 403, 409, 422) else 1.0


def _wrong(error: ValidationError) -> str:
    """What is wrong with a message, without a word of it: there may be passwords in it."""
    items = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in items[:3])
