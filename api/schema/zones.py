"""What is drawn in a camera's picture: zones, components, and the points that calibrate it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from api.schema.base import Name, Text, Wire
from api.schema.cameras import ConfigState, Corner

ZoneKind = Literal["include", "exclude", "shopfront", "roadway", "component"]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]


class DrawnZone(Wire):
    """A polygon in a camera's picture.

    `include`: a rule that has such zones counts nothing outside them. `exclude`: nothing counts in
    it; with `when` only at these times. `shopfront`: the ground before a shop. `roadway`: the
    carriageway. `component`: a surveyed part, named by its `code` of 16 digits. `rules` are ids or
    kinds of the rules that it is for; none: all. `of_rule`: it is that rule's own zone or
    exclusion. Corners are shares (0..1) of width and height, from the top left, in walking order.
    """

    kind: ZoneKind
    polygon: Annotated[tuple[Corner, ...], Field(max_length=64)]
    name: Annotated[Name, Field(max_length=120)] = ""
    code: Annotated[str, Field(pattern=r"^\d{16}$")] | None = None
    rules: Annotated[tuple[Name, ...], Field(max_length=64)] = ()
    of_rule: Annotated[Name, Field(max_length=64)] | None = None
    when: Annotated[tuple[dict[str, JsonValue], ...], Field(max_length=32)] = ()


class CalibrationPoint(Wire):
    """A point of the ground, in the picture (shares) and on it: `lonlat` in degrees, in the system
    of the camera's place, or `metres` to the east and north of any one point."""

    picture: Corner
    lonlat: tuple[Longitude, Latitude] | None = None
    metres: tuple[float, float] | None = None


class ZonesWrite(Wire):
    """All that is drawn, in place of what was; no calibration: none."""

    zones: Annotated[tuple[DrawnZone, ...], Field(max_length=200)]
    calibration: Annotated[tuple[CalibrationPoint, ...], Field(max_length=64)] = ()
    note: Annotated[Text, Field(max_length=500)] = ""


class ZoneRule(Wire):
    """A rule that zones can be for."""

    id: str
    kind: str


class Zones(Wire):
    """All that is drawn in a camera's picture, in the newest version of its configuration.

    `state` is what became of that version: `applied` once its worker goes by it. `running` is the
    version that the worker goes by now.
    """

    camera_id: str
    version: int
    author: str
    at: datetime
    note: str
    state: ConfigState
    reason: str
    running: int | None
    connected: bool
    rules: tuple[ZoneRule, ...]
    zones: tuple[DrawnZone, ...]
    calibration: tuple[CalibrationPoint, ...]
