"""What came of trying to hand something to another system."""

from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """What to do next."""

    DELIVERED = "delivered"
    """The receiver has it."""
    FAILED = "failed"
    """It does not have it, or nobody knows: try again later."""
    THROTTLED = "throttled"
    """It has too much to do: leave it alone for a while, then try again."""
    GONE = "gone"
    """It wants nothing any more: never try again."""
    REFUSED = "refused"
    """It will not take this one whatever is done: trying again is no use."""
    NOT_WANTED = "not_wanted"
    """This receiver has no use for this kind of message; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one try.

    Attributes:
        result: what to do next.
        detail: for the log that people read; no secrets.
        status: HTTP status, if there was an answer.
        wait_s: how long the receiver asks to be left alone; None when it does not say.
        reference: the receiver's own number for it, if it gave one.
        hands_over: the receiver has taken the case itself, not just heard of it.
    """

    result: Result
    detail: str = ""
    status: int | None = None
    wait_s: float | None = None
    reference: str | None = None
    hands_over: bool = False
