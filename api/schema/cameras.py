"""A camera's configuration: where it stands, how it is opened, which rules hold for it."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, model_validator

from api.schema.base import Name, Sha256, Share, Text, Wire, refuse
from api.schema.places import Place

Corner = tuple[Share, Share]
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
Id = Annotated[str, Field(pattern=f"^{ID.pattern}$")]
"""Of a camera, a worker, a rule."""


def _encloses(zone: tuple[Corner, ...]) -> tuple[Corner, ...]:
    if len(set(zone)) < 3:
        raise ValueError("a zone needs at least 3 different corners, as shares of the picture")
    return zone


def _is_rtsp(text: str) -> str:
    if not text.startswith(("rtsp://", "rtsps://", "${")):
        raise ValueError("write rtsp://user:password@host:554/path; ${NAME} stands for a variable")
    return text


Polygon = Annotated[tuple[Corner, ...], Field(max_length=64), AfterValidator(_encloses)]
"""Corners as shares (0..1) of the picture's width and height, from the top left, in order."""
Address = Annotated[Name, Field(max_length=500), AfterValidator(_is_rtsp)]
"""Of a camera's stream; `${NAME}` stands for a variable of its worker's environment."""
Transport = Literal["tcp", "udp"]
Seconds = Annotated[float, Field(ge=0.0, le=7 * 86_400)]
Count = Annotated[int, Field(ge=1, le=1000)]


class RuleConfig(Wire):
    """Which sightings of a model count, where, and how long until they are a violation.

    Null leaves a value to the worker's default, which for some depends on the kind and the model.
    """

    id: Annotated[Name, Field(min_length=1, max_length=64)]
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    model: Annotated[Name, Field(min_length=1, max_length=200)]
    classes: Annotated[tuple[Name, ...], Field(min_length=1)]
    zone: Polygon | None = None
    exclude: tuple[Polygon, ...] = ()
    threshold: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    hold: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    dwell_s: Seconds | None = None
    min_looks: Count | None = None
    confirm_ratio: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    clear_after_s: Seconds | None = None
    clear_looks: Count | None = None
    sighting_every_s: Annotated[float, Field(gt=0.0)] | None = None
    cadence_s: Annotated[float, Field(gt=0.0)] | None = None
    match_iou: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    mute_s: Seconds | None = None
    options: Annotated[dict[str, JsonValue], Field(default_factory=dict)]
    """What the worker's release knows beyond this; it refuses what it does not know."""


class CameraConfig(Wire):
    """All that a worker is told of one camera; `place.camera_id` is its id.

    `sub_url` is the camera's second, smaller stream, which its worker may look at where the main
    stream's keyframes are far apart. In both addresses `${NAME}` stands for the worker's
    environment variable of that name, so that a password need not be kept here. Readers see a
    password as `***`; a configuration that is sent with `***` keeps the password that is there.
    """

    place: Place
    enabled: bool = True
    url: Address
    sub_url: Address | None = None
    transport: Transport = "tcp"
    read_timeout_s: Annotated[float, Field(gt=0, le=600)] = 10.0
    rules: Annotated[tuple[RuleConfig, ...], Field(max_length=64)]
    options: Annotated[dict[str, JsonValue], Field(default_factory=dict)]
    """What the worker's release knows beyond this; it refuses what it does not know."""

    @model_validator(mode="after")
    def _rules_differ(self) -> Self:
        ids = [rule.id for rule in self.rules]
        doubled = {one for one in ids if ids.count(one) > 1}
        refuse(
            self, {"rules": f"{sorted(doubled)} twice; give each its own id" if doubled else None}
        )
        return self


class ConfigState(StrEnum):
    """What became of a version of a camera's configuration."""

    WAITING = "waiting"
    """The worker has not answered yet."""
    APPLIED = "applied"
    """The worker runs it, or ran it until the next."""
    REFUSED = "refused"
    """The worker cannot run it, says why, and goes on with the one before."""
    REPLACED = "replaced"
    """A newer one came before the worker took it."""


class CameraVersion(Wire):
    """A version of a camera's configuration."""

    camera_id: str
    version: int
    author: str
    at: datetime
    note: str
    state: ConfigState
    reason: str
    settled_at: datetime | None
    config: CameraConfig


class Camera(CameraVersion):
    """A camera: its newest configuration, its worker, and which version runs.

    `running` is the version that the worker last said it runs, or null.
    """

    worker: str
    running: int | None
    connected: bool
    """Whether its worker's line to the API is up."""


class CameraPage(Wire):
    """Cameras by id; `next` is the cursor of the page after it, or null."""

    items: tuple[Camera, ...]
    next: str | None


class CameraWrite(Wire):
    """A new configuration for a camera, and the worker that is to watch it."""

    worker: Id
    config: CameraConfig
    note: Annotated[Text, Field(max_length=500)] = ""


class SnapshotState(StrEnum):
    """Where a picture that was asked for stands."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Snapshot(Wire):
    """A current picture that was asked of a camera, in full resolution."""

    id: int
    camera_id: str
    state: SnapshotState
    reason: str
    asked_by: str
    asked_at: datetime
    captured_at: datetime | None
    sha256: Sha256 | None
    url: str | None
