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

Severity = Literal["A", "B", "C"]
"""Grades of the standards: A 紧急, B 重大, C 一般."""


class State(StrEnum):
    """The life of a violation."""

    CANDIDATE = "candidate"
    """Seen, not yet long or often enough, or kept back for a reason (`suppressed`)."""
    CONFIRMED = "confirmed"
    """Proved at this look: it is reported."""
    ONGOING = "ongoing"
    """Reported, and seen since."""
    CLEARING = "clearing"
    """Reported, and looked for in vain since it was last seen, though its place was visible."""
    CLEARED = "cleared"
    """Looked for, long and often enough, and in vain."""

    @property
    def reported(self) -> bool:
        """Whether it is a violation that is reported and not over."""
        return self in (State.CONFIRMED, State.ONGOING, State.CLEARING)


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
        pending: whether more is to come: the candidate waits, and is asked about at the next look.
    """

    passes: bool | None
    score: float | None = None
    label: str | None = None
    words_zh: str = ""
    words_en: str = ""
    evidence: Mapping[str, JsonValue] = field(default_factory=dict)
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a violation was confirmed, settled by the look that confirmed it.

    Attributes:
        rule_version: of the rule's settings: the first 12 hex digits of their SHA-256.
        dwell_s: for how long it was watched, as far as looks cover the time, seconds.
        needed_s: how long the rule asks for.
        needed_looks: how many looks it asks for at least.
        needed_ratio: in which share of them it must have been seen.
        needed_score: which median of the scores it asks for.
        severity: its grade; None leaves it to the filing condition.
        confirm_before_filing: whether a person must confirm it before it becomes a case.
        light: what the picture was taken by, where that is known.
        familiar: how much the place looked as it always does, 0..1, where that is known.
        zone_kind: `shopfront`, `roadway`, `component` or `include`: what it stands in.
        zone: the zone's name, where it has one.
        component_code: the 16 digits of the component that is marked there.
        position: longitude and latitude of its foot, in the system of the camera's own, where
            the camera's ground is calibrated.
        size_m: its width and height in metres, where the ground is calibrated.
        pieces: how many things it consists of.
        name_zh: what it is called, for the sentence.
        name_en: the same in English.
    """

    rule_version: str
    dwell_s: float
    needed_s: float
    needed_looks: int
    needed_ratio: float
    needed_score: float
    severity: Severity | None
    confirm_before_filing: bool
    light: Light | None = None
    familiar: float | None = None
    zone_kind: str | None = None
    zone: str | None = None
    component_code: str | None = None
    position: tuple[float, float] | None = None
    size_m: tuple[float, float] | None = None
    pieces: int = 1
    name_zh: str = ""
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Violation:
    """One problem in one place, from its first sight on.

    Attributes:
        id: UUID, made at first sight and never changed; the key of everything after.
        camera_id: the camera that sees it.
        rule: the id of the rule that it breaks.
        kind: the catalogue's class of violation: `litter`, `vending` or `manhole`.
        label: what it is: the label of most of its sightings until it is confirmed, then fixed.
        model: `name@version` of the model, likewise fixed when it is confirmed.
        state: where in its life it is.
        box: the latest box, pixels.
        score: median of the scores of its latest sightings (of 99 at most), 0..1.
        first_seen: capture time of the first sighting, UTC.
        last_seen: capture time of the latest sighting, UTC.
        confirmed_at: capture time of the look that confirmed it, or None.
        cleared_at: capture time of the look that cleared it, or None.
        looks: how many looks count since first sight: trusted, and its place visible.
        hits: in how many of these looks it was seen.
        verdict: what the second look said of it last, if there was one.
        suppressed: why a candidate that is proved is not confirmed: `paused` (by a schedule),
            `light` (not in this light), `cooldown` (one was cleared here just now), `familiar`
            (the place looks as it always did), `known` (another rule of its kind has it) or
            `second_look`.
        reasons: why it was confirmed.
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
    suppressed: str | None = None
    reasons: Reasons | None = None


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
