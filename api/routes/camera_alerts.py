"""Cameras whose picture cannot be relied on: told by workers, read by people."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.auth import READERS, requires
from api.intake import Submission, alert_submission
from api.openapi import multipart_of, problems
from api.problems import Problem
from api.schema import Scope
from api.schema.camera_alerts import CameraAlert, CameraAlertPage, CameraAlertView
from api.services import Parts
from api.store.camera_alerts import keep_alert, list_alerts
from api.store.errors import Conflict
from api.times import check_times

router = APIRouter(prefix="/v1/camera-alerts", tags=["cameras"])


@router.post(
    "",
    status_code=201,
    summary="Tell of a camera's picture",
    dependencies=[requires(Scope.WORK)],
    responses={
        200: {"model": CameraAlertView, "description": "Nothing new: as it stands."},
        **problems(401, 403, 409, 413, 415, 422, 503),
    },
    openapi_extra=multipart_of("alert", "CameraAlert", json_too=True),
)
def post_alert(
    submission: Annotated[Submission, Depends(alert_submission)], parts: Parts, response: Response
) -> CameraAlertView:
    """Say that a camera is frozen, covered, moved and so on; again, with `until`, once it ends.

    The id and the time make repeats safe: the latest word stands. Open streams get the event
    `camera.alert`. A picture may come along as evidence does with reports.
    """
    alert = submission.read(CameraAlert)
    now = datetime.now(UTC)
    check_times({"at": alert.at, "since": alert.since}, alert.evidence, now)
    parts.evidence.check(alert.evidence, submission.files)
    parts.evidence.keep(submission.files)
    try:
        kept, new = keep_alert(parts.store, alert, now)
    except Conflict as error:
        raise Problem(409, "other-content", str(error)) from error
    if new:
        parts.feed.nudge()
    else:
        response.status_code = 200
    return kept


@router.get(
    "",
    summary="List what was told of cameras' pictures",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_alerts(
    parts: Parts,
    camera_id: Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00]*$")] = None,
    open: Annotated[bool, Query(description="Those alone that are not over.")] = False,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="A page's `next`.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CameraAlertPage:
    """Those that changed last first."""
    return list_alerts(parts.store, camera_id, open_only=open, before=before, limit=limit)
