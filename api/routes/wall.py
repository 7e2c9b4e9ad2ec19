"""The wall: all cameras at a glance, each with its newest picture."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Response
from fastapi.responses import FileResponse

from api.auth import READERS, VIEWERS, Doer, requires
from api.openapi import problems
from api.problems import Problem
from api.schema.cameras import Id
from api.schema.places import Place
from api.schema.service import CameraHealth
from api.schema.wall import Wall, WallCamera, WallPicture
from api.services import Parts, Services
from api.store.camera_alerts import open_alerts
from api.store.camera_views import Stood, all_cameras
from api.store.reading import heartbeats

router = APIRouter(prefix="/v1", tags=["cameras"])

_SHIFT_S = 8 * 3600.0
"""Who has the wall open sees each picture hundreds of times: the audit has it once a shift."""
_IfNoneMatch = Annotated[
    str | None, Header(description="The `ETag` that you have: 304 where nothing has changed.")
]
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "What you have is the newest."}}


@router.get(
    "/wall",
    summary="See all cameras at a glance",
    dependencies=[requires(*READERS)],
    response_model=Wall,
    responses={**_UNCHANGED, **problems(401, 403, 422, 503)},
)
def get_wall(parts: Parts, if_none_match: _IfNoneMatch = None) -> Response:
    """Each camera with its place, how its stream fares, and the address of its newest picture."""
    body = Wall(items=tuple(_cameras(parts))).model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if _has(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


@router.get(
    "/cameras/{camera_id}/latest",
    summary="Read a camera's newest small picture",
    response_class=FileResponse,
    dependencies=[requires(*VIEWERS)],
    responses={
        200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
        **_UNCHANGED,
        **problems(401, 403, 404, 422, 503),
    },
)
def get_latest(
    camera_id: Annotated[Id, Path(description="The camera's id.")],
    parts: Parts,
    doer: Doer,
    if_none_match: _IfNoneMatch = None,
) -> Response:
    """A JPEG of some 480 pixels' width, at most about half a minute old while the camera is up.

    `Last-Modified` is when it was taken. The audit says who saw it, once in eight hours.
    """
    found = parts.line.latest.find(camera_id)
    if found is None:
        raise Problem(404, "no-picture", f"no picture of camera {camera_id} has come yet")
    tag = f'"{found.tag}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if _has(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    parts.gate.viewings.saw(doer, camera_id, "camera.glance", again_s=_SHIFT_S)
    return FileResponse(found.path, media_type="image/jpeg", headers=headers)


def _has(if_none_match: str | None, tag: str) -> bool:
    return if_none_match is not None and tag in if_none_match


def _cameras(parts: Services) -> list[WallCamera]:
    oldest = datetime.now(UTC) - timedelta(seconds=parts.settings.worker_timeout_s)
    said: dict[str, tuple[str, bool, CameraHealth]] = {}
    for (
        beat,
        heard,
    ) in heartbeats(parts.store):
        for camera in beat.cameras:
            said[camera.camera_id] = beat.worker, heard >= oldest, camera
    known = {one.camera_id: one for one in all_cameras(parts.store)}
    alerts = open_alerts(parts.store)
    return [
        _camera(parts, camera_id, known.get(camera_id), said.get(camera_id)).model_copy(
            update={"alerts": tuple(one for one in alerts if one.camera_id == camera_id)}
        )
        for camera_id in sorted(known.keys() | said.keys())
    ]


def _camera(
    parts: Services,
    camera_id: str,
    known: Stood | None,
    said: tuple[str, bool, CameraHealth] | None,
) -> WallCamera:
    picture = parts.line.latest.find(camera_id)
    worker, alive, health = said or ("", False, None)
    return WallCamera(
        camera_id=camera_id,
        place=Place(camera_id=camera_id) if known is None else known.place,
        worker=worker if known is None else known.worker,
        enabled=known is None or known.enabled,
        version=None if known is None else known.version,
        alive=alive,
        state=None if health is None else health.state,
        since=None if health is None else health.since,
        reason="" if health is None else health.reason,
        alerts=(),
        picture=None
        if picture is None
        else WallPicture(url=f"/v1/cameras/{camera_id}/latest?v={picture.tag}", at=picture.at),
    )
