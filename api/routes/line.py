"""The line to the workers, and what they answer over it."""

import logging
import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response, WebSocket
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from api.auth import READERS, identify_key, requires
from api.intake import Submission, answer_submission
from api.line.connection import Connection
from api.openapi import multipart_of, problems
from api.problems import MEDIA_TYPE, Problem, body_of
from api.schema import Scope
from api.schema.cameras import Id
from api.schema.line import Answer, Lines, LineState
from api.services import Parts, Services
from api.store.answers import UnknownOrder, take_answer
from api.store.orders import lines

log = logging.getLogger(__name__)

router = APIRouter(prefix="/v1/line", tags=["line"])

_KNOWS = re.compile(r"[a-z_,]{0,300}")
_NAME: TypeAdapter[str] = TypeAdapter(Id)


@router.websocket("")
async def open_line(socket: WebSocket) -> None:
    """Hold a worker's line; `docs/line.md` says how the two speak."""
    services: Services = socket.app.state.services
    refusal = _unwelcome(socket, services)
    if refusal is None:
        worker = socket.query_params["worker"]
        instance = socket.query_params["instance"]
        connection = Connection(socket, services, worker)
        now = datetime.now(UTC)
        said = socket.query_params.get("knows", "")
        knows = said if _KNOWS.fullmatch(said) else ""
        who = (worker, instance, connection.id, now, knows)
        held = await run_in_threadpool(services.door.enter, *who)
        if held is None:
            await socket.accept()
            await connection.run()
            return
        refusal = Problem(
            409,
            "name-taken",
            f"another worker, {held.instance}, holds the line of the name {worker}: give this one "
            "a name of its own (`worker:` in its configuration), or stop the other",
        )
        log.warning("line: %s", refusal.detail)
    body = body_of(refusal.status_code, refusal.detail, refusal.slug)
    await socket.send_denial_response(
        JSONResponse(body, refusal.status_code, media_type=MEDIA_TYPE)
    )


def _unwelcome(socket: WebSocket, services: Services) -> Problem | None:
    scheme, _, key = socket.headers.get("authorization", "").partition(" ")
    caller = identify_key(services, key.strip()) if scheme.lower() == "bearer" else None
    if caller is None:
        return Problem(401, "key-wanted", "a worker's key is needed: Authorization: Bearer <key>")
    if not caller.may([Scope.WORK]):
        return Problem(403, "not-allowed", f"{caller.name} is no worker")
    for name in ("worker", "instance"):
        try:
            _NAME.validate_python(socket.query_params.get(name, ""))
        except ValidationError:
            return Problem(422, "invalid", f"the query's `{name}` is missing, or no name")
    return None


@router.get(
    "",
    summary="See the lines to the workers",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 503),
)
def get_lines(parts: Parts) -> Lines:
    """Whether each worker's line is up, and how many orders wait for it."""
    return Lines(
        items=tuple(
            LineState(
                worker=row.worker,
                connected=bool(row.connection),
                connected_at=row.connected_at,
                waiting=waiting,
                knows=tuple(row.knows.split(",")) if row.knows else (),
                refused=row.refused,
            )
            for row, waiting in lines(parts.store)
        )
    )


@router.post(
    "/answers",
    status_code=204,
    summary="Answer an order",
    dependencies=[requires(Scope.WORK)],
    responses=problems(401, 403, 404, 413, 415, 422, 503),
    openapi_extra=multipart_of("answer", "Answer", json_too=True),
)
def post_answer(
    submission: Annotated[Submission, Depends(answer_submission)], parts: Parts
) -> Response:
    """Say what came of an order, with its picture; the order's id makes repeats safe."""
    answer = submission.read(Answer)
    now = datetime.now(UTC)
    parts.evidence.check(answer.evidence, submission.files)
    parts.evidence.keep(submission.files)
    try:
        if take_answer(parts.store, answer, now):
            parts.feed.nudge()
    except UnknownOrder as error:
        raise Problem(404, "unknown-order", str(error)) from error
    return Response(status_code=204)
