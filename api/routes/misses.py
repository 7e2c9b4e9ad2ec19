"""What a camera missed: filed by hand from its picture, kept for training, counted."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.acting import actor_of
from api.auth import READERS, Caller, Doer, requires
from api.export.examples import as_yolo
from api.export.streaming import FileStream
from api.media import check_media
from api.openapi import problems
from api.problems import Problem, invalid
from api.routes.of_cameras import CameraId, known_camera
from api.schema import EvidenceFile, Moment, Report, Role
from api.schema.cameras import Camera, Id
from api.schema.misses import Miss, MissPage, MissWrite, Recall
from api.services import Parts, Services
from api.store.acting import Outcome
from api.store.audit import note_alone
from api.store.cases import file_report
from api.store.errors import Conflict
from api.store.misses import all_misses, keep_miss, list_misses, recall
from api.store.snapshots import get_snapshot

router = APIRouter(prefix="/v1", tags=["cameras"])

RULE, MODEL = "by-hand", "person"
_Since = Annotated[Moment | None, Query(description="From here; default: 30 days ago.")]
_Until = Annotated[Moment | None, Query(description="Up to here; default: now.")]


@router.post(
    "/cameras/{camera_id}/misses",
    status_code=201,
    summary="File what a camera missed",
    dependencies=[requires(Role.OPERATOR, Role.CLERK, Role.ADMIN)],
    responses=problems(401, 403, 404, 409, 422, 503),
)
def post_miss(
    camera_id: CameraId, wanted: MissWrite, parts: Parts, caller: Caller, doer: Doer
) -> Miss:
    """File a case by hand: a box on a picture that was asked of the camera, and what is in it.

    It is filed as the camera's own reports are, so that it is on the map, is merged with what is
    known already, and the camera looks again once it is handled; and it is kept as a miss.
    """
    camera = known_camera(parts, camera_id)
    now = datetime.now(UTC)
    picture = get_snapshot(parts.store, camera_id, wanted.snapshot_id, now)
    if picture is None or picture.sha256 is None or picture.captured_at is None:
        detail = f"camera {camera_id} has no picture {wanted.snapshot_id}: ask for one first"
        raise Problem(404, "unknown-snapshot", detail, detail_zh="没有这张画面，请先抓拍")
    if wanted.kind not in parts.catalogue.categories:
        wrong = ("kind", f"is none of {', '.join(parts.catalogue.categories)}")
        raise invalid("there is no such kind", wrong, zh="没有这种类别")
    by = actor_of(caller, wanted.by).name or caller.name
    report = _report(parts, camera, wanted, picture.sha256, picture.captured_at, by)
    try:
        outcome = file_report(parts.store, report, parts.terms, now)
    except Conflict as error:
        raise Problem(409, "other-content", str(error)) from error
    case_id = outcome.case.id if isinstance(outcome, Outcome) else None
    told = picture.sha256, picture.captured_at
    kept = keep_miss(parts.store, camera_id, wanted, told, by, case_id, doer, now)
    parts.feed.nudge()
    return kept


def _report(
    parts: Services, camera: Camera, wanted: MissWrite, sha256: str, at: datetime, by: str
) -> Report:
    path = parts.evidence.path(sha256)
    with path.open("rb") as file:
        size = check_media(file, "image/jpeg", parts.settings.max_pixels)
    assert size is not None  # noqa: S101 (a picture has one)
    width, height = size
    x0, y0, x1, y1 = wanted.box
    file_of = EvidenceFile.model_validate(
        {
            "sha256": sha256,
            "role": "snapshot",
            "media_type": "image/jpeg",
            "size": path.stat().st_size,
            "captured_at": at,
        }
    )
    tail = f"：{wanted.note}" if wanted.note else ""
    return Report.model_validate(
        {
            "violation_id": wanted.id,
            "kind": wanted.kind,
            "label": wanted.label or wanted.kind,
            "place": camera.config.place,
            "rule": RULE,
            "model": MODEL,
            "first_seen": at,
            "confirmed_at": at,
            "last_seen": at,
            "clock": "arrival",
            "score": 1.0,
            "looks": 1,
            "hits": 1,
            "box": {"x0": x0 * width, "y0": y0 * height, "x1": x1 * width, "y1": y1 * height},
            "frame_width": width,
            "frame_height": height,
            "evidence": (file_of,),
            "explanation": {
                "data": {"by": by, "missed": True},
                "text_zh": f"{by}从画面补报，摄像头未发现{tail}"[:500],
                "text_en": f"filed by hand by {by}: the camera missed it"[:500],
            },
        }
    )


@router.get(
    "/misses",
    summary="List what cameras missed",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_misses(
    parts: Parts,
    camera_id: Annotated[Id | None, Query(description="Only this camera's.")] = None,
    cursor: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> MissPage:
    """A page, the newest first."""
    return list_misses(parts.store, camera_id, cursor, limit)


@router.get(
    "/misses/export.zip",
    summary="Fetch misses for training",
    response_class=StreamingResponse,
    dependencies=[requires(Role.ENGINEER)],
    responses={
        200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}},
        **problems(401, 403, 422, 503),
    },
)
def get_export(
    parts: Parts, doer: Doer, since: _Since = None, until: _Until = None
) -> StreamingResponse:
    """Original pictures with their boxes in YOLO format, zipped; the audit says who took them."""
    begin, end = _window(since, until)
    misses = list(all_misses(parts.store, begin, end))
    what = f"{len(misses)} misses"
    note_alone(parts.store, datetime.now(UTC), doer, "evidence.export", what)
    file, _ = as_yolo(misses, parts.evidence.path, parts.settings.data)
    name = f"misses-{begin:%Y%m%d}-{end:%Y%m%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return FileStream(file, "application/zip", headers)


@router.get(
    "/statistics/recall",
    summary="How much the cameras saw, in service",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_recall(parts: Parts, since: _Since = None, until: _Until = None) -> Recall:
    """Recall and precision by kind, with their formula, of what people know of."""
    return recall(parts.store, *_window(since, until))


def _window(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    end = until or datetime.now(UTC)
    try:
        return since or end - timedelta(days=30), end
    except OverflowError as error:
        raise Problem(422, "invalid", "the time is at the end of the calendar") from error
