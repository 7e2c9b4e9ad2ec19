"""What workers send of a violation: a report, and the sightings that follow it."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.schema.base import Moment, Name, Sha256, Share, Wire


class Kind(StrEnum):
    """The classes of violation that the catalogue knows from the first day."""

    LITTER = "litter"
    VENDING = "vending"
    MANHOLE = "manhole"


class EvidenceRole(StrEnum):
    """What a file of evidence shows."""

    SNAPSHOT = "snapshot"
    """The untouched picture."""
    ANNOTATED = "annotated"
    """The same picture with its boxes drawn."""
    CLIP = "clip"
    """Video around the sighting, bit for bit what the camera sent."""


class EvidenceFile(Wire):
    """One file that travels with a report, named by its SHA-256."""

    sha256: Sha256
    role: EvidenceRole
    media_type: Literal["image/jpeg", "image/png", "video/mp4"]
    size: Annotated[int, Field(gt=0)]
    captured_at: Moment


class Place(Wire):
    """Where the camera stands, and what its picture shows.

    Longitude and latitude are WGS 84 degrees (CGCS2000 is the same at this precision).
    """

    camera_id: Annotated[Name, Field(min_length=1, max_length=64)]
    camera_name: Annotated[Name, Field(max_length=120)] = ""
    address: Annotated[Name, Field(max_length=300)] = ""
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None


class BoundingBox(Wire):
    """A box in pixels of the full-resolution picture: left, top, right, bottom."""

    x0: float
    y0: float
    x1: float
    y1: float


class Report(Wire):
    """A confirmed violation, reported once in its life; `violation_id` is the idempotency key."""

    violation_id: UUID
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    label: Annotated[Name, Field(min_length=1, max_length=64)]
    place: Place
    rule: Annotated[Name, Field(min_length=1, max_length=64)]
    model: Annotated[Name, Field(min_length=1, max_length=128)]
    first_seen: Moment
    confirmed_at: Moment
    last_seen: Moment
    clock: Literal["arrival", "clip"]
    score: Share
    looks: Annotated[int, Field(ge=1)]
    hits: Annotated[int, Field(ge=1)]
    box: BoundingBox
    frame_width: Annotated[int, Field(gt=0)]
    frame_height: Annotated[int, Field(gt=0)]
    evidence: Annotated[tuple[EvidenceFile, ...], Field(min_length=1, max_length=16)]


class SightingStatus(StrEnum):
    """What a later look says of a reported violation."""

    STILL_THERE = "still_there"
    CLEARED = "cleared"
    EVIDENCE = "evidence"


class Sighting(Wire):
    """A numbered follow-up to a report; the pair (violation, number) is the idempotency key."""

    number: Annotated[int, Field(ge=1, le=2**31 - 1)]
    status: SightingStatus
    at: Moment
    score: Share | None = None
    box: BoundingBox | None = None
    evidence: Annotated[tuple[EvidenceFile, ...], Field(max_length=16)] = ()
