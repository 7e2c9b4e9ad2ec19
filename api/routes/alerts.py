"""What happens, as it happens."""

import logging
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.auth import READERS, requires
from api.openapi import problems
from api.services import Parts, Services
from api.store.reading import events_after, newest_event

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
            "with a `Case` as data, as it stands when it is sent.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        },
        **problems(401, 403, 422, 503),
    },
)
async def stream_alerts(
    parts: Parts,
    last_event_id: Annotated[
        int | None,
        Header(ge=0, le=2**63 - 1, description="Go on after this event; without it, from now."),
    ] = None,
) -> EventSourceResponse:
    """Stream alerts without gaps: a reader that comes back gets what it missed.

    The stream opens with an `id` alone, so that a browser knows where to go on even when the
    line breaks before the first event. Connect first and list the cases then: none is missed.
    """
    newest = await run_in_threadpool(newest_event, parts.store)
    # An id from beyond the end is from another store: start from here.
    start = newest if last_event_id is None else min(last_event_id, newest)
    return EventSourceResponse(_follow(parts, start), ping=_KEEP_ALIVE_S)


async def _follow(parts: Services, seen: int) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(id=str(seen), retry=3000)
    while await parts.feed.wait_beyond(seen):
        try:
            alerts = await run_in_threadpool(events_after, parts.store, seen)
        except SQLAlchemyError as error:
            # The reader comes back by itself, and misses nothing.
            log.warning("alerts: a stream ends, the store cannot be read: %s", error)
            return
        for alert in alerts:
            seen = alert.number
            data = alert.case.model_dump_json()
            yield ServerSentEvent(data=data, event=alert.type, id=str(seen))
