"""What a look says of a camera, and what is remembered of it between looks."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from detector.health.faults import Alert, Fault, Watch
from detector.health.reference import Kept
from detector.violation import Light


@dataclass(frozen=True, slots=True)
class HealthReading:
    """What a look says of the camera.

    Attributes:
        trust: whether its picture proves anything.
        reason: why not: a `Fault`'s value, `light_change` or `unrecognised`.
        light: by what light it was taken.
        alerts: faults that last, oldest first.
        changed: alerts that began with this look, or ended (`until` is set).
        light_changed: whether the light has settled on another with this look; no fault.
        moved_by: how far the view lies from where it was, share of the width; None if unknown.
        remember: whether the state is worth storing now.
    """

    trust: bool
    reason: str | None
    light: Light | None
    alerts: tuple[Alert, ...] = ()
    changed: tuple[Alert, ...] = ()
    light_changed: bool = False
    moved_by: float | None = None
    remember: bool = False


class State(BaseModel):
    """What is stored as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: datetime | None = None
    light: Light | None = None
    next_light: Light | None = None
    next_since: datetime | None = None
    watches: dict[Fault, Watch] = {}
    references: dict[Light, Kept] = {}
    aligned_at: datetime | None = None
    strange_since: datetime | None = None
    moved_by: float | None = None
