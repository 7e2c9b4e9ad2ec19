"""Where something is, and in which system of coordinates that was said."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from api.schema.base import Name, Wire


class Crs(StrEnum):
    """A system of coordinates, as maps and sources in China use them."""

    WGS84 = "wgs84"
    """GPS; also OpenStreetMap."""
    CGCS2000 = "cgcs2000"
    """天地图 and the standards of 运管服; within decimetres of WGS 84, and kept as it."""
    GCJ02 = "gcj02"
    """高德, 腾讯: displaced by 50 to 700 m."""
    BD09 = "bd09"
    """百度: displaced once more."""


def absent(value: object) -> bool:
    """For `exclude_if`: what came after the first version is left out of the JSON where unsaid.

    A report's digest must stay what it was, or a worker's repeat would be taken for another report.
    """
    return value is None


def unasked(value: object) -> bool:
    """For `exclude_if`, likewise: a flag that is not set."""
    return value is False


class Spot(Wire):
    """A place that something was seen at, whether a camera stands there or not.

    `crs` says in which system longitude and latitude are; without one its source's default holds,
    and the case says so. `component_id` is the surveyed number of a 部件 (16 digits, or the 19 of
    Sichuan's covers).
    """

    camera_id: Annotated[Name, Field(max_length=64)] = ""
    camera_name: Annotated[Name, Field(max_length=120)] = ""
    address: Annotated[Name, Field(max_length=300)] = ""
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    crs: Annotated[Crs | None, Field(exclude_if=absent)] = None
    street: Annotated[Name | None, Field(max_length=64, exclude_if=absent)] = None
    community: Annotated[Name | None, Field(max_length=64, exclude_if=absent)] = None
    grid: Annotated[str | None, Field(pattern=r"^[0-9]{14,20}$", exclude_if=absent)] = None
    component_id: Annotated[str | None, Field(pattern=r"^[0-9]{16,19}$", exclude_if=absent)] = None


class Place(Spot):
    """Where a camera stands."""

    camera_id: Annotated[Name, Field(min_length=1, max_length=64)]


class CasePlace(Spot):
    """A case's place: longitude and latitude are WGS 84 degrees, whatever came.

    `crs` is the system that the source spoke in, `crs_assumed` that it did not say so, and
    `sent_longitude` and `sent_latitude` are what it sent, where that was converted.
    `component_distance_m` says that `component_id` was looked up: the nearest surveyed one.
    """

    crs_assumed: Annotated[bool, Field(exclude_if=unasked)] = False
    component_distance_m: Annotated[float | None, Field(exclude_if=absent)] = None
    sent_longitude: Annotated[float | None, Field(exclude_if=absent)] = None
    sent_latitude: Annotated[float | None, Field(exclude_if=absent)] = None
