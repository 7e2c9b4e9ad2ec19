"""What workers remember of dismissals: until it expires the like is not filed in its place."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schema.base import Moment, Name, Wire
from api.schema.cameras import Id
from api.schema.reports import BoundingBox


class Remembered(Wire):
    """A dismissal that a camera remembers. `counts` is false once it was to be forgotten: until it
    expires that can be taken back."""

    violation_id: UUID
    rule: Annotated[Name, Field(max_length=64)]
    label: Annotated[Name, Field(max_length=64)]
    box: BoundingBox
    at: Moment
    until: Moment
    counts: bool


class CameraMemory(Wire):
    """All that a camera remembers now, in place of what was told before."""

    worker: Id
    camera_id: Id
    items: Annotated[tuple[Remembered, ...], Field(max_length=10_000)]


class RememberedView(Remembered):
    """A dismissal as readers see it, with the picture that it was reported with and its size.

    `wanted` is what somebody has asked for, while its worker has not said that it is so.
    """

    camera_id: str
    worker: str
    wanted: bool | None
    wanted_by: str | None
    case_id: int | None
    case_number: str | None
    picture: str | None
    frame_width: int | None
    frame_height: int | None
    told_at: datetime


class MemoryList(Wire):
    """What is remembered, the newest first."""

    items: tuple[RememberedView, ...]
