"""What goes over the wire between workers, the API and its readers.

The only module of `api` that other rooms may import. Times are RFC 3339 with an offset and
are kept in UTC; unknown fields are refused, so that a misspelt one is never silently lost.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def _in_utc(value: datetime) -> datetime:
    """The same moment in UTC, so that one moment has one spelling wherever it is kept."""
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the time is outside the years 1 to 9999 once it is in UTC") from error


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time with an offset; becomes UTC."""

# No store takes a NUL, and a name with a line break would forge lines in logs and lists.
Name = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Wire(BaseModel):
    """Base of everything on the wire: closed and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


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
    """A file of evidence as readers see it; `sighting` is the follow-up that brought it, if any."""

    sha256: Sha256
    role: EvidenceRole
    media_type: str
    size: int
    captured_at: datetime
    url: str
    sighting: int | None = None


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
    reason: Annotated[Text, Field(max_length=500)] = ""
    by: Annotated[Name, Field(max_length=80)] = ""


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
    """What a worker says every few seconds: who it is, what it watches, how it fares."""

    worker: Annotated[Name, Field(min_length=1, max_length=64)]
    at: Moment
    kinds: tuple[Name, ...]
    cameras: tuple[CameraHealth, ...]
    outbox_waiting: Annotated[int, Field(ge=0)]
    outbox_rejected: Annotated[int, Field(ge=0)] = 0


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


class Watching(Wire):
    """What is watched at this moment, and by whom."""

    kinds: tuple[WatchedKind, ...]
    cameras: tuple[WatchedCamera, ...]
    workers: tuple[WorkerHealth, ...]


class Login(Wire):
    """The operator key, given once for a session cookie."""

    key: Annotated[str, Field(min_length=1, max_length=256)]


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
