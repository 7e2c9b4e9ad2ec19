"""What workers send of a violation: a report, and the sightings that follow it."""

from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.schema.base import Moment, Name, Sha256, Share, Wire, refuse
from api.schema.judgement import (
    ComponentCode,
    Explanation,
    GroundPoint,
    SecondLook,
    Severity,
    Word,
)
from api.schema.places import Place, absent, unasked

_MOST = 2**31 - 1
"""Counts end where the integers of common stores do."""
_LONGEST_SIDE = 65535
"""Of a JPEG, the only picture that workers write."""
_SLACK = 1.0
"""Pixels that a box may reach beyond its picture: models round."""


class Kind(StrEnum):
    """The classes of violation that the catalogue knows from the first day."""

    LITTER = "litter"
    VENDING = "vending"
    MANHOLE = "manhole"


class EvidenceRole(StrEnum):
    """What a file of evidence shows."""

    SNAPSHOT = "snapshot"
    """The untouched picture."""
    ANNOTATED = "annotated"
    """The same picture with its boxes drawn."""
    CLIP = "clip"
    """Video around the sighting, bit for bit what the camera sent."""


class EvidenceFile(Wire):
    """One file that travels with a report, named by its SHA-256."""

    sha256: Sha256
    role: EvidenceRole
    media_type: Literal["image/jpeg", "image/png", "video/mp4"]
    size: Annotated[int, Field(gt=0)]
    captured_at: Moment


class BoundingBox(Wire):
    """A box in pixels of the full-resolution picture: left, top, right, bottom."""

    x0: float
    y0: float
    x1: float
    y1: float


def _disorder(box: BoundingBox) -> str | None:
    """What is wrong with the order of a box's corners, if anything.

    Not a validator of `BoundingBox`: cases filed before this rule must stay readable.
    """
    if box.x0 < box.x1 and box.y0 < box.y1:
        return None
    return (
        "x1 must be greater than x0, and y1 than y0: send left, top, right, bottom, "
        "not left, top, width, height"
    )


class Report(Wire):
    """A confirmed violation, reported once in its life; `violation_id` is the idempotency key.

    `hits` of its `looks` saw it. `first_seen` is no later than `confirmed_at` and `last_seen`. The
    box lies in the frame, and snapshots and annotated pictures are as large as the frame.

    What the rule knows beside that, all optional: `explanation`, why it fired. `second_look`, what
    a closer look said. `spot`, where the thing itself lies; without it the camera's place stands.
    `component_code`, which surveyed 部件 it is. `zone_kind`, what kind of zone it touches, by which
    filing conditions may go (`shopfront`: 店外经营). `severity`: A makes it urgent.
    `confirm_before_filing`: it waits for a person's 核实 before it can be dispatched.
    """

    violation_id: UUID
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    label: Annotated[Name, Field(min_length=1, max_length=64)]
    place: Place
    rule: Annotated[Name, Field(min_length=1, max_length=64)]
    model: Annotated[Name, Field(min_length=1, max_length=128)]
    first_seen: Moment
    confirmed_at: Moment
    last_seen: Moment
    clock: Literal["arrival", "clip"]
    score: Share
    looks: Annotated[int, Field(ge=1, le=_MOST)]
    hits: Annotated[int, Field(ge=1, le=_MOST)]
    box: BoundingBox
    frame_width: Annotated[int, Field(gt=0, le=_LONGEST_SIDE)]
    frame_height: Annotated[int, Field(gt=0, le=_LONGEST_SIDE)]
    evidence: Annotated[tuple[EvidenceFile, ...], Field(min_length=1, max_length=16)]
    explanation: Annotated[Explanation | None, Field(exclude_if=absent)] = None
    second_look: Annotated[SecondLook | None, Field(exclude_if=absent)] = None
    spot: Annotated[GroundPoint | None, Field(exclude_if=absent)] = None
    component_code: Annotated[ComponentCode | None, Field(exclude_if=absent)] = None
    zone_kind: Annotated[Word | None, Field(exclude_if=absent)] = None
    severity: Annotated[Severity | None, Field(exclude_if=absent)] = None
    confirm_before_filing: Annotated[bool, Field(exclude_if=unasked)] = False

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        wrong: dict[str, str | None] = {
            "first_seen": self._time_error(),
            "hits": self._hits_error(),
            "place": self._place_error(),
            "box": _disorder(self.box) or self._frame_error(),
        }
        refuse(self, wrong)
        return self

    def _time_error(self) -> str | None:
        ends = {"confirmed_at": self.confirmed_at, "last_seen": self.last_seen}
        passed = [name for name, end in ends.items() if self.first_seen > end]
        if not passed:
            return None
        return f"is later than {' and '.join(passed)}: send the time of the first look that saw it"

    def _place_error(self) -> str | None:
        if (self.place.longitude is None) == (self.place.latitude is None):
            return None
        return "has one of longitude and latitude: send both, or neither"

    def _hits_error(self) -> str | None:
        if self.hits <= self.looks:
            return None
        return f"{self.hits} hits in {self.looks} looks: count a hit among the looks too"

    def _frame_error(self) -> str | None:
        box, width, height = self.box, self.frame_width, self.frame_height
        inside = min(box.x0, box.y0) >= -_SLACK
        if inside and box.x1 <= width + _SLACK and box.y1 <= height + _SLACK:
            return None
        return (
            f"reaches outside the frame of {width}x{height}: send pixels of the full-resolution "
            "picture, and that picture's size as frame_width and frame_height"
        )


class SightingStatus(StrEnum):
    """What a later look says of a reported violation."""

    STILL_THERE = "still_there"
    CLEARED = "cleared"
    EVIDENCE = "evidence"


class Sighting(Wire):
    """A numbered follow-up to a report; the pair (violation, number) is the idempotency key."""

    number: Annotated[int, Field(ge=1, le=_MOST)]
    status: SightingStatus
    at: Moment
    score: Share | None = None
    box: BoundingBox | None = None
    evidence: Annotated[tuple[EvidenceFile, ...], Field(max_length=16)] = ()

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        refuse(self, {"box": None if self.box is None else _disorder(self.box)})
        return self
