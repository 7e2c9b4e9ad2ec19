"""What readers and operators do with cases."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from pydantic import StringConstraints

from api.auth import READERS, requires
from api.openapi import problems
from api.problems import Problem
from api.routes.versions import ETAG, MAX_ID, CaseId, etag_of
from api.schema import Case, CasePage, CaseStatus, Moment
from api.services import Parts
from api.store.reading import CaseFilter, get_case, list_cases

router = APIRouter(prefix="/v1/cases", tags=["cases"])

_Word = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]


@router.get(
    "",
    summary="List cases, newest first",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_cases(
    parts: Parts,
    status: Annotated[CaseStatus | None, Query(description="Only cases that stand so.")] = None,
    kind: Annotated[_Word | None, Query(description="Only this kind.", examples=["litter"])] = None,
    camera_id: Annotated[_Word | None, Query(description="Only this camera's.")] = None,
    since: Annotated[
        Moment | None, Query(description="Only those received at this time or later.")
    ] = None,
    cursor: Annotated[
        int | None, Query(ge=1, le=MAX_ID, description="`next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Cases a page.")] = 50,
) -> CasePage:
    """A page of cases; `next` is the `cursor` of the page after it, null on the last."""
    return list_cases(parts.store, CaseFilter(status, kind, camera_id, since), cursor, limit)


@router.get(
    "/{case_id}",
    summary="Read a case",
    dependencies=[requires(*READERS)],
    responses={
        200: {"headers": ETAG},
        304: {"description": "The version in If-None-Match is still the case's."},
        **problems(401, 403, 404, 422, 503),
    },
    response_model=Case,
)
def get_one_case(
    case_id: CaseId,
    parts: Parts,
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Case | Response:
    """A case with its evidence and follow-ups; `ETag` is its version."""
    found = get_case(parts.store, case_id)
    if found is None:
        raise Problem(404, "unknown-case", f"there is no case {case_id}")
    case, version = found
    etag = etag_of(case_id, version)
    if if_none_match is not None and etag in if_none_match:
        return Response(status_code=304, headers={"ETag": etag, "Cache-Control": "no-cache"})
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"
    return case
