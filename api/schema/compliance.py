"""What is on record of a camera for the law, and how leads are handed over."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, HttpUrl, StringConstraints

from api.schema.base import Name, Wire
from api.schema.service import FieldError

_Id = Annotated[Name, StringConstraints(strip_whitespace=True), Field(min_length=1, max_length=80)]


class ComplianceWrite(Wire):
    """A camera's record (行政处罚法 art. 41): its reviews, its published place, its sign.

    What is not there is null; without any of it, what the camera saw stays a lead.
    """

    legal_review_id: _Id | None = None
    legal_reviewed_on: date | None = None
    tech_review_id: _Id | None = None
    tech_reviewed_on: date | None = None
    published_location_url: Annotated[HttpUrl, Field(max_length=500)] | None = None
    sign_posted_on: date | None = None


class Compliance(Wire):
    """A camera's record as readers see it, and what a penalty file would still need of it."""

    camera_id: str
    legal_review_id: str | None
    legal_reviewed_on: date | None
    tech_review_id: str | None
    tech_reviewed_on: date | None
    published_location_url: str | None
    sign_posted_on: date | None
    updated_by: str | None
    updated_at: datetime | None
    lacks: tuple[FieldError, ...]


class Transfer(Wire):
    """A lead that was handed over (`out`), taken in (`in`) or passed on to a penalty file.

    `receipt` is our number of it; `document` the other side's, from when it is known.
    """

    receipt: str
    direction: Literal["out", "in", "penalty"]
    agency: str
    reason: str
    made_by: str
    made_at: datetime
    document: str | None
    signed_by: str | None
    signed_at: datetime | None


class TransferList(Wire):
    """All transfers of a case, oldest first."""

    items: tuple[Transfer, ...]


class StageLimit(Wire):
    """How long a stage may take under a filing condition."""

    stage: str
    amount: float
    unit: str
    source: str


class Standard(Wire):
    """立案条件: a filing condition of the newest catalogue, with its class and its limits."""

    id: str
    kind: str
    service_code: str
    name_zh: str
    name_en: str
    condition_zh: str
    condition_en: str
    closing_zh: str
    closing_en: str
    grade: str
    department: str
    closes_on_check: bool
    limits: tuple[StageLimit, ...]
    source: str


class StandardList(Wire):
    """The filing conditions that a clerk can choose from, by kind and in the catalogue's order."""

    version: str
    items: tuple[Standard, ...]
