"""One client's RTSP connection."""

import asyncio
import logging
import secrets
from collections.abc import Mapping

from streams.simulator.auth import Digest
from streams.simulator.message import BadRequestError, Request, answer, read_request
from streams.simulator.mount import Mount
from streams.simulator.sdp import describe
from streams.simulator.transport import Channel, Player, open_channel

log = logging.getLogger("streams.simulator")

METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN"
SESSION_TIMEOUT_S = 60


class Session:
    """Answers one client until it goes; whatever it does, others do not notice."""

    def __init__(
        self,
        mounts: Mapping[str, Mount],
        credentials: tuple[str, str] | None,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._mounts = mounts
        self._digest = Digest(credentials)
        self._reader = reader
        self._writer = writer
        self._id = secrets.token_hex(8)
        self._mount: Mount | None = None
        self._channel: Channel | None = None
        self._player: Player | None = None

    async def run(self) -> None:
        """Serves the connection to its end."""
        try:
            while (request := await read_request(self._reader)) is not None:
                self._writer.write(await self._answer(request))
                if request.method == "TEARDOWN":
                    break
                await self._writer.drain()
        except BadRequestError as error:
            self._writer.write(answer(400, Request("", "", {})))
            log.info("a client sent no RTSP: %s", error)
        except OSError as error:
            log.info("a client is gone: %s", error.strerror)
        finally:
            self._end()
            self._writer.close()

    def abort(self) -> None:
        """Cuts the connection, whatever it is doing; `run` then ends."""
        self._writer.transport.abort()

    async def _answer(self, request: Request) -> bytes:
        if request.method == "OPTIONS":
            return answer(200, request, {"Public": METHODS})
        if not self._digest.accepts(request.method, request.headers.get("authorization", "")):
            return answer(401, request, {"WWW-Authenticate": self._digest.challenge})
        match request.method:
            case "DESCRIBE":
                return self._describe(request)
            case "SETUP":
                return await self._setup(request)
            case "PLAY" | "PAUSE" | "TEARDOWN":
                return self._control(request)
            case "GET_PARAMETER" | "SET_PARAMETER":
                return answer(200, request, {"Session": self._id})
        return answer(405, request, {"Allow": METHODS})

    def _describe(self, request: Request) -> bytes:
        mount = self._mounts.get(request.mount)
        if mount is None:
            return answer(404, request)
        headers = {
            "Content-Base": request.url.rstrip("/") + "/",
            "Content-Type": "application/sdp",
        }
        return answer(200, request, headers, describe(request.mount, mount.source))

    async def _setup(self, request: Request) -> bytes:
        mount = self._mounts.get(request.mount)
        if mount is None:
            return answer(404, request)
        self._end()
        channel = await open_channel(request.headers.get("transport", ""), self._writer)
        if channel is None:
            return answer(461, request)
        self._mount, self._channel = mount, channel
        self._player = Player(channel)
        session = f"{self._id};timeout={SESSION_TIMEOUT_S}"
        return answer(200, request, {"Transport": channel.header, "Session": session})

    def _control(self, request: Request) -> bytes:
        if request.headers.get("session", "").partition(";")[0] != self._id:
            return answer(454, request)
        if self._mount is None or self._player is None:
            return answer(455, request)
        if request.method == "PLAY":
            self._mount.join(self._player)
        else:
            self._mount.leave(self._player)
        headers = {"Session": self._id}
        if request.method == "PLAY":
            headers["Range"] = "npt=now-"
        return answer(200, request, headers)

    def _end(self) -> None:
        if self._mount is not None and self._player is not None:
            self._mount.leave(self._player)
        if self._channel is not None:
            self._channel.close()
        self._mount = self._channel = self._player = None
