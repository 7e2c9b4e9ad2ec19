"""Runs the API until told to stop."""

import contextlib
import gc
import logging
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

import uvicorn

from api.app import create_app
from api.errors import AddressInUse
from api.feed import EventFeed
from api.passwords import new_secret
from api.services import Services
from api.settings import Settings
from api.store.people import offer_first_run

_GRACE_S = 5
_PING_S = 10.0
"""A worker's line that answers no ping for so long is down."""


class _Server(uvicorn.Server):
    """Says when it is ready, stops on an event, and ends open streams before it waits for them."""

    def __init__(
        self,
        config: uvicorn.Config,
        feeds: Sequence[EventFeed],
        on_ready: Callable[[], None],
        stop: threading.Event,
    ) -> None:
        super().__init__(config)
        self._feeds = feeds
        self._on_ready = on_ready
        self._stop = stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        return self._stop.is_set() or await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for feed in self._feeds:
            feed.close()
        await super().shutdown(sockets)


def serve(
    settings: Settings,
    *,
    port: int = 8000,
    ready: Callable[[str], None] | None = None,
    first_run: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Serve the API on `settings.host`; blocks until Ctrl-C, SIGTERM or `stop`.

    Args:
        settings: all the rest.
        port: 0 takes a free one.
        ready: called once with the address, such as `http://127.0.0.1:8000`, when requests
            are answered.
        first_run: called with a one-time token that makes the first administrator, where nobody
            has an account and this machine is not trusted by itself.
        stop: set it from another thread to end.

    Raises:
        ApiError: exposure, settings, catalogue or the port forbid the start.
    """
    app = create_app(settings)
    services: Services = app.state.services
    with contextlib.ExitStack() as held:
        # The app does so when it has stopped; one that never started has connections too.
        held.callback(services.store.engine.dispose)
        listener = held.enter_context(_listen(settings.host, port))
        name = f"[{settings.host}]" if ":" in settings.host else settings.host
        url = f"http://{name}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            log_config=None,  # the program that calls decides where logs go
            access_log=logging.getLogger("uvicorn.access").isEnabledFor(logging.INFO),
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
            ws_ping_interval=_PING_S,
            ws_ping_timeout=_PING_S,
        )
        server = _Server(
            config,
            (services.feed, services.line.feed),
            partial(_announce, services, url, ready, first_run),
            stop or threading.Event(),
        )
        # What the program is made of never becomes garbage: a tenth of the time went into looking.
        gc.collect()
        gc.freeze()
        # uvicorn has stopped cleanly by the time that it raises Ctrl-C once more.
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def _announce(
    services: Services,
    url: str,
    ready: Callable[[str], None] | None,
    first_run: Callable[[str], None] | None,
) -> None:
    if first_run is not None and not services.settings.trusts_this_machine:
        token = new_secret("first")
        if offer_first_run(services.store, token, datetime.now(UTC)):
            first_run(token)
    if ready is not None:
        ready(url)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise AddressInUse(
            f"{host}:{port} cannot be listened on ({error.strerror}); another program may have it: "
            "choose another port, or 0 for any free one"
        ) from error
