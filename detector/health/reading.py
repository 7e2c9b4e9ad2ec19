"""What a look says of a camera, and what is remembered of it between looks."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from detector.health.faults import Alert, Fault, Watch
from detector.health.light import light_of
from detector.health.reference import Kept
from detector.violation import Light

_LIGHT_S = 5.0
"""So long two looks must lie apart that agree on another light."""


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


def settled(state: State, mean: float, colour: float | None, at: datetime) -> tuple[State, bool]:
    """The state with one more look's light: another is taken on once two looks agree.

    Args:
        state: as it was.
        mean: the picture's mean brightness.
        colour: see `detector.health.light.colour_of`.
        at: its capture time.

    Returns:
        The state, and whether the light has changed with this look.
    """
    seen = light_of(mean, colour, state.light)
    if state.light is None:
        return state.model_copy(update={"light": seen}), False
    if seen == state.light:
        return state.model_copy(update={"next_light": None, "next_since": None}), False
    if seen != state.next_light or state.next_since is None:
        return state.model_copy(update={"next_light": seen, "next_since": at}), False
    if (at - state.next_since).total_seconds() < _LIGHT_S:
        return state, False
    new = {"light": seen, "next_light": None, "next_since": None, "strange_since": None}
    return state.model_copy(update=new), True
