"""One worker's line while it is up: orders down, acknowledgements and live pictures up."""

import asyncio
import logging
from datetime import UTC, datetime
from uuid import uuid4

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.line.hub import LineHub
from api.schema.line import FROM_WORKER, Hello, LiveHead, LiveOrder, Numbered, Welcome
from api.services import Services
from api.store.cameras import reconcile
from api.store.orders import acknowledge, confirm, let_go, orders_after, where_to_go_on

log = logging.getLogger(__name__)

CONFIRM_S = 5.0
"""How often a connection says in the store that it is up."""
_HELLO_S = 20.0
_PROTOCOL_ERROR = 4400
_TAKEN = 4409
_STORE_AWAY = 1013
_RESTARTS = 1012


class _Closing(Exception):
    """The line is to be closed, with a code and a reason that the worker logs."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Connection:
    """A line that was accepted; `run` lasts until it ends."""

    def __init__(self, socket: WebSocket, services: Services, worker: str) -> None:
        self.id = uuid4().hex
        self._socket = socket
        self._services = services
        self._hub: LineHub = services.line
        self._worker = worker
        self._sent = 0

    async def run(self) -> None:
        """Speak with the worker until either side ends it."""
        try:
            await self._speak()
        except WebSocketDisconnect:
            log.info("line: worker %s has gone", self._worker)
        except _Closing as closing:
            log.warning("line: worker %s is let go: %s", self._worker, closing)
            await self._close(closing.code, str(closing))
        except SQLAlchemyError as error:
            log.error("line: worker %s: the store cannot be used: %s", self._worker, error)
            await self._close(_STORE_AWAY, "the store cannot be used at the moment")
        finally:
            self._hub.gone(self._worker, self._tell)
            try:
                await asyncio.shield(
                    run_in_threadpool(let_go, self._services.store, self._worker, self.id)
                )
            except SQLAlchemyError as error:
                log.warning("line: cannot note that %s has gone: %s", self._worker, error)

    async def _speak(self) -> None:
        hello = await self._hello()
        store, now = self._services.store, datetime.now(UTC)
        versions = await run_in_threadpool(reconcile, store, self._worker, hello.running, now)
        self._sent = await run_in_threadpool(
            where_to_go_on, store, self._worker, hello.cursor, hello.last
        )
        welcome = Welcome(cursor=self._sent, versions=versions)
        await self._socket.send_text(welcome.model_dump_json())
        log.info("line: worker %s is here, after order %d", self._worker, self._sent)
        self._hub.connected(self._worker, self._tell)
        tasks = [asyncio.create_task(part()) for part in (self._send, self._receive, self._confirm)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()
        raise _Closing(_RESTARTS, "the API stops")

    async def _hello(self) -> Hello:
        try:
            text = await asyncio.wait_for(self._socket.receive_text(), _HELLO_S)
            said = FROM_WORKER.validate_json(text)
        except (ValidationError, KeyError) as error:
            raise _Closing(_PROTOCOL_ERROR, f"not a hello: {error}") from error
        except TimeoutError:
            raise _Closing(_PROTOCOL_ERROR, "no hello came") from None
        if not isinstance(said, Hello):
            raise _Closing(_PROTOCOL_ERROR, f"a {said.type} came before the hello")
        return said

    async def _send(self) -> None:
        store, feed = self._services.store, self._hub.feed
        while True:
            seen = feed.newest
            due = await run_in_threadpool(
                orders_after, store, self._worker, self._sent, datetime.now(UTC)
            )
            for one in due:
                order = Numbered.model_validate(
                    {"number": one.number, "after": self._sent, "id": one.id, "order": one.body}
                )
                await self._socket.send_text(order.model_dump_json())
                self._sent = one.number
            if not due and not await feed.wait_beyond(seen):
                return

    async def _receive(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1006))
            data = message.get("bytes")
            try:
                if data is not None:
                    head, _, jpeg = data.partition(b"\n")
                    await self._show(LiveHead.model_validate_json(head), jpeg)
                    continue
                said = FROM_WORKER.validate_json(message["text"])
            except ValidationError as error:
                raise _Closing(_PROTOCOL_ERROR, f"not a message of the line: {error}") from error
            if isinstance(said, Hello):
                raise _Closing(_PROTOCOL_ERROR, "a second hello came")
            await run_in_threadpool(
                acknowledge, self._services.store, self._worker, said.number, datetime.now(UTC)
            )

    async def _show(self, head: LiveHead, jpeg: bytes) -> None:
        self._hub.show(head.camera_id, jpeg)
        latest = self._hub.latest
        if latest.wants(head.camera_id):
            try:
                await run_in_threadpool(latest.keep, head.camera_id, head.at, jpeg)
            except OSError as error:
                log.warning("%s: its newest picture cannot be kept: %s", head.camera_id, error)

    async def _confirm(self) -> None:
        while True:
            await asyncio.sleep(CONFIRM_S)
            if not await run_in_threadpool(confirm, self._services.store, self._worker, self.id):
                raise _Closing(_TAKEN, "the worker has opened its line anew")

    async def _tell(self, order: LiveOrder) -> None:
        await self._socket.send_text(order.model_dump_json())

    async def _close(self, code: int, reason: str) -> None:
        try:
            # A control frame has room for 123 bytes.
            await self._socket.close(code, reason.encode()[:120].decode("utf-8", "ignore"))
        except RuntimeError:  # it is closed already
            log.debug("line: %s was closed already", self._worker)
