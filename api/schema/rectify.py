"""Self-rectification (自行整改) as readers and workers see it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict

from api.schema.base import Wire

_EXAMPLE: dict[str, Any] = {
    "number": "ZG-370114-20261125-00003",
    "stage": "self_rectify",
    "state": "waiting",
    "shop": "S-00017",
    "service_code": "E-0504",
    "opened_at": "2026-11-25T02:00:00Z",
    "until": "2026-11-25T02:30:00Z",
    "ended_at": None,
    "case_id": None,
    "reports": ["0b9f1d5e-6f5c-4c0e-9f0a-2f6f0a1f7c11"],
}


class Rectification(Wire):
    """A shop that was told to put something right before a case is filed.

    `waiting` until its window ends; `rectified` when every camera saw it gone in time: then it
    never becomes a case; `filed` when it did not: `case_id` is the case.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    number: str
    stage: Literal["self_rectify"] = "self_rectify"
    state: Literal["waiting", "rectified", "filed"]
    shop: str
    service_code: str
    opened_at: datetime
    until: datetime
    ended_at: datetime | None
    case_id: int | None
    reports: tuple[UUID, ...]


class RectificationPage(Wire):
    """A page of self-rectifications, newest first; `next` is the cursor of the page after it."""

    items: tuple[Rectification, ...]
    next: int | None
