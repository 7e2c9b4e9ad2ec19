"""What the detector hands on: a violation, and what happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import JsonValue

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels of the full-resolution picture."""

Point = tuple[float, float]
"""x, y as shares (0..1) of the picture's width and height."""

Light = Literal["day", "night", "infrared"]
"""What a picture was taken by."""


class State(StrEnum):
    """The life of a violation."""

    CANDIDATE = "candidate"
    """Seen, not yet long or often enough."""
    CONFIRMED = "confirmed"
    """Dwell and confirmation ratio reached: it is reported, and it goes on."""
    CLEARED = "cleared"
    """Looked for, long enough and in vain."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a second look at full resolution says of a candidate that is otherwise proved.

    Attributes:
        passes: True: it is what it was taken for. False: it is not. None: cannot tell.
        score: how sure, 0..1; None where there is no such number.
        label: what it is, where that is another label than the candidate's, such as a cover
            that is cracked and not damaged; None leaves it as it is.
        words_zh: the verdict in a few words, for the sentence that explains the violation.
        words_en: the same in English.
        evidence: all else that speaks for it, as plain data; it is stored and reported.
    """

    passes: bool | None
    score: float | None = None
    label: str | None = None
    words_zh: str = ""
    words_en: str = ""
    evidence: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Violation:
    """One problem in one place, from its first sight on.

    Attributes:
        id: UUID, made at first sight and never changed; the key of everything after.
        camera_id: the camera that sees it.
        rule: the id of the rule that it breaks.
        kind: the catalogue's class of violation: `litter`, `vending` or `manhole`.
        label: the model's class name, of the latest sighting until it is confirmed, then fixed.
        model: `name@version` of the model, likewise.
        state: where in its life it is.
        box: the latest box, pixels.
        score: median of the scores of its latest sightings (of 99 at most), 0..1.
        first_seen: capture time of the first sighting, UTC.
        last_seen: capture time of the latest sighting, UTC.
        confirmed_at: capture time of the look that confirmed it, or None.
        cleared_at: capture time of the look that cleared it, or None.
        looks: how often the model looked since first sight.
        hits: in how many of these looks it was seen.
        verdict: what the second look said of it last, if there was one.
    """

    id: str
    camera_id: str
    rule: str
    kind: str
    label: str
    model: str
    state: State
    box: Box
    score: float
    first_seen: datetime
    last_seen: datetime
    confirmed_at: datetime | None
    cleared_at: datetime | None
    looks: int
    hits: int
    verdict: Verdict | None = None


class Change(StrEnum):
    """What a look did to a violation."""

    APPEARED = "appeared"
    """A new candidate."""
    CONFIRMED = "confirmed"
    """A candidate became a violation: report it."""
    STILL_THERE = "still_there"
    """A confirmed violation was seen again, `sighting_every_s` after the last such event."""
    CLEARED = "cleared"
    """A confirmed violation is gone: send the closing sighting."""
    WITHDRAWN = "withdrawn"
    """A candidate went away before it was confirmed."""


@dataclass(frozen=True, slots=True)
class Event:
    """A change, and the violation as it stands after it."""

    change: Change
    violation: Violation
    at: datetime
