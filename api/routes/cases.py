"""What readers and operators do with cases."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response

from api.auth import READERS, requires
from api.finding import CaseFilter, Sort, read_cursor, wanted_cases
from api.openapi import problems
from api.problems import Problem
from api.routes.versions import ETAG, CaseId, etag_of
from api.schema import Case, CasePage
from api.services import Parts
from api.store.finding import list_cases
from api.store.reading import get_case

router = APIRouter(prefix="/v1/cases", tags=["cases"])


@router.get(
    "",
    summary="List cases",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_cases(
    parts: Parts,
    wanted: Annotated[CaseFilter, Depends(wanted_cases)],
    sort: Annotated[
        Sort, Query(description="Newest first, or what is due next first.")
    ] = Sort.RECEIVED,
    cursor: Annotated[
        str | None, Query(description="`next` of the page before.", max_length=40)
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Cases a page.")] = 50,
) -> CasePage:
    """A page of cases; `next` is the `cursor` of the page after it, null on the last.

    Filters add up. Evidence and course are with the case itself.
    """
    return list_cases(parts.store, wanted, sort, read_cursor(cursor, sort), limit)


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
