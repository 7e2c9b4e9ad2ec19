"""What cameras remember of dismissals: told by workers, seen and taken back by people."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.auth import READERS, Caller, Doer, requires
from api.openapi import problems
from api.problems import Problem
from api.schema import Role, Scope
from api.schema.cameras import Id
from api.schema.memory import CameraMemory, MemoryList
from api.services import Parts, Services
from api.store.audit import Actor
from api.store.memory import UnknownMemory, ask_memory, keep_memory, list_memory

router = APIRouter(prefix="/v1/memory", tags=["cameras"])

_WHO = (Role.OPERATOR, Role.CLERK, Role.ENGINEER, Role.ADMIN)


@router.post(
    "",
    status_code=204,
    summary="Tell what a camera remembers",
    dependencies=[requires(Scope.WORK)],
    responses=problems(401, 403, 422, 503),
)
def post_memory(told: CameraMemory, parts: Parts) -> Response:
    """All dismissals that a camera remembers now, in place of what was told before."""
    keep_memory(parts.store, told, datetime.now(UTC))
    return Response(status_code=204)


@router.get(
    "",
    summary="List what cameras remember",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_memory(
    parts: Parts, camera_id: Annotated[Id | None, Query(description="Only this camera's.")] = None
) -> MemoryList:
    """Dismissals of which the like is not filed in its place again: with picture and expiry."""
    return list_memory(parts.store, camera_id, datetime.now(UTC))


@router.post(
    "/{violation_id}/forget",
    status_code=202,
    summary="Have a dismissal forgotten",
    dependencies=[requires(*_WHO)],
    responses=problems(401, 403, 404, 422, 503),
)
def post_forget(violation_id: UUID, parts: Parts, caller: Caller, doer: Doer) -> Response:
    """From its worker's next look on the like of it is filed again; the worker is told at once."""
    return _ask(parts, violation_id, caller.name, doer, counts=False)


@router.post(
    "/{violation_id}/take-back",
    status_code=202,
    summary="Have a forgotten dismissal remembered again",
    dependencies=[requires(*_WHO)],
    responses=problems(401, 403, 404, 422, 503),
)
def post_take_back(violation_id: UUID, parts: Parts, caller: Caller, doer: Doer) -> Response:
    """Undoes `forget`, until the dismissal would have expired."""
    return _ask(parts, violation_id, caller.name, doer, counts=True)


def _ask(parts: Services, violation_id: UUID, by: str, doer: Actor, *, counts: bool) -> Response:
    try:
        ask_memory(parts.store, violation_id, by, doer, datetime.now(UTC), counts=counts)
    except UnknownMemory as error:
        raise Problem(404, "unknown-memory", str(error), detail_zh="没有摄像头记得它") from error
    parts.line.feed.nudge()
    return Response(status_code=202)
