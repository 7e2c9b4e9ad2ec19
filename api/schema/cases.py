"""What readers get, and what operators say."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.schema.base import Name, Sha256, Text, Wire
from api.schema.judgement import Explanation, SecondLook, Word
from api.schema.life import CaseStatus
from api.schema.places import CasePlace
from api.schema.reports import BoundingBox, EvidenceRole, SightingStatus
from api.schema.settling import Settling, Snooze


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


class EvidenceView(Wire):
    """A file of evidence as readers see it; `sighting` is the follow-up that brought it, if any.

    `usage`: it shows what was reported (上报), the work done (处置), or the check (核查).
    """

    sha256: Sha256
    role: EvidenceRole
    media_type: str
    size: int
    captured_at: datetime
    url: str
    sighting: int | None = None
    witness: int = 1
    usage: Literal["reported", "handled", "checked"] = "reported"


class SightingView(Wire):
    """A follow-up as readers see it."""

    number: int
    status: SightingStatus
    at: datetime
    received_at: datetime
    witness: int = 1


class WitnessView(Wire):
    """A report of the case: the first made it, the others were attached to it.

    `distance_m` is from the case's place. `cleared_at` is when this camera saw it gone.
    """

    number: int
    violation_id: UUID
    source: str
    place: CasePlace
    attached_at: datetime
    distance_m: float | None
    cleared_at: datetime | None


class FilingCondition(Wire):
    """立案条件: what makes it a case, what closes it, and whose it is; the limits are apart."""

    id: str
    condition_zh: str
    condition_en: str
    closing_zh: str
    closing_en: str
    grade: str
    department: str
    source: str


class CaseComponent(Wire):
    """The surveyed 部件 that a case is at, as the register has it now.

    `distance_m` is how far from the case's place it is surveyed, where it was looked up by that.
    """

    number: str
    category: str
    name: str
    owner: str
    distance_m: float | None


class Case(Wire):
    """A case as readers see it.

    What a camera's report alone has (rule to box) is null where no camera saw it. `source` is its
    问题来源; `sighting_count` is how often it was seen, reports and sightings; `recurs_of` is the
    closed case that has come back (复发). `explanation` and `second_look` are what the worker said
    of why it fired. `settling` is a verdict that takes effect in some seconds, `snoozed` a snooze
    of its place, while it waits for a verdict. `assigned_to` is the operator who was asked to give
    one, `handler` who works on the case once it is filed. `ownership` of a 部件 is to be verified
    (待核实权属) where none is surveyed.
    """

    id: int
    number: str
    version: int = 0
    violation_id: UUID
    status: CaseStatus
    cleared_at: datetime | None
    kind: str
    label: str
    category: Category
    condition: FilingCondition | None = None
    place: CasePlace
    source: str = "camera"
    description: str = ""
    urgent: bool = False
    rule: str | None
    model: str | None
    score: float | None
    looks: int | None
    hits: int | None
    box: BoundingBox | None
    frame_width: int | None
    frame_height: int | None
    first_seen: datetime
    confirmed_at: datetime | None
    last_seen: datetime
    clock: str | None
    received_at: datetime
    dismiss_reason: str | None
    dismiss_kind: str | None = None
    decided_at: datetime | None
    decided_by: str | None
    assigned_to: str | None = None
    department: str | None = None
    handler: str | None = None
    reworks: int = 0
    postponed: int = 0
    shelved_at: datetime | None = None
    shelved_until: date | None = None
    reviewed_by: str | None = None
    closed_at: datetime | None = None
    due_at: datetime | None = None
    thumbnail: str | None = None
    sighting_count: int = 1
    recurs_of: int | None = None
    component: CaseComponent | None = None
    ownership: Literal["surveyed", "to_verify"] | None = None
    zone_kind: str | None = None
    severity: str | None = None
    explanation: Explanation | None = None
    second_look: SecondLook | None = None
    settling: Settling | None = None
    snoozed: Snooze | None = None
    witnesses: tuple[WitnessView, ...] = ()
    evidence: tuple[EvidenceView, ...]
    sightings: tuple[SightingView, ...]


class CaseBrief(Wire):
    """A case as lists show it: without its evidence and its course.

    `thumbnail` is the address of a picture, `box` the place to cut it to. `due_at` is the earliest
    deadline that runs; the case is overdue once it has passed. `left_s` is how long until then, by
    the clock on the wall, when it was asked; negative once it is overdue. `score` and `why_zh`,
    `why_en` are what the worker said of why it fired.
    """

    id: int
    number: str
    version: int
    violation_id: UUID
    status: CaseStatus
    kind: str
    label: str
    category: Category
    source: str
    urgent: bool
    place: CasePlace
    received_at: datetime
    last_seen: datetime
    cleared_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    department: str | None
    handler: str | None
    sighting_count: int
    recurs_of: int | None
    thumbnail: str | None
    box: BoundingBox | None
    frame_width: int | None
    frame_height: int | None
    left_s: float | None = None
    score: float | None = None
    why_zh: str = ""
    why_en: str = ""
    zone_kind: str | None = None
    severity: str | None = None
    dismiss_kind: str | None = None
    assigned_to: str | None = None
    settling: Settling | None = None
    snoozed: Snooze | None = None


class CasePage(Wire):
    """A page of cases; `next` is the cursor of the page after it, or None."""

    items: tuple[CaseBrief, ...]
    next: str | None


class VerdictRequest(Wire):
    """An operator's decision on a case; a dismissal needs a reason, or the kind of one.

    `kind` is a code of `GET /v1/dismissal-reasons`. With `undo_s` the verdict takes effect after so
    many seconds, and can be taken back until then.
    """

    verdict: Verdict
    reason: Annotated[Text, Field(max_length=500)] = ""
    kind: Word | None = None
    undo_s: Annotated[int, Field(ge=0, le=60)] = 0
    by: Annotated[Name, Field(max_length=80)] = ""
