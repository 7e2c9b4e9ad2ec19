"""What is watched, and whether the API is well."""

from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter

from api.auth import PUBLIC, READERS, requires
from api.catalogue import Catalogue
from api.openapi import problems
from api.schema import Health, Heartbeat, WatchedCamera, WatchedKind, Watching, WorkerHealth
from api.services import Parts
from api.store.camera_alerts import open_alerts
from api.store.reading import heartbeats, newest_event

router = APIRouter(prefix="/v1", tags=["watching"])


def package_version() -> str:
    """The installed distribution's version."""
    try:
        return version("smart-five-chief")
    except PackageNotFoundError:
        return "0+source"


@router.get(
    "/watching",
    summary="See what is watched",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 503),
)
def get_watching(parts: Parts) -> Watching:
    """Each kind of the catalogue, and whether a worker that is alive watches for it."""
    oldest = datetime.now(UTC) - timedelta(seconds=parts.settings.worker_timeout_s)
    beats = [(beat, heard, heard >= oldest) for beat, heard in heartbeats(parts.store)]
    return Watching(
        kinds=_kinds(parts.catalogue, beats),
        cameras=tuple(
            WatchedCamera(**camera.model_dump(), worker=beat.worker, alive=alive)
            for beat, _, alive in beats
            for camera in beat.cameras
        ),
        alerts=open_alerts(parts.store),
        workers=tuple(
            WorkerHealth(
                worker=beat.worker,
                alive=alive,
                last_heard=heard,
                outbox_waiting=beat.outbox_waiting,
                outbox_rejected=beat.outbox_rejected,
                shed_share=beat.shed_share,
            )
            for beat, heard, alive in beats
        ),
    )


def _kinds(
    catalogue: Catalogue, beats: list[tuple[Heartbeat, datetime, bool]]
) -> tuple[WatchedKind, ...]:
    kinds = []
    for kind, category in catalogue.categories.items():
        watchers = [(heard, alive) for beat, heard, alive in beats if kind in beat.kinds]
        kinds.append(
            WatchedKind(
                kind=kind,
                name_zh=category.name_zh,
                name_en=category.name_en,
                watched=any(alive for _, alive in watchers),
                last_heard=max((heard for heard, _ in watchers), default=None),
            )
        )
    return tuple(kinds)


@router.get(
    "/health",
    summary="Ask whether the API is well",
    dependencies=[PUBLIC],
    responses=problems(503),
)
def get_health(parts: Parts) -> Health:
    """200 when the store answers, 503 when it does not. Needs no key."""
    newest_event(parts.store)
    return Health(status="ok", version=package_version(), catalogue=parts.catalogue.version)
