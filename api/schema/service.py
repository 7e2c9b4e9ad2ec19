"""How workers and the API itself fare; errors."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schema.base import Moment, Name, Text, Wire
from api.schema.camera_alerts import CameraAlertView
from api.schema.life import Step


class WatchedKind(Wire):
    """Whether any worker watches for a kind of violation, for the page to say so."""

    kind: str
    name_zh: str
    name_en: str
    watched: bool
    last_heard: datetime | None


class CameraHealth(Wire):
    """One camera's state in a worker's heartbeat."""

    camera_id: Annotated[Name, Field(min_length=1, max_length=64)]
    state: Literal["connecting", "live", "stalled", "refused", "degraded"]
    since: Moment
    reason: Annotated[Text, Field(max_length=300)] = ""


class Heartbeat(Wire):
    """What a worker says every few seconds: who it is, what it watches, how it fares.

    `shed_share` is the share of the last minute's due analyses that it had no time for.
    """

    worker: Annotated[Name, Field(min_length=1, max_length=64)]
    at: Moment
    kinds: tuple[Name, ...]
    cameras: tuple[CameraHealth, ...]
    outbox_waiting: Annotated[int, Field(ge=0)]
    outbox_rejected: Annotated[int, Field(ge=0)] = 0
    shed_share: Annotated[float, Field(ge=0, le=1)] = 0.0


class WatchedCamera(CameraHealth):
    """A camera as its worker last described it; `alive` is whether that worker is still heard."""

    worker: str
    alive: bool


class WorkerHealth(Wire):
    """A worker as readers see it."""

    worker: str
    alive: bool
    last_heard: datetime
    outbox_waiting: int
    outbox_rejected: int
    shed_share: float = 0.0


class Watching(Wire):
    """What is watched at this moment, and by whom."""

    kinds: tuple[WatchedKind, ...]
    cameras: tuple[WatchedCamera, ...]
    workers: tuple[WorkerHealth, ...]
    alerts: tuple[CameraAlertView, ...] = ()
    """Of cameras whose picture cannot be relied on now."""


class Health(Wire):
    """Whether the API can do its work."""

    status: Literal["ok"]
    version: str
    catalogue: str


class FieldError(Wire):
    """One wrong field: its path, dots between levels, and what is wrong with it."""

    field: str
    message: str


class Problem(Wire):
    """An error as RFC 9457 has it, sent as application/problem+json."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...] = ()
    allowed: tuple[Step, ...] | None = None
    """Where a step of a case was refused: what this caller may do to the case instead."""
