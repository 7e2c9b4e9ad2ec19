"""Subscriptions: who wants to hear of cases, how they are told, and what came of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from api.schema.base import Moment, Name, Text, Wire, refuse

EventType = Annotated[str, Field(pattern=r"^case\.[a-z_]{1,27}$")]
Address = Annotated[Name, StringConstraints(max_length=2000), Field(min_length=8)]
Secret = Annotated[str, Field(min_length=32, max_length=120, pattern=r"^[A-Za-z0-9+/=_]+$")]
_EventNumber = Annotated[int, Field(ge=0, le=2**63 - 1)]
_Label = Annotated[Name, StringConstraints(strip_whitespace=True), Field(max_length=120)]
_Filled = Annotated[_Label, Field(min_length=1)]


class Adapter(StrEnum):
    """The shape in which a receiver is told."""

    WEBHOOK = "webhook"
    """CloudEvents with Standard Webhooks signatures."""
    EGOVA = "egova"
    """The REPORT interface of eGova (数字政通) platforms."""
    GEOREPORT = "georeport"
    """Somebody else's Open311 GeoReport v2 endpoint."""


class SubscriptionState(StrEnum):
    """Whether messages are sent."""

    ACTIVE = "active"
    PAUSED = "paused"
    """A person stopped it; events gather."""
    DISABLED = "disabled"
    """The receiver answered 410, it wants nothing any more; events gather."""


class EgovaOptions(Wire):
    """How to report to an eGova platform; `url` is its root, such as https://host/eUrbanMIS."""

    client_id: _Filled
    client_secret: Annotated[Name, Field(min_length=1, max_length=200)]
    sender_code: _Filled
    action_path: Annotated[Name, Field(pattern=r"^/", max_length=200)] = "/openapi/third/action"
    source_name: _Label = "视频上报"
    source_id: int | None = None
    media: Literal["content", "link"] = "content"
    ciphertext: Literal["c1c3c2", "c1c2c3", "der"] = "c1c3c2"


class GeoReportOptions(Wire):
    """How to file into an Open311 endpoint; `url` is the endpoint's, as its discovery names it."""

    api_key: Annotated[Name, Field(min_length=1, max_length=200)]
    jurisdiction_id: _Label | None = None
    services: Annotated[dict[_Label, _Label], Field(default_factory=dict)]
    """Our service code to theirs; a code that is not here is sent as it is."""
    poll_s: Annotated[int, Field(ge=10, le=86400)] = 300


class SubscriptionRequest(Wire):
    """A new subscription; `egova` or `georeport` choose another shape than a webhook.

    `types` empty means every type. `from_event` tells what happened already, too: 0 from the
    beginning; without it, what happens from now on.
    """

    name: _Filled
    url: Address
    types: Annotated[tuple[EventType, ...], Field(max_length=64)] = ()
    secret: Secret | None = None
    from_event: _EventNumber | None = None
    egova: EgovaOptions | None = None
    georeport: GeoReportOptions | None = None

    @property
    def adapter(self) -> Adapter:
        """The shape that is asked for."""
        if self.egova is not None:
            return Adapter.EGOVA
        return Adapter.WEBHOOK if self.georeport is None else Adapter.GEOREPORT

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        both = self.egova is not None and self.georeport is not None
        signed = self.adapter is Adapter.WEBHOOK
        wrong = {
            "georeport": "choose one of egova and georeport" if both else None,
            "secret": None
            if signed or self.secret is None
            else "only webhooks are signed; leave it out",
        }
        refuse(self, wrong)
        return self


class SubscriptionChange(Wire):
    """What to change of a subscription; the rest stays. `active` also ends being disabled."""

    name: _Filled | None = None
    url: Address | None = None
    types: Annotated[tuple[EventType, ...], Field(max_length=64)] | None = None
    state: Literal["active", "paused"] | None = None


class Subscription(Wire):
    """A subscription as its owner sees it; `waiting` messages are not delivered yet."""

    id: UUID
    name: str
    adapter: Adapter
    url: str
    types: tuple[str, ...]
    state: SubscriptionState
    reason: str
    planned: int
    left_alone_until: datetime | None
    waiting: int
    oldest_waiting_at: datetime | None
    """Since when the message that has waited longest does."""
    failed: int
    made_at: datetime
    made_by: str
    etag: str
    """For `If-Match`, when it is changed."""


class NewSubscription(Subscription):
    """A subscription that was just made; its secret is shown this once."""

    secret: str | None


class SubscriptionList(Wire):
    """All subscriptions that the caller may see, oldest first."""

    items: tuple[Subscription, ...]


class Rotation(Wire):
    """A new secret is wanted; the former ones go on being valid for `overlap_s`."""

    secret: Secret | None = None
    overlap_s: Annotated[int, Field(ge=0, le=7 * 86400)] = 86400


class RotatedSecret(Wire):
    """The new secret, shown this once, and when the former ones end."""

    secret: str
    former_until: datetime


class Replay(Wire):
    """Send again what was sent, from an event's number or from a time; one of the two."""

    from_event: _EventNumber | None = None
    since: Moment | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        one = (self.from_event is None) != (self.since is None)
        refuse(self, {"from_event": None if one else "give from_event or since, one of the two"})
        return self


class Replayed(Wire):
    """What a replay will send: events after `planned`, and `again` deliveries that there are."""

    planned: int
    again: int


class DeliveryState(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    """All tries are used up; a replay begins anew."""
    REFUSED = "refused"
    """The receiver will not take it, whatever is done."""
    NOT_WANTED = "not_wanted"
    """This shape has no message for such an event."""


class Try(Wire):
    """One try of a delivery."""

    at: datetime
    took_ms: int
    result: str
    status: int | None
    detail: str


class Delivery(Wire):
    """A message and every try to deliver it, newest first."""

    id: int
    event: int
    case_id: int
    type: str
    message_id: str
    state: DeliveryState
    made_at: datetime
    next_at: datetime | None
    settled_at: datetime | None
    reference: str | None
    body: Any
    tries: tuple[Try, ...]


class DeliveryPage(Wire):
    """A page of deliveries, newest event first; `next` is the cursor of the page after it."""

    items: tuple[Delivery, ...]
    next: int | None


class EventEvidence(Wire):
    """A file of evidence, linked: fetch it with a key that may see evidence."""

    role: str
    media_type: str
    sha256: str
    captured_at: datetime
    url: str


class CaseEvent(Wire):
    """The `data` of a CloudEvent: the case as it stood when the event was taken up.

    Thin: the whole case is at `url`. `action`, `before` and `after` tell of the step of the case's
    life, where the event is one.
    """

    id: int
    number: str
    status: str
    action: Text | None
    before: str | None
    after: str | None
    by_kind: str | None
    type: str
    service_code: str
    name_zh: str
    name_en: str
    camera_id: str
    address: str
    longitude: float | None
    latitude: float | None
    first_seen: datetime
    last_seen: datetime
    url: str
    evidence: tuple[EventEvidence, ...]
    evidence_left_out: int
