"""Places where a person has said that it is none: nothing is opened there for a while."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from detector.boxes import same_place
from detector.violation import Box


@dataclass(frozen=True, slots=True)
class Mute:
    """A place in which nothing is opened.

    Attributes:
        box: where, pixels.
        until: capture time from which on it is a place like others, UTC.
    """

    box: Box
    until: datetime


def is_muted(mutes: Iterable[Mute], box: Box, at: datetime, match_iou: float) -> bool:
    """Whether a box is in a muted place at a time."""
    return any(at < mute.until and same_place(mute.box, box, match_iou) for mute in mutes)


def still_muted(mutes: Iterable[Mute], at: datetime) -> tuple[Mute, ...]:
    """The mutes that have not run out."""
    return tuple(mute for mute in mutes if at < mute.until)
