"""What operators do with alerts: why it is none, what can be taken back, what waits."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schema.base import Name, Text, Wire
from api.schema.judgement import Word


class FirstDismissalReason(Wire):
    """Why an alert is none, as the file of the first ones has it.

    `false_positive`: the detector was wrong, so its picture teaches.
    """

    code: Word
    name_zh: Annotated[Name, Field(min_length=1, max_length=80)]
    name_en: Annotated[Name, Field(min_length=1, max_length=80)]
    false_positive: bool
    active: bool = True


class DismissalReasonWrite(Wire):
    """A reason as it is to be; without a position it stays where it is, or comes last."""

    name_zh: Annotated[Name, Field(min_length=1, max_length=80)]
    name_en: Annotated[Name, Field(min_length=1, max_length=80)]
    false_positive: bool
    active: bool = True
    position: Annotated[int, Field(ge=0, le=10_000)] | None = None


class DismissalReason(FirstDismissalReason):
    """A reason as it stands; `etag` is for `If-Match`, when it is written."""

    position: int
    etag: str


class DismissalReasons(Wire):
    """All reasons, in the order in which the page offers them."""

    items: tuple[DismissalReason, ...]


class Settling(Wire):
    """A verdict that takes effect at `due_at`, unless it is taken back before."""

    verdict: Literal["confirmed", "dismissed"]
    reason: str
    kind: str | None
    by: str
    at: datetime
    due_at: datetime


class SnoozeWrite(Wire):
    """Let a case's place wait: for so many minutes, at most two weeks."""

    minutes: Annotated[int, Field(ge=1, le=14 * 24 * 60)]
    note: Annotated[Text, Field(max_length=500)] = ""
    by: Annotated[Name, Field(max_length=80)] = ""


class AssigneeWrite(Wire):
    """The operator who is to settle an alert; null for nobody in particular."""

    to: Annotated[Name, Field(min_length=1, max_length=80)] | None


class Colleague(Wire):
    """Somebody with an account who may settle alerts, by the name that records have."""

    name: str
    display: str


class Colleagues(Wire):
    """All of them, by name; none where nobody has an account."""

    items: tuple[Colleague, ...]


class Snooze(Wire):
    """A place in a camera's picture in which a kind of alert waits: it is filed and listed as
    snoozed, and rings nobody. `place` is x0, y0, x1, y1 as shares of the picture."""

    id: int
    case_id: int
    camera_id: str
    kind: str
    place: Annotated[tuple[float, ...], Field(min_length=4, max_length=4)]
    note: str
    by: str
    at: datetime
    until: datetime
    ended_by: str | None
    ended_at: datetime | None


class Snoozes(Wire):
    """Snoozed places, the newest first."""

    items: tuple[Snooze, ...]
