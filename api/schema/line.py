"""The line between the API and a worker: `docs/line.md` tells how they speak.

Orders go down, numbered and kept until they are acknowledged; answers come back by
`POST /v1/line/answers`. What holds for a moment only (live view) is not numbered.
"""

from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import ConfigDict, Field, TypeAdapter

from api.schema.base import Moment, Name, Sha256, Text, Wire
from api.schema.cameras import Address, CameraConfig, Id, Transport
from api.schema.new_cameras import Discovered, Probed
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


class ConfirmView(Wire):
    """The view of a camera that counts as moved is right as it is: its zones count again."""

    type: Literal["confirm_view"] = "confirm_view"
    camera_id: str


class TakeSnapshot(Wire):
    """Send a current picture in full resolution."""

    type: Literal["snapshot"] = "snapshot"
    request: int
    camera_id: str
    expires_at: Moment


class Probe(Wire):
    """Open an address that may become a camera, once, and answer with a picture of it."""

    type: Literal["probe"] = "probe"
    request: int
    url: Address
    transport: Transport = "tcp"
    expires_at: Moment


class Discover(Wire):
    """Ask the worker's networks for ONVIF cameras, and those for their addresses, as this user."""

    type: Literal["discover"] = "discover"
    request: int
    user: str = ""
    password: Annotated[str, Field(repr=False)] = ""
    expires_at: Moment


class NotUnderstood(Wire):
    """An order that this release does not know, kept as it came."""

    model_config = ConfigDict(extra="allow")

    type: str


Known = Configure | LookAgain | Dismiss | Remember | ConfirmView | TakeSnapshot | Probe | Discover
Order = Annotated[
    Annotated[Known, Field(discriminator="type")] | NotUnderstood, Field(union_mode="left_to_right")
]
"""Orders of later releases pass as `NotUnderstood`: they are answered, and the line goes on."""
ORDER_TYPES = tuple(one.model_fields["type"].default for one in get_args(Known))


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
ORDER: TypeAdapter[Known | NotUnderstood] = TypeAdapter(Order)


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


class NotKnown(Wire):
    """The worker's release does not know such an order."""

    type: Literal["not_known"] = "not_known"
    order_type: Annotated[Name, Field(max_length=64)]


Result = Settled | LookVerdict | SnapshotTaken | Probed | Discovered | NotKnown


class Answer(Wire):
    """What came of an order; the order's id makes repeats safe."""

    worker: Id
    order: UUID
    at: Moment
    result: Annotated[Result, Field(discriminator="type")]

    @property
    def evidence(self) -> tuple[EvidenceFile, ...]:
        """The files that come with it."""
        if isinstance(self.result, LookVerdict | SnapshotTaken | Probed):
            return self.result.evidence
        return ()


class LineState(Wire):
    """How the line to a worker stands."""

    worker: str
    connected: bool
    connected_at: Moment | None
    waiting: int
    """Orders that it has not acknowledged."""
    knows: tuple[str, ...] = ()
    """The types of orders that the worker's release says it knows; older ones do not say."""
    refused: Annotated[Name, Field(max_length=300)] = ""
    """The last refusal: another worker that came under the same name."""


class Lines(Wire):
    """The lines to all workers that ever had one, by name."""

    items: tuple[LineState, ...]
