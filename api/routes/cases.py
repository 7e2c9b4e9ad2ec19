"""What readers and operators do with cases."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import StringConstraints

from api.auth import READERS, requires
from api.openapi import problems
from api.problems import Problem, invalid
from api.schema import Case, CasePage, CaseStatus, Moment, Role, Verdict, VerdictRequest
from api.services import Parts
from api.store.cases import Conflict, Outdated, UnknownCase, decide
from api.store.reading import CaseFilter, get_case, list_cases

router = APIRouter(prefix="/v1/cases", tags=["cases"])

_MAX_ID = 2**63 - 1
CaseId = Annotated[int, Path(ge=1, le=_MAX_ID, description="The case's `id`.")]
_Word = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
_ETAG = {"ETag": {"description": "The case's version.", "schema": {"type": "string"}}}


def _etag(case_id: int, version: int) -> str:
    return f'"{case_id}-{version}"'


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
        int | None, Query(ge=1, le=_MAX_ID, description="`next` of the page before.")
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
        200: {"headers": _ETAG},
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
    etag = _etag(case_id, version)
    if if_none_match is not None and etag in if_none_match:
        return Response(status_code=304, headers={"ETag": etag, "Cache-Control": "no-cache"})
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"
    return case


@router.post(
    "/{case_id}/verdict",
    summary="Confirm or dismiss a case",
    dependencies=[requires(Role.OPERATOR)],
    responses={200: {"headers": _ETAG}, **problems(401, 403, 404, 409, 412, 422, 503)},
)
def post_verdict(
    case_id: CaseId,
    verdict: VerdictRequest,
    parts: Parts,
    response: Response,
    if_match: Annotated[
        str | None, Header(description="Decide only if the case still has this ETag.")
    ] = None,
) -> Case:
    """Put an operator's verdict on a reported case; a dismissal needs a reason.

    The same verdict again changes nothing; another one is refused with 409.
    """
    if verdict.verdict is Verdict.DISMISSED and not verdict.reason.strip():
        raise invalid("a dismissal needs a reason", ("reason", "is empty; say why it is none"))
    try:
        versions = _versions(case_id, if_match)
        outcome = decide(parts.store, case_id, verdict, versions, datetime.now(UTC))
    except UnknownCase as error:
        raise Problem(404, "unknown-case", f"there is no case {case_id}") from error
    except Conflict as error:
        raise Problem(409, "decided", str(error)) from error
    except Outdated as error:
        raise Problem(412, "outdated", str(error)) from error
    if outcome.new:
        parts.feed.nudge()
    response.headers["ETag"] = _etag(case_id, outcome.version)
    return outcome.case


def _versions(case_id: int, if_match: str | None) -> set[int] | None:
    """The versions that an If-Match header allows; None for all of them."""
    if if_match is None or if_match.strip() == "*":
        return None
    prefix = f'"{case_id}-'
    tags = [tag.strip() for tag in if_match.split(",")]
    numbers = [tag[len(prefix) : -1] for tag in tags if tag.startswith(prefix)]
    return {int(number) for number in numbers if number.isdecimal()}
