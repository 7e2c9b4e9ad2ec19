"""What goes over the wire between workers, the API and its readers.

The only module of `api` that other rooms may import. Times are RFC 3339 with an offset;
unknown fields are refused, so that a misspelt one is never silently lost.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Wire(BaseModel):
    """Base of everything on the wire: closed and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    captured_at: AwareDatetime


class Place(Wire):
    """Where the camera stands, and what its picture shows.

    Longitude and latitude are WGS 84 degrees (CGCS2000 is the same at this precision).
    """

    camera_id: Annotated[str, Field(min_length=1, max_length=64)]
    camera_name: Annotated[str, Field(max_length=120)] = ""
    address: Annotated[str, Field(max_length=300)] = ""
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
    label: Annotated[str, Field(min_length=1, max_length=64)]
    place: Place
    rule: Annotated[str, Field(min_length=1, max_length=64)]
    model: Annotated[str, Field(min_length=1, max_length=128)]
    first_seen: AwareDatetime
    confirmed_at: AwareDatetime
    last_seen: AwareDatetime
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

    number: Annotated[int, Field(ge=1)]
    status: SightingStatus
    at: AwareDatetime
    score: Share | None = None
    box: BoundingBox | None = None
    evidence: Annotated[tuple[EvidenceFile, ...], Field(max_length=16)] = ()


class Category(Wire):
    """A category of the code table that the case is filed under (GB/T 30428.2 terms).

    The pair (type, code) is the key: 事件 0104 and 部件 0104 are different things.
    """

    scheme: str
    type: Literal["事件", "部件"]
    code: str
    service_code: str
    name_zh: str
    name_en: str


class Verdict(StrEnum):
    """What an operator says of a case."""

    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class CaseStatus(StrEnum):
    """Where a case stands, before the full life of GB/T 30428 terms comes."""

    REPORTED = "reported"
    """已上报: filed by a worker, waiting for an operator."""
    CONFIRMED = "confirmed"
    """已核实: an operator says that it is so."""
    DISMISSED = "dismissed"
    """作废: an operator says that it is not."""


class EvidenceView(Wire):
    """A file of evidence as readers see it."""

    sha256: Sha256
    role: EvidenceRole
    media_type: str
    size: int
    captured_at: datetime
    url: str


class SightingView(Wire):
    """A follow-up as readers see it."""

    number: int
    status: SightingStatus
    at: datetime
    received_at: datetime


class Case(Wire):
    """A case as readers see it."""

    id: int
    number: str
    violation_id: UUID
    status: CaseStatus
    cleared_at: datetime | None
    kind: str
    label: str
    category: Category
    place: Place
    rule: str
    model: str
    score: float
    looks: int
    hits: int
    box: BoundingBox
    frame_width: int
    frame_height: int
    first_seen: datetime
    confirmed_at: datetime
    last_seen: datetime
    clock: str
    received_at: datetime
    dismiss_reason: str | None
    decided_at: datetime | None
    decided_by: str | None
    evidence: tuple[EvidenceView, ...]
    sightings: tuple[SightingView, ...]


class CasePage(Wire):
    """A page of cases, newest first; `next` is the cursor of the page after it, or None."""

    items: tuple[Case, ...]
    next: int | None


class VerdictRequest(Wire):
    """An operator's decision on a case; a dismissal needs a reason."""

    verdict: Verdict
    reason: Annotated[str, Field(max_length=500)] = ""
    by: Annotated[str, Field(max_length=80)] = ""


class WatchedKind(Wire):
    """Whether any worker watches for a kind of violation, for the page to say so."""

    kind: str
    name_zh: str
    name_en: str
    watched: bool
    last_heard: datetime | None


class CameraHealth(Wire):
    """One camera's state in a worker's heartbeat."""

    camera_id: str
    state: Literal["connecting", "live", "stalled", "refused", "degraded"]
    since: AwareDatetime
    reason: str = ""


class Heartbeat(Wire):
    """What a worker says every few seconds: who it is, what it watches, how it fares."""

    worker: Annotated[str, Field(min_length=1, max_length=64)]
    at: AwareDatetime
    kinds: tuple[str, ...]
    cameras: tuple[CameraHealth, ...]
    outbox_waiting: Annotated[int, Field(ge=0)]
    outbox_rejected: Annotated[int, Field(ge=0)] = 0
