"""The line between the API and a worker: `docs/line.md` tells how they speak.

Orders go down, numbered and kept until they are acknowledged; answers come back by
`POST /v1/line/answers`. What holds for a moment only (live view) is not numbered.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from api.schema.base import Moment, Name, Sha256, Text, Wire
from api.schema.cameras import CameraConfig, Id
from api.schema.reports import BoundingBox, EvidenceFile


class Configure(Wire):
    """Run this configuration of a camera; null stops watching it. Only the newest matters."""

    type: Literal["configure"] = "configure"
    camera_id: Id
    version: Annotated[int, Field(ge=1)]
    author: str
    config: CameraConfig | None
    reason: str = ""
    """Why it is not this worker's, where it is null."""


class LookAgain(Wire):
    """Look whether a violation is still there, at the next keyframe, and answer."""

    type: Literal["look_again"] = "look_again"
    request: int
    camera_id: str
    violation_id: UUID
    rule: str
    kind: str
    label: str
    box: BoundingBox
    frame_width: int
    frame_height: int
    before: Sha256 | None
    """The picture that the case was reported with."""
    expires_at: Moment


class Dismiss(Wire):
    """This is none: close it, and open nothing in its place for as long as its rule says."""

    type: Literal["dismiss"] = "dismiss"
    camera_id: str
    violation_id: UUID
    rule: str
    box: BoundingBox
    at: Moment


class Remember(Wire):
    """Let a dismissal that a camera remembers count no more, or again."""

    type: Literal["remember"] = "remember"
    camera_id: str
    violation_id: UUID
    counts: bool


class TakeSnapshot(Wire):
    """Send a current picture in full resolution."""

    type: Literal["snapshot"] = "snapshot"
    request: int
    camera_id: str
    expires_at: Moment


Order = Annotated[
    Configure | LookAgain | Dismiss | Remember | TakeSnapshot, Field(discriminator="type")
]


class Numbered(Wire):
    """An order on its way.

    `after` is the number of the order that this worker was sent before it: a worker whose last
    is another has missed one and takes the line up again.
    """

    type: Literal["order"] = "order"
    number: Annotated[int, Field(ge=1)]
    after: Annotated[int, Field(ge=0)]
    id: UUID
    order: Order


class Welcome(Wire):
    """The API's first word: where it goes on, and which version of each camera the worker runs.

    `versions` holds those cameras that run what the API has; for the others an order follows.
    """

    type: Literal["welcome"] = "welcome"
    cursor: int
    versions: dict[str, int]


class LiveOrder(Wire):
    """Push keyframes for so many seconds from now, unless told again; 0 ends it."""

    type: Literal["live"] = "live"
    camera_id: str
    for_s: Annotated[float, Field(ge=0, le=120)]


FromApi = Annotated[Welcome | Numbered | LiveOrder, Field(discriminator="type")]


class Running(Wire):
    """A camera that the worker has: what it runs, which version that is by its own account."""

    camera_id: Id
    version: int | None
    config: CameraConfig


class Hello(Wire):
    """The worker's first word: the last order that it has on disk, and what it runs."""

    type: Literal["hello"] = "hello"
    cursor: Annotated[int, Field(ge=0)]
    last: UUID | None
    running: tuple[Running, ...]


class Ack(Wire):
    """The worker has all orders up to this one on its disk."""

    type: Literal["ack"] = "ack"
    number: Annotated[int, Field(ge=1)]


class LiveHead(Wire):
    """The head of a live picture: one line of JSON before the bytes of a JPEG."""

    type: Literal["picture"] = "picture"
    camera_id: str
    at: Moment


FromWorker = Annotated[Hello | Ack, Field(discriminator="type")]

FROM_API: TypeAdapter[Welcome | Numbered | LiveOrder] = TypeAdapter(FromApi)
FROM_WORKER: TypeAdapter[Hello | Ack] = TypeAdapter(FromWorker)
ORDER: TypeAdapter[Configure | LookAgain | Dismiss | Remember | TakeSnapshot] = TypeAdapter(Order)


class Settled(Wire):
    """A configuration was applied, or refused for a reason."""

    type: Literal["settled"] = "settled"
    camera_id: str
    version: int
    applied: bool
    reason: Annotated[Text, Field(max_length=2000)] = ""


class LookVerdict(Wire):
    """What the camera saw where the violation was; `cannot_tell` says why.

    `evidence` is the picture of now, from the same view as that of the report.
    """

    type: Literal["looked"] = "looked"
    request: int
    verdict: Literal["cleared", "still_there", "cannot_tell"]
    reason: Annotated[Text, Field(max_length=500)] = ""
    evidence: Annotated[tuple[EvidenceFile, ...], Field(max_length=1)] = ()


class SnapshotTaken(Wire):
    """The picture that was asked for, or why there is none."""

    type: Literal["snapshot"] = "snapshot"
    request: int
    reason: Annotated[Text, Field(max_length=500)] = ""
    evidence: Annotated[tuple[EvidenceFile, ...], Field(max_length=1)] = ()


class Answer(Wire):
    """What came of an order; the order's id makes repeats safe."""

    worker: Id
    order: UUID
    at: Moment
    result: Annotated[Settled | LookVerdict | SnapshotTaken, Field(discriminator="type")]

    @property
    def evidence(self) -> tuple[EvidenceFile, ...]:
        """The files that come with it."""
        return () if isinstance(self.result, Settled) else self.result.evidence


class LineState(Wire):
    """How the line to a worker stands."""

    worker: str
    connected: bool
    connected_at: Moment | None
    waiting: int
    """Orders that it has not acknowledged."""
    refused: Annotated[Name, Field(max_length=300)] = ""
    """The last refusal: another worker that came under the same name."""


class Lines(Wire):
    """The lines to all workers that ever had one, by name."""

    items: tuple[LineState, ...]
