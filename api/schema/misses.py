"""What cameras missed and people saw: filed by hand, kept for training, counted."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.schema.base import Name, Share, Text, Wire, refuse

Box = tuple[Share, Share, Share, Share]
"""x0, y0, x1, y1 as shares of the picture."""


class MissWrite(Wire):
    """A box that somebody drew on a camera's picture, and what is in it.

    `snapshot_id` is a picture that was asked of the camera. `id` makes repeats safe. `label` is the
    class; without one it is the kind.
    """

    id: UUID
    snapshot_id: Annotated[int, Field(ge=1, le=2**31 - 1)]
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    label: Annotated[Name, Field(max_length=64)] = ""
    box: Box
    note: Annotated[Text, Field(max_length=400)] = ""
    by: Annotated[Name, Field(max_length=80)] = ""

    @model_validator(mode="after")
    def _has_an_area(self) -> Self:
        x0, y0, x1, y1 = self.box
        small = x1 - x0 < 0.002 or y1 - y0 < 0.002
        refuse(self, {"box": "is empty: draw it from one corner to the other" if small else None})
        return self


class Miss(Wire):
    """What a camera missed. `known` says that there was a case of it after all, to which it was
    attached: then nothing was missed. Without a case a shop was told first."""

    id: UUID
    camera_id: str
    kind: str
    label: str
    box: Box
    picture: str
    captured_at: datetime
    note: str
    by: str
    at: datetime
    case_id: int | None
    case_number: str | None
    known: bool


class MissPage(Wire):
    """Misses, the newest first; `next` is the cursor of the page after it, or null."""

    items: tuple[Miss, ...]
    next: int | None


class RecallOfKind(Wire):
    """Of one kind, in a time: `found` by cameras and not dismissed, `missed` by them and filed by
    hand, `false_positives` that they raised. Null where there is nothing to divide by."""

    kind: str
    found: int
    missed: int
    false_positives: int
    recall: float | None
    precision: float | None


class Recall(Wire):
    """How much of what people know of the cameras saw, in service."""

    since: datetime
    until: datetime
    formula: str
    kinds: tuple[RecallOfKind, ...]
