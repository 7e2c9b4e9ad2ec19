"""How much time a case has left."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import READERS, Caller, requires
from api.openapi import problems
from api.problems import Problem
from api.routes.versions import CaseId
from api.schema.people import Role, Scope
from api.schema.timers import TimerList
from api.services import Parts
from api.store import due
from api.store.acting import case_of, note_event
from api.store.errors import UnknownCase
from api.store.models import CaseRow
from api.store.timer_views import timers_of
from api.store.timers import finish_stage

router = APIRouter(prefix="/v1/cases/{case_id}/timers", tags=["life"])

STAGE_DONE = "case.stage_done"


@router.get(
    "",
    summary="Read a case's timers",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_timers(case_id: CaseId, parts: Parts) -> TimerList:
    """Limit, time spent and left, deadline and state of each stage that had or has a limit."""
    found = timers_of(parts.store, case_id, datetime.now(UTC))
    if found is None:
        raise Problem(404, "unknown-case", f"there is no case {case_id}")
    return found


@router.post(
    "/{stage}/finish",
    summary="Say that a stage's task is done",
    dependencies=[requires(Role.OPERATOR, Role.CLERK, Role.CHIEF, Role.ADMIN, Scope.ACT)],
    responses=problems(401, 403, 404, 409, 422, 503),
)
def post_finish(
    case_id: CaseId,
    stage: Annotated[str, Path(max_length=32, pattern=r"^[a-z][a-z0-9_]*$", examples=["guard"])],
    caller: Caller,
    parts: Parts,
) -> TimerList:
    """End a timer before its stage ends: an open hole is guarded (设置警示), the repair goes on.

    409 when no such timer is open.
    """
    now = datetime.now(UTC)
    with parts.store.writing() as session:
        try:
            case = case_of(session, CaseRow.id == case_id, lock=True)
        except UnknownCase as error:
            raise Problem(404, "unknown-case", f"there is no case {case_id}") from error
        if not finish_stage(session, case_id, stage, caller.name, now):
            raise Problem(409, "no-timer", f"case {case.number} has no open timer of {stage!r}")
        due.reckon(session, case)
        note_event(session, case, STAGE_DONE, now)
    parts.feed.nudge()
    found = timers_of(parts.store, case_id, now)
    assert found is not None  # noqa: S101 (cases are never taken away)
    return found
