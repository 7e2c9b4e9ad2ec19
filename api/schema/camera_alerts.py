"""What workers tell of a camera that cannot be relied on, and how readers see it."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.schema.base import Moment, Name, Sha256, Wire, refuse
from api.schema.judgement import Data, Sentence, Word
from api.schema.reports import EvidenceFile

KNOWN_KINDS = frozenset(
    "black blurred covered frozen infrared lens_dirty moved over_exposed overloaded".split()
)
"""Kinds that the page has words for; others are shown as they come."""
OF_WORKERS = frozenset({"overloaded"})
"""Of these, those that are of a worker and name no camera."""


class CameraAlert(Wire):
    """A camera's picture is not what it should be, from `since` until `until`.

    `alert_id` is the same for as long as it lasts; each message tells the whole, and the one of the
    latest `at` stands, so repeats and latecomers change nothing. `kind` is a word, such as those of
    `KNOWN_KINDS`. `holds` says that the camera's reports are held meanwhile. An alert of a worker
    itself, such as `overloaded`, has an empty `camera_id`.
    """

    alert_id: UUID
    worker: Annotated[Name, Field(min_length=1, max_length=64)]
    camera_id: Annotated[Name, Field(max_length=64)]
    kind: Word
    at: Moment
    since: Moment
    until: Moment | None = None
    holds: bool = True
    text_zh: Sentence = ""
    text_en: Sentence = ""
    data: Annotated[Data, Field(default_factory=dict)]
    evidence: Annotated[tuple[EvidenceFile, ...], Field(max_length=1)] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        ends = {"at": self.at} if self.until is None else {"at": self.at, "until": self.until}
        late = [name for name, end in ends.items() if end < self.since]
        wrong: dict[str, str | None] = dict.fromkeys(late, "is before `since`")
        if (self.camera_id == "") != (self.kind in OF_WORKERS):
            wrong["camera_id"] = f"is empty for {', '.join(sorted(OF_WORKERS))} and for those alone"
        refuse(self, wrong)
        return self


class CameraAlertView(Wire):
    """An alert of a camera as readers see it; it is over once it has `until`."""

    alert_id: UUID
    worker: str
    camera_id: str
    kind: str
    since: datetime
    until: datetime | None
    holds: bool
    text_zh: str
    text_en: str
    data: Data
    heard_at: datetime
    picture: str | None
    """Its address; who fetches it stands in the audit."""
    picture_sha256: Sha256 | None


class CameraAlertPage(Wire):
    """A page of alerts, the newest first; `next` is the cursor of the page after it, or None."""

    items: tuple[CameraAlertView, ...]
    next: int | None
