"""Cameras: their configuration, current pictures, live view."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.auth import (
    CHECK_AGAIN_S,
    READERS,
    VIEWERS,
    Caller,
    Doer,
    is_still_let_in,
    requires,
)
from api.line.hub import TooManyViewers
from api.openapi import problems
from api.problems import Problem, invalid
from api.routes.of_cameras import (
    CAMERA_ETAG,
    WRITERS,
    CameraId,
    IfMatch,
    known_camera,
    versions_seen,
)
from api.schema.cameras import (
    Camera,
    CameraPage,
    CameraVersion,
    CameraWrite,
    ConfigState,
    Id,
    Snapshot,
)
from api.services import Parts, Services
from api.store.camera_secrets import UNREADABLE, PasswordWanted
from api.store.camera_views import CameraFilter, list_cameras, versions_of
from api.store.cameras import CameraOutdated, UnknownCamera, restore_version, write_camera
from api.store.snapshots import ask_snapshot, get_snapshot

router = APIRouter(prefix="/v1/cameras", tags=["cameras"])

_SnapshotId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The picture's `id`.")]
_BOUNDARY = "five-chief-picture"
_LOOK_UP_S = 1.0


@router.get(
    "",
    summary="List cameras",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_cameras(
    parts: Parts,
    worker: Annotated[Id | None, Query(description="Only this worker's.")] = None,
    state: Annotated[
        ConfigState | None, Query(description="Only those whose newest version stands so.")
    ] = None,
    cursor: Annotated[str, Query(max_length=64, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=500, description="Cameras a page.")] = 100,
) -> CameraPage:
    """Cameras by id, each with its newest configuration and what became of it."""
    return list_cameras(parts.store, CameraFilter(worker, state), cursor, limit)


@router.get(
    "/{camera_id}",
    summary="Read a camera",
    dependencies=[requires(*READERS)],
    responses={200: {"headers": CAMERA_ETAG}, **problems(401, 403, 404, 422, 503)},
)
def get_one_camera(camera_id: CameraId, parts: Parts, response: Response) -> Camera:
    """A camera with its newest configuration; `ETag` is its version."""
    return _tagged(known_camera(parts, camera_id), response)


@router.put(
    "/{camera_id}",
    summary="Configure a camera",
    dependencies=[requires(*WRITERS)],
    responses={200: {"headers": CAMERA_ETAG}, **problems(401, 403, 412, 422, 428, 503)},
)
def put_camera(
    camera_id: CameraId,
    wanted: CameraWrite,
    parts: Parts,
    caller: Caller,
    response: Response,
    if_match: IfMatch = None,
    if_none_match: Annotated[
        str | None, Header(description="`*` for a camera that is new.")
    ] = None,
) -> Camera:
    """Give a camera a new version of its configuration; its worker is told at once.

    The worker checks it before it runs it. What it cannot run it refuses, says why (`state`,
    `reason`), and goes on with the version before.
    """
    if wanted.config.place.camera_id != camera_id:
        raise invalid(
            "the configuration is another camera's",
            ("config.place.camera_id", f"is not {camera_id}, as the address says"),
        )
    if UNREADABLE in (wanted.config.url, wanted.config.sub_url):
        raise invalid(
            "the address is what is shown of one that cannot be decrypted",
            ("config.url", f"{UNREADABLE} is no address: give the camera's own"),
        )
    versions = versions_seen(if_match, if_none_match)
    now = datetime.now(UTC)
    try:
        camera = write_camera(parts.store, camera_id, wanted, caller.name, versions, now)
    except CameraOutdated as error:
        raise Problem(412, "outdated", str(error)) from error
    except PasswordWanted as error:
        wrong = (f"config.{error.field}", "leads to another host: give its password, not ***")
        zh = "地址换了主机，请重新填写密码"
        raise invalid("a password is kept for its own host alone", wrong, zh=zh) from error
    parts.line.feed.nudge()
    return _tagged(camera, response)


@router.get(
    "/{camera_id}/versions",
    summary="List a camera's versions",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_versions(camera_id: CameraId, parts: Parts) -> list[CameraVersion]:
    """Every configuration that the camera had, newest first, with author and outcome."""
    known_camera(parts, camera_id)
    return versions_of(parts.store, camera_id)


@router.post(
    "/{camera_id}/versions/{version}/restore",
    summary="Go back to a version",
    dependencies=[requires(*WRITERS)],
    responses={200: {"headers": CAMERA_ETAG}, **problems(401, 403, 404, 412, 422, 428, 503)},
)
def post_restore(
    camera_id: CameraId,
    version: Annotated[int, Path(ge=1, le=2**31 - 1)],
    parts: Parts,
    caller: Caller,
    response: Response,
    if_match: IfMatch = None,
) -> Camera:
    """Make an old configuration the newest again; history is not rewritten."""
    versions, now = versions_seen(if_match, None), datetime.now(UTC)
    try:
        camera = restore_version(parts.store, camera_id, version, caller.name, versions, now)
    except UnknownCamera as error:
        raise Problem(404, "unknown-camera", str(error)) from error
    except CameraOutdated as error:
        raise Problem(412, "outdated", str(error)) from error
    parts.line.feed.nudge()
    return _tagged(camera, response)


@router.post(
    "/{camera_id}/snapshots",
    status_code=202,
    summary="Ask for a current picture",
    dependencies=[requires(*VIEWERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def post_snapshot(camera_id: CameraId, parts: Parts, caller: Caller) -> Snapshot:
    """Ask for the camera's next keyframe in full resolution; read the answer's `id` for it."""
    try:
        asked = ask_snapshot(parts.store, camera_id, caller.name, datetime.now(UTC))
    except UnknownCamera as error:
        raise Problem(404, "unknown-camera", str(error)) from error
    parts.line.feed.nudge()
    return asked


@router.get(
    "/{camera_id}/snapshots/{snapshot_id}",
    summary="See whether the picture has come",
    dependencies=[requires(*VIEWERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_one_snapshot(camera_id: CameraId, snapshot_id: _SnapshotId, parts: Parts) -> Snapshot:
    """Waiting, done (with `url`), or failed (with `reason`)."""
    return _asked(parts, camera_id, snapshot_id)


@router.get(
    "/{camera_id}/snapshots/{snapshot_id}/picture",
    summary="Read the picture",
    response_class=FileResponse,
    dependencies=[requires(*VIEWERS)],
    responses={
        200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
        **problems(401, 403, 404, 422, 503),
    },
)
def get_snapshot_picture(
    camera_id: CameraId, snapshot_id: _SnapshotId, parts: Parts, doer: Doer
) -> FileResponse:
    """The JPEG, as large as the camera's stream; the audit says who saw it."""
    found = _asked(parts, camera_id, snapshot_id)
    if found.sha256 is None:
        raise Problem(404, "no-picture", f"the picture is {found.state.value}: {found.reason}")
    parts.gate.viewings.saw(doer, found.sha256)
    return FileResponse(parts.evidence.path(found.sha256), media_type="image/jpeg")


@router.get(
    "/{camera_id}/live",
    summary="Look at a camera live",
    response_class=StreamingResponse,
    dependencies=[requires(*VIEWERS)],
    responses={
        200: {
            "description": "JPEG after JPEG as `multipart/x-mixed-replace`, up to five a second; "
            "an `img` element shows them.",
            "content": {"multipart/x-mixed-replace": {"schema": {"type": "string"}}},
        },
        **problems(401, 403, 404, 422, 503),
    },
)
async def get_live(
    camera_id: CameraId, parts: Parts, request: Request, doer: Doer
) -> StreamingResponse:
    """Pictures from the camera's worker as long as somebody looks, and may; the audit says who."""
    camera = await run_in_threadpool(known_camera, parts, camera_id)
    if not parts.line.has(camera.worker):
        detail = f"the line to the camera's worker {camera.worker} is not up here"
        raise Problem(503, "worker-away", detail, headers={"Retry-After": "10"})
    await run_in_threadpool(parts.gate.viewings.saw, doer, camera_id, "camera.live")
    return StreamingResponse(
        _pictures(request, parts, camera.worker, camera_id),
        media_type=f"multipart/x-mixed-replace; boundary={_BOUNDARY}",
    )


async def _pictures(
    request: Request, parts: Services, worker: str, camera_id: str
) -> AsyncIterator[bytes]:
    hub, asked = parts.line, time.monotonic()
    try:
        async with hub.viewing(worker, camera_id) as viewer:
            yield f"--{_BOUNDARY}\r\n".encode()
            # Nothing else tells that the viewer has gone: what is sent to nobody is dropped.
            while hub.has(worker) and not await request.is_disconnected():
                if time.monotonic() - asked > CHECK_AGAIN_S:
                    if not await is_still_let_in(parts, request, VIEWERS):
                        return
                    asked = time.monotonic()
                jpeg = await viewer.next(_LOOK_UP_S)
                if jpeg is None:
                    continue
                head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                # The boundary at once: browsers show a picture when they see where it ends.
                yield head.encode() + jpeg + f"\r\n--{_BOUNDARY}\r\n".encode()
    except TooManyViewers:
        return


def _asked(parts: Parts, camera_id: str, snapshot_id: int) -> Snapshot:
    found = get_snapshot(parts.store, camera_id, snapshot_id, datetime.now(UTC))
    if found is None:
        raise Problem(404, "unknown-snapshot", f"nobody asked {camera_id} for {snapshot_id}")
    return found


def _tagged(camera: Camera, response: Response) -> Camera:
    response.headers["ETag"] = f'"{camera.version}"'
    response.headers["Cache-Control"] = "no-cache"
    return camera
