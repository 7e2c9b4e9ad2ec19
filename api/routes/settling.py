"""What operators do with alerts beside a verdict: reasons for dismissals, places that wait."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.acting import actor_of
from api.auth import READERS, Caller, Doer, requires
from api.openapi import problems
from api.problems import Problem
from api.routes.life import refusing, unknown_case
from api.routes.tags import IfMatch, tags_in
from api.routes.versions import ETAG, CaseId, etag_of
from api.schema import Case, Role
from api.schema.judgement import Word
from api.schema.settling import (
    AssigneeWrite,
    Colleagues,
    DismissalReason,
    DismissalReasons,
    DismissalReasonWrite,
    Snooze,
    Snoozes,
    SnoozeWrite,
)
from api.services import Parts
from api.store.assigning import AlreadySettled, colleagues, give
from api.store.dismissals import put_reason, read_reasons
from api.store.errors import Outdated, UnknownCase
from api.store.snoozes import CannotSnooze, UnknownSnooze, list_snoozes, snooze, wake

router = APIRouter(prefix="/v1", tags=["alerts"])

_DESK = (Role.OPERATOR, Role.CLERK, Role.ADMIN)


@router.get(
    "/dismissal-reasons",
    summary="List why an alert may be none",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 503),
)
def get_reasons(parts: Parts) -> DismissalReasons:
    """In the order in which the page offers them; those that are not `active` are not offered."""
    return DismissalReasons(items=read_reasons(parts.store))


@router.put(
    "/dismissal-reasons/{code}",
    summary="Write a reason why an alert may be none",
    dependencies=[requires(Role.CLERK, Role.ADMIN)],
    responses={201: {"description": "It is new."}, **problems(401, 403, 412, 422, 503)},
)
def put_one_reason(
    code: Annotated[Word, Path(description="The reason's code.")],
    wanted: DismissalReasonWrite,
    parts: Parts,
    doer: Doer,
    response: Response,
    if_match: IfMatch = None,
) -> DismissalReason:
    """Reasons are not deleted, since cases name them: one that is not `active` is not offered."""
    now, tags = datetime.now(UTC), tags_in(if_match)
    try:
        reason, new = put_reason(parts.store, code, wanted, doer, now, tags)
    except Outdated as error:
        zh = "这条原因刚被他人修改过"
        raise Problem(412, "outdated", str(error), detail_zh=zh) from error
    response.status_code = 201 if new else 200
    return reason


@router.put(
    "/cases/{case_id}/assignee",
    summary="Give an alert to an operator",
    dependencies=[requires(*_DESK)],
    responses={200: {"headers": ETAG}, **problems(401, 403, 404, 409, 422, 503)},
)
def put_assignee(
    case_id: CaseId,
    wanted: AssigneeWrite,
    parts: Parts,
    caller: Caller,
    doer: Doer,
    response: Response,
) -> Case:
    """It says who looks at it, and stops nobody else. Where people share a key it may be any name;
    `GET /v1/colleagues` has those with accounts."""
    with refusing(parts, case_id, actor_of(caller)):
        try:
            given = give(parts.store, case_id, wanted.to, doer, datetime.now(UTC))
        except AlreadySettled as error:
            zh = "此告警已处理，无须分配"
            raise Problem(409, "already-settled", str(error), detail_zh=zh) from error
    if given.new:
        parts.feed.nudge()
    response.headers["ETag"] = etag_of(case_id, given.version)
    return given.case


@router.get(
    "/colleagues",
    summary="List who may settle alerts",
    dependencies=[requires(*_DESK)],
    responses=problems(401, 403, 503),
)
def get_colleagues(parts: Parts) -> Colleagues:
    """Operators, clerks and administrators with an account, to give an alert to."""
    return Colleagues(items=colleagues(parts.store))


@router.post(
    "/cases/{case_id}/snooze",
    status_code=201,
    summary="Let a case's place wait",
    dependencies=[requires(*_DESK)],
    responses=problems(401, 403, 404, 409, 422, 503),
)
def post_snooze(
    case_id: CaseId, wanted: SnoozeWrite, parts: Parts, caller: Caller, doer: Doer
) -> Snooze:
    """Alerts of this kind at this place of the camera's picture are filed and listed as `snoozed`
    until then, and ring nobody. What is urgent cannot wait: 409."""
    by = actor_of(caller, wanted.by).name or caller.name
    try:
        made = snooze(parts.store, case_id, wanted, by, doer, datetime.now(UTC))
    except UnknownCase as error:
        raise unknown_case(case_id) from error
    except CannotSnooze as error:
        raise Problem(409, "cannot-snooze", str(error), detail_zh=error.zh) from error
    parts.feed.nudge()
    return made


@router.get(
    "/snoozes",
    summary="List places that wait",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_snoozes(
    parts: Parts,
    active: Annotated[bool, Query(description="Those alone that hold now.")] = True,
) -> Snoozes:
    """By whom, until when, and which are over."""
    return Snoozes(items=tuple(list_snoozes(parts.store, datetime.now(UTC), active=active)))


@router.delete(
    "/snoozes/{snooze_id}",
    summary="Wake a place that waits",
    dependencies=[requires(*_DESK)],
    responses=problems(401, 403, 404, 422, 503),
)
def delete_snooze(
    snooze_id: Annotated[int, Path(ge=1, le=2**63 - 1)], parts: Parts, caller: Caller, doer: Doer
) -> Snooze:
    """End a snooze before its time; its alerts are open ones again."""
    try:
        ended = wake(parts.store, snooze_id, caller.name, doer, datetime.now(UTC))
    except UnknownSnooze as error:
        raise Problem(
            404, "unknown-snooze", str(error), detail_zh="没有生效中的稍后提醒"
        ) from error
    parts.feed.nudge()
    return ended
