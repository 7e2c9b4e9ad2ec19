"""Who was told of a case, when, through what, and whether it arrived."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from api.auth import requires
from api.openapi import problems
from api.problems import Problem
from api.routes.versions import CaseId
from api.schema.notices import CaseRoute, NoticeList, NoticePage, NoticeView
from api.schema.people import Role
from api.services import Parts
from api.store.dispatching import route_of
from api.store.notices import list_notices, notices_of_case, send_again

router = APIRouter(prefix="/v1", tags=["chiefs"])

# Names and telephone numbers of chiefs and shopkeepers are not for every key that reads cases.
_SEES = (Role.OPERATOR, Role.CLERK, Role.CHIEF, Role.ADMIN)
_MAX_ID = 2**63 - 1


@router.get(
    "/cases/{case_id}/route",
    summary="Ask who is to deal with a case",
    dependencies=[requires(*_SEES)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_route(case_id: CaseId, parts: Parts) -> CaseRoute:
    """The department that dispatch proposes, and the chiefs of the place, as things stand now."""
    found = route_of(parts.store, case_id, datetime.now(UTC))
    if found is None:
        raise Problem(404, "unknown-case", f"there is no case {case_id}")
    return found


@router.get(
    "/cases/{case_id}/notices",
    summary="See who was told of a case",
    dependencies=[requires(*_SEES)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_case_notices(case_id: CaseId, parts: Parts) -> NoticeList:
    """Every notice of the case with all its tries, oldest first."""
    found = notices_of_case(parts.store, case_id)
    if found is None:
        raise Problem(404, "unknown-case", f"there is no case {case_id}")
    return NoticeList(items=found)


@router.get(
    "/notices",
    summary="List notices, newest first",
    dependencies=[requires(*_SEES)],
    responses=problems(401, 403, 422, 503),
)
def get_notices(
    parts: Parts,
    state: Annotated[
        Literal["waiting", "sent", "failed"] | None, Query(description="Only those that stand so.")
    ] = None,
    cursor: Annotated[
        int | None, Query(ge=1, le=_MAX_ID, description="`next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Notices a page.")] = 50,
) -> NoticePage:
    """A page of notices; those that have failed reached nobody, and wait for a person."""
    return list_notices(parts.store, state, cursor, limit)


@router.post(
    "/notices/{notice_id}/send",
    summary="Send a notice that has failed once more",
    dependencies=[requires(Role.OPERATOR, Role.CLERK, Role.ADMIN)],
    responses=problems(401, 403, 404, 422, 503),
)
def post_send(
    notice_id: Annotated[int, Path(ge=1, le=_MAX_ID, description="The notice's `id`.")],
    parts: Parts,
) -> NoticeView:
    """Try it anew, once; one that was sent already is not sent twice."""
    found = send_again(parts.store, notice_id, datetime.now(UTC))
    if found is None:
        raise Problem(404, "unknown-notice", f"there is no notice {notice_id}")
    return found
