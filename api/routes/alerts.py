"""What happens, as it happens."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.auth import CHECK_AGAIN_S, READERS, is_still_let_in, requires
from api.openapi import problems
from api.services import Parts, Services
from api.store.camera_alerts import alerts_after
from api.store.reading import Heard, events_after, newest_heard

log = logging.getLogger(__name__)

router = APIRouter(prefix="/v1", tags=["alerts"], dependencies=[requires(*READERS)])

_EXAMPLE = 'id: 17\nevent: case.filed\ndata: {"id": 9, "number": "370114-20261125-00009", …}\n\n'
_KEEP_ALIVE_S = 15


@router.get(
    "/alerts/stream",
    summary="Follow cases live (Server-Sent Events)",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Events `case.filed`, `case.updated` (decided) and `case.sighted`, each "
            "with a `Case` as data, as it stands when it is sent; and `camera.alert`, with a "
            "`CameraAlertView`.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        },
        **problems(401, 403, 422, 503),
    },
)
async def stream_alerts(
    parts: Parts,
    request: Request,
    last_event_id: Annotated[
        int | None,
        Header(ge=0, le=2**63 - 1, description="Go on after this event; without it, from now."),
    ] = None,
) -> EventSourceResponse:
    """Stream alerts without gaps: a reader that comes back gets what it missed.

    The stream opens with an `id` alone, so that a browser knows where to go on even when the
    line breaks before the first event. Connect first and list the cases then: none is missed.
    Alerts of cameras have no id, and come from now on: they are few, and `GET /v1/camera-alerts`
    has those that are open. Signing out, or a revoked key, ends the stream within seconds.
    """
    newest = await run_in_threadpool(newest_heard, parts.store)
    # An id from beyond the end is from another store: start from here.
    start = newest.events if last_event_id is None else min(last_event_id, newest.events)
    return EventSourceResponse(
        _follow(parts, request, Heard(start, newest.alerts)), ping=_KEEP_ALIVE_S
    )


async def _follow(
    parts: Services, request: Request, heard: Heard
) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(id=str(heard.events), retry=3000)
    while True:
        try:
            if not await asyncio.wait_for(parts.feed.wait_beyond(heard.mark), CHECK_AGAIN_S):
                return
        except TimeoutError:
            pass
        if not await is_still_let_in(parts, request, READERS):
            return
        try:
            told, heard = await run_in_threadpool(_news, parts, heard)
        except SQLAlchemyError as error:
            # The reader comes back by itself, and misses nothing.
            log.warning("alerts: a stream ends, the store cannot be read: %s", error)
            return
        for one in told:
            yield one


def _news(parts: Services, heard: Heard) -> tuple[list[ServerSentEvent], Heard]:
    """What is new since then, and how far that is heard."""
    told, events, alerts = [], heard.events, heard.alerts
    for alert in events_after(parts.store, events):
        events = alert.number
        data = alert.case.model_dump_json()
        told.append(ServerSentEvent(data=data, event=alert.type, id=str(events)))
    for number, of_camera in alerts_after(parts.store, alerts):
        alerts = number
        told.append(ServerSentEvent(data=of_camera.model_dump_json(), event="camera.alert"))
    return told, Heard(events, alerts)
