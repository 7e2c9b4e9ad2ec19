"""What workers send: reports, sightings, heartbeats."""

from concurrent.futures import Future
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from api.auth import requires
from api.coordinates import NotInChina
from api.direct import DirectRoute
from api.intake import Submission, sighting_submission, submitted_report
from api.openapi import multipart_of, problems
from api.problems import Problem, invalid
from api.routes.versions import ETAG, etag_of
from api.schema import Case, Heartbeat, Report, Scope, Sighting
from api.schema.rectify import Rectification
from api.services import Parts, Services
from api.store.acting import Outcome
from api.store.cases import (
    add_sighting,
    done,
    known_report,
    known_sighting,
    start_filing,
)
from api.store.errors import Conflict, UnknownCase
from api.store.of_reports import place_of
from api.store.reading import keep_heartbeat
from api.threads import in_thread
from api.times import check_times

router = APIRouter(prefix="/v1", tags=["workers"], dependencies=[requires(Scope.WORK)])

_WAITS: dict[str, Any] = {
    "model": Rectification,
    "description": "It waits for a shop to put it right; there is no case yet.",
}
_HEADERS = ETAG | {"Location": {"description": "The case.", "schema": {"type": "string"}}}


direct = APIRouter(
    prefix="/v1", tags=["workers"], dependencies=[requires(Scope.WORK)], route_class=DirectRoute
)


@direct.post(
    "/reports",
    status_code=201,
    summary="Report a violation",
    responses={
        201: {
            "description": "A new case, or another sight of an open one: `witnesses` tells.",
            "headers": _HEADERS,
        },
        200: {
            "model": Case,
            "description": "Reported before: the same case.",
            "headers": _HEADERS,
        },
        202: _WAITS,
        **problems(401, 403, 409, 413, 415, 422, 503),
    },
    response_model=Case,
    openapi_extra=multipart_of("report", "Report"),
)
async def post_report(parts: Parts, request: Request) -> Response:
    """File a confirmed violation as a case, exactly once.

    The body is multipart: `report` as JSON, and each file that `evidence` declares, its file
    name being its SHA-256. Send it until it is acknowledged: `violation_id` makes repeats safe.
    Everything is checked before anything is kept. What another camera, or a ticket, already made
    a case of is attached to that case: same class, near enough, still open. 202 says that a shop
    is told first (门前五包): it becomes a case only if it is not put right in time.
    """
    async with submitted_report(request) as submission:
        report = submission.read(Report)
        try:
            # From here on it takes a moment: a group that would leave now waits for it.
            coming = ExitStack()
            coming.enter_context(parts.store.coming())
            outcome = await in_thread(_take, parts, report, submission, coming)
        except Conflict as error:
            raise Problem(409, "other-content", str(error)) from error
    if isinstance(outcome, Rectification):
        return _held(outcome)
    if outcome.new:
        parts.feed.nudge()
    return Response(
        outcome.case.model_dump_json(),
        201 if outcome.new else 200,
        {
            "Location": f"/v1/cases/{outcome.case.id}",
            "ETag": etag_of(outcome.case.id, outcome.version),
        },
        "application/json",
    )


def _take(
    parts: Services, report: Report, submission: Submission, coming: ExitStack
) -> Future[Outcome | Rectification]:
    """Check a report, sync its evidence, and have it filed; then it is `coming` no more."""
    with coming:
        return _filed(parts, report, submission)


def _filed(
    parts: Services, report: Report, submission: Submission
) -> Future[Outcome | Rectification]:
    known = known_report(parts.store, report)
    if known is not None:
        return done(known)
    now = datetime.now(UTC)
    _check_kind(parts, report.kind)
    _check_place(report)
    times = report.model_dump(include={"first_seen", "confirmed_at", "last_seen"})
    check_times(times, report.evidence, now)
    frame = (report.frame_width, report.frame_height)
    parts.evidence.check(report.evidence, submission.files, frame)
    parts.evidence.keep(submission.files)
    return start_filing(parts.store, report, parts.terms, now)


@router.post(
    "/reports/{violation_id}/sightings",
    status_code=201,
    summary="Follow a report up",
    responses={
        201: {"description": "The case, with the new sighting.", "headers": _HEADERS},
        200: {
            "model": Case,
            "description": "Sent before: the case as it stands.",
            "headers": _HEADERS,
        },
        202: _WAITS,
        **problems(401, 403, 404, 409, 413, 415, 422, 503),
    },
    response_model=Case,
    openapi_extra=multipart_of("sighting", "Sighting", json_too=True),
)
def post_sighting(
    violation_id: UUID,
    submission: Annotated[Submission, Depends(sighting_submission)],
    parts: Parts,
    response: Response,
) -> Case | Response:
    """Say that a violation is still there, is gone, or bring later evidence.

    The pair of violation and number makes repeats safe. `cleared` sets the case's
    `cleared_at`; it decides nothing.
    """
    sighting = submission.read(Sighting)
    try:
        outcome = known_sighting(parts.store, violation_id, sighting)
        if outcome is None:
            now = datetime.now(UTC)
            check_times({"at": sighting.at}, sighting.evidence, now)
            parts.evidence.check(sighting.evidence, submission.files)
            parts.evidence.keep(submission.files)
            outcome = add_sighting(parts.store, violation_id, sighting, now)
    except UnknownCase as error:
        raise Problem(
            404, "unknown-violation", f"{violation_id}: {error}; report it first"
        ) from error
    except Conflict as error:
        raise Problem(409, "other-content", str(error)) from error
    if isinstance(outcome, Rectification):
        return _held(outcome)
    return _acknowledge(parts, outcome, response)


@router.post(
    "/heartbeats",
    status_code=204,
    summary="Say how a worker fares",
    responses=problems(401, 403, 422, 503),
)
def post_heartbeat(beat: Heartbeat, parts: Parts) -> None:
    """Keep the last that each worker said; every few seconds is often enough."""
    keep_heartbeat(parts.store, beat, datetime.now(UTC))


def _check_kind(parts: Parts, kind: str) -> None:
    known = parts.catalogue.categories
    if kind not in known:
        raise invalid(
            f"the catalogue {parts.catalogue.version} has no violation of kind {kind!r}",
            ("kind", f"is unknown; known are: {', '.join(known)}"),
        )


def _check_place(report: Report) -> None:
    try:
        place_of(report)
    except NotInChina as error:
        field = f"{'place' if report.spot is None else 'spot'}.{error.field}"
        raise invalid("the place cannot be where it says", (field, str(error))) from error


def _held(waits: Rectification) -> JSONResponse:
    return JSONResponse(waits.model_dump(mode="json"), 202)


def _acknowledge(parts: Parts, outcome: Outcome, response: Response) -> Case:
    if outcome.new:
        parts.feed.nudge()
    else:
        response.status_code = 200
    response.headers["Location"] = f"/v1/cases/{outcome.case.id}"
    response.headers["ETag"] = etag_of(outcome.case.id, outcome.version)
    return outcome.case
