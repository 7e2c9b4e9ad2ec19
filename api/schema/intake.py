"""What comes in by the other doors, and what is said to it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Base64Bytes, Field

from api.schema.base import Moment, Name, Text, Wire
from api.schema.places import Spot


class Caller(Wire):
    """Who told of it: asked again after closing (回访), shown to nobody else."""

    name: Annotated[Name, Field(max_length=64)] = ""
    phone: Annotated[Name, Field(max_length=32)] = ""


class Ticket(Wire):
    """What somebody tells of, in words: a 12345 ticket, a collector's find.

    `id` is the source's own and makes repeats safe. (`type`, `code`) is the class of the code
    table. Pictures are JPEG, PNG or MP4 in base64, or come as files beside the document.
    """

    id: Annotated[Name, Field(min_length=1, max_length=64)]
    at: Moment
    type: Literal["事件", "部件"]
    code: Annotated[str, Field(pattern=r"^[0-9]{4}$")]
    description: Annotated[Text, Field(max_length=4000)] = ""
    label: Annotated[Name, Field(max_length=64)] = ""
    place: Spot
    caller: Caller | None = None
    pictures: Annotated[tuple[Base64Bytes, ...], Field(max_length=16)] = ()


class Outcome(StrEnum):
    """What became of something that came in."""

    FILED = "filed"
    """A new case."""
    ATTACHED = "attached"
    """Another sight of an open case."""
    REPEATED = "repeated"
    """It came before."""
    HELD = "held"
    """It waits for a shop to put it right (门前五包): a case only if it does not."""
    IGNORED = "ignored"
    """Nothing to file: the source itself says that it is over, or a false alarm."""


class IntakeReceipt(Wire):
    """What became of something that came in, and where to look.

    What waits for a shop has no case: `number` is then that of its `GET /v1/rectifications`.
    """

    outcome: Outcome
    source: str
    source_ref: str
    reason: str = ""
    case_id: int | None = None
    number: str | None = None
    status: str | None = None
    url: str | None = None


class CallbackAnswer(StrEnum):
    """What a caller says when asked."""

    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"
    UNREACHED = "unreached"
    """Nobody answered: the level may be tried again."""


class CallbackRequest(Wire):
    """A caller was asked on one of the three levels (三级回访): what the answer was."""

    source: Annotated[Name, Field(min_length=1, max_length=32)]
    source_ref: Annotated[Name, Field(min_length=1, max_length=300)]
    level: Annotated[int, Field(ge=1, le=9)]
    answer: CallbackAnswer
    note: Annotated[Text, Field(max_length=500)] = ""
    by: Annotated[Name, Field(max_length=80)] = ""


class Callback(Wire):
    """An answer, as it is kept."""

    level: int
    answer: CallbackAnswer
    note: str
    asked_by: str
    asked_at: datetime


class TicketView(Wire):
    """A ticket of a case, and what its caller answered."""

    source: str
    source_ref: str
    received_at: datetime
    known_before: bool
    caller_name: str | None
    caller_phone: str | None
    callbacks: tuple[Callback, ...]


class TicketList(Wire):
    """The tickets of a case, in the order of coming."""

    items: tuple[TicketView, ...]


class KnownBefore(Wire):
    """未诉先办 in a time: `share_of_tickets` = tickets_known_before / tickets.

    A ticket was known before when it was attached to an open case that no citizen had told of
    first. Of the `cases`, `cases_found_first` were told of by no citizen first, and
    `cases_without_complaint` of these had no ticket since.
    """

    since: datetime
    until: datetime
    tickets: int
    tickets_known_before: int
    share_of_tickets: float | None
    cases: int
    cases_found_first: int
    cases_without_complaint: int
