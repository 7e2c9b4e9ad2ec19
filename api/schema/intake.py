"""What comes in by the other doors, and what is said to it."""

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
    IGNORED = "ignored"
    """Nothing to file: the source itself says that it is over, or a false alarm."""


class IntakeReceipt(Wire):
    """What became of something that came in, and where to look."""

    outcome: Outcome
    source: str
    source_ref: str
    reason: str = ""
    case_id: int | None = None
    number: str | None = None
    status: str | None = None
    url: str | None = None
