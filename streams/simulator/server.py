"""The simulated camera's RTSP server, in a thread of its own."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self
from urllib.parse import quote

from streams.simulator.mount import Mount
from streams.simulator.session import Session
from streams.simulator.source import MountError, MountOptions, Source, load

START_TIMEOUT_S = 10.0


class Simulator:
    """Serves clips as `rtsp://host:port/<name>`, paced in real time.

    H.264 and H.265, RTP over TCP or UDP, any number of clients and mounts. Clips are held in
    memory. Each mount's timeline begins with its first client.
    """

    def __init__(
        self,
        mounts: Mapping[str, MountOptions],
        host: str = "127.0.0.1",
        port: int = 0,
        credentials: tuple[str, str] | None = None,
    ) -> None:
        """Reads the clips.

        Args:
            mounts: what to serve, by name; a name may hold slashes.
            host: the address to listen on.
            port: the port; 0 takes a free one.
            credentials: user and password that clients must know (digest).

        Raises:
            MountError: a clip cannot be served, or a name is empty.
        """
        if not mounts:
            raise MountError("nothing to serve: name at least one clip")
        if any(not name.strip("/") for name in mounts):
            raise MountError("a stream has an empty name: give it one, such as `gate`")
        self._options = {name.strip("/"): options for name, options in mounts.items()}
        loaded: dict[MountOptions, Source] = {}
        for name, options in self._options.items():
            clip = replace(options, start_s=0.0)
            loaded[clip] = loaded.get(clip) or load(name, clip)  # a clip is held once
        self._sources = loaded
        self._host = host
        self._port = port
        self._credentials = credentials
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._stopping: asyncio.Event | None = None
        self._failure: OSError | None = None

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._port

    def url(self, name: str) -> str:
        """The address of a mount, without credentials."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"rtsp://{host}:{self._port}/{quote(name.strip('/'))}"

    def start(self) -> None:
        """Listens, and returns as soon as clients can connect.

        Raises:
            OSError: the port is taken, or the address is not this machine's.
        """
        if self._thread is not None:
            raise RuntimeError("this simulated camera is running already")
        self._ready.clear()
        self._failure = None
        self._thread = threading.Thread(target=self._run, name="simulated camera", daemon=True)
        self._thread.start()
        self._ready.wait(START_TIMEOUT_S)
        self._check_started()

    def stop(self) -> None:
        """Closes every connection and stops listening; harmless when not running."""
        if self._thread is None:
            return
        if self._loop is not None and self._stopping is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None

    def serve_forever(self, stop: threading.Event) -> None:
        """Serves until `stop` is set.

        Raises:
            OSError: as `start`.
        """
        self.start()
        try:
            stop.wait()
        finally:
            self.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _check_started(self) -> None:
        if self._failure is not None:
            self.stop()
            raise self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        mounts = {
            name: Mount(self._sources[replace(options, start_s=0.0)], options.start_s)
            for name, options in self._options.items()
        }
        sessions: dict[asyncio.Task[None] | None, Session] = {}

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            session = Session(mounts, self._credentials, reader, writer)
            sessions[asyncio.current_task()] = session
            try:
                await session.run()
            finally:
                del sessions[asyncio.current_task()]

        server = await asyncio.start_server(connected, self._host, self._port)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for mount in mounts.values():
            mount.close()
        for session in sessions.values():
            session.abort()
        while sessions:
            await asyncio.sleep(0.01)
