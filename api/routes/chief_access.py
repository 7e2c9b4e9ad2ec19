"""Chiefs on their phones: in by the link of a notice, and to their own cases."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.auth import PUBLIC, Caller, Doer, address_of, requires
from api.cookies import set_session
from api.dispatch.sending import CHIEFS_PAGE
from api.openapi import problems
from api.problems import Problem
from api.routes.tables import PLAIN
from api.schema import CasePage, Role
from api.schema.people import ChiefEntry, ChiefLink, ChiefLinkWanted
from api.services import Parts
from api.store.chief_access import (
    LINK_LASTS,
    LinkWrong,
    UnknownAssignment,
    cases_of,
    enter,
    make_link,
    revoke_links,
)

router = APIRouter(prefix="/v1", tags=["chiefs"])

_DESK = (Role.CLERK, Role.ADMIN)


@router.post(
    "/chief-sessions",
    status_code=204,
    summary="Sign a chief in by the link of a notice",
    dependencies=[PUBLIC],
    responses=problems(401, 403, 422, 429, 503),
)
def post_chief_session(
    entry: ChiefEntry, parts: Parts, request: Request, response: Response
) -> None:
    """Trade the secret behind the `#` of a notice's link for a cookie that scripts cannot read.

    It is good for twelve hours and for the cases of one assignment; the link for a day.
    """
    address = address_of(request)
    parts.gate.throttle.check(address)
    try:
        value = enter(parts.store, entry.token, address, datetime.now(UTC))
    except LinkWrong as error:
        parts.gate.throttle.failed(address)
        zh = "链接不正确、已过期或已作废，请等待下一条通知或联系值班人员"
        raise Problem(401, "link-wrong", str(error), detail_zh=zh) from error
    set_session(request, response, value)


@router.get(
    "/mine",
    summary="List a chief's own cases",
    dependencies=[requires(Role.CHIEF)],
    responses=problems(401, 403, 422, 503),
)
def get_mine(
    caller: Caller, parts: Parts, limit: Annotated[int, Query(ge=1, le=200)] = 100
) -> CasePage:
    """Open cases of which the chief was told, those first whose limit is over soonest.

    A chief without assignments has none of their own.
    """
    return cases_of(parts.store, caller.assignments, datetime.now(UTC), limit)


@router.post(
    "/chief-links",
    status_code=201,
    summary="Make a link for a chief",
    dependencies=[requires(*_DESK)],
    responses=problems(401, 403, 404, 422, 503),
)
def post_chief_link(wanted: ChiefLinkWanted, parts: Parts, doer: Doer) -> ChiefLink:
    """A link as notices have it, to be handed over in another way; it is shown this once."""
    now = datetime.now(UTC)
    try:
        secret = make_link(parts.store, wanted.assignment, wanted.name, doer, now, check=True)
    except UnknownAssignment as error:
        zh = "没有这个责任区"
        raise Problem(404, "unknown-assignment", str(error), detail_zh=zh) from error
    return ChiefLink(path=f"{CHIEFS_PAGE}#{secret}", expires_at=now + LINK_LASTS)


@router.delete(
    "/chief-links/{assignment}",
    status_code=204,
    summary="Take back a chief's links",
    dependencies=[requires(*_DESK)],
    responses=problems(401, 403, 422, 503),
)
def delete_chief_links(
    assignment: Annotated[str, Path(max_length=48, pattern=PLAIN)], parts: Parts, doer: Doer
) -> Response:
    """All links of an assignment stop working at once, and who came in by them is out."""
    revoke_links(parts.store, assignment, doer, datetime.now(UTC))
    return Response(status_code=204)
