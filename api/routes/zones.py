"""What is drawn in a camera's picture: read and written as one, with version and author."""

from datetime import UTC, datetime

from fastapi import APIRouter, Response

from api.auth import READERS, Caller, Doer, requires
from api.openapi import problems
from api.problems import Problem
from api.routes.of_cameras import (
    CAMERA_ETAG,
    WRITERS,
    CameraId,
    IfMatch,
    known_camera,
    versions_seen,
)
from api.schema import FieldError
from api.schema.cameras import Camera, CameraWrite
from api.schema.zones import ZoneRule, Zones, ZonesWrite
from api.services import Parts
from api.store.camera_secrets import UNREADABLE
from api.store.cameras import CameraOutdated, UnknownCamera, write_camera
from api.store.confirmed_views import ask_confirm_view
from api.zones import calibration_in, drawn_in, faults_of, redrawn

router = APIRouter(prefix="/v1/cameras/{camera_id}", tags=["cameras"])


@router.get(
    "/zones",
    summary="Read what is drawn in a camera's picture",
    dependencies=[requires(*READERS)],
    responses={200: {"headers": CAMERA_ETAG}, **problems(401, 403, 404, 422, 503)},
)
def get_zones(camera_id: CameraId, parts: Parts, response: Response) -> Zones:
    """Zones, components and calibration of the newest version; `ETag` is that version."""
    return _tagged(known_camera(parts, camera_id), response)


@router.put(
    "/zones",
    summary="Draw in a camera's picture",
    dependencies=[requires(*WRITERS)],
    responses={200: {"headers": CAMERA_ETAG}, **problems(401, 403, 404, 409, 412, 422, 428, 503)},
)
def put_zones(
    camera_id: CameraId,
    wanted: ZonesWrite,
    parts: Parts,
    caller: Caller,
    response: Response,
    if_match: IfMatch = None,
) -> Zones:
    """Give the camera a new version of its configuration with all that is drawn, and all else as
    it is; its worker goes by it without a restart.

    What is wrong is named by zone. To undo, make an older version the newest again
    (`POST /v1/cameras/{camera_id}/versions/{version}/restore`).
    """
    versions = versions_seen(if_match, None)
    camera = known_camera(parts, camera_id)
    if versions is not None and camera.version not in versions:
        raise _outdated(f"camera {camera_id} is now at version {camera.version}; read it again")
    if UNREADABLE in (camera.config.url, camera.config.sub_url):
        zh = "摄像头地址无法解密，请先在设置中重新填写地址"
        detail = "the camera's address cannot be decrypted: give it anew first"
        raise Problem(409, "address-unreadable", detail, detail_zh=zh)
    faults = list(faults_of(camera.config, wanted))
    if faults:
        raise Problem(
            422,
            "invalid",
            "; ".join(f"{field}: {en}" for field, _, en in faults),
            [FieldError(field=field, message=f"{zh} / {en}") for field, zh, en in faults],
            detail_zh="；".join(zh for _, zh, _ in faults),
        )
    config = redrawn(camera.config, wanted)
    write = CameraWrite(worker=camera.worker, config=config, note=wanted.note)
    try:
        # Of the version that was read here: what is not drawn must not go back to it.
        camera = write_camera(
            parts.store, camera_id, write, caller.name, {camera.version}, datetime.now(UTC)
        )
    except CameraOutdated as error:
        raise _outdated(str(error)) from error
    parts.line.feed.nudge()
    return _tagged(camera, response)


def _outdated(detail: str) -> Problem:
    zh = "此摄像头的设置已被他人更改，请重新查看后再保存"
    return Problem(412, "outdated", detail, detail_zh=zh)


@router.post(
    "/confirm-view",
    status_code=202,
    summary="Say that a moved camera's view is right",
    dependencies=[requires(*WRITERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def post_confirm_view(camera_id: CameraId, parts: Parts, doer: Doer) -> Response:
    """What is drawn fits the view as it is now: its zones count again from the next picture on.

    The worker is told at once; the alert `moved` ends once it has taken that picture.
    """
    try:
        ask_confirm_view(parts.store, camera_id, doer, datetime.now(UTC))
    except UnknownCamera as error:
        raise Problem(404, "unknown-camera", str(error), detail_zh="没有这个摄像头") from error
    parts.line.feed.nudge()
    return Response(status_code=202)


def _tagged(camera: Camera, response: Response) -> Zones:
    response.headers["ETag"] = f'"{camera.version}"'
    response.headers["Cache-Control"] = "no-cache"
    return Zones(
        **camera.model_dump(include=set(Zones.model_fields) & set(Camera.model_fields)),
        rules=tuple(ZoneRule(id=rule.id, kind=rule.kind) for rule in camera.config.rules),
        zones=drawn_in(camera.config),
        calibration=calibration_in(camera.config),
    )
