"""A place in which a rule has something open, as it is stored between looks.

Identity is place and rule, not a track: our subjects stand still, trackers lose what is hidden
for a moment, and a worker restarts. A place remembers an `anchor`, a mean of the boxes seen
there, so that a flickering box stays one thing, and a thing that moves on leaves it.
"""

from dataclasses import dataclass
from datetime import datetime

from detector.boxes import covered, same_place
from detector.look import Look, Sighting
from detector.muted import Mute
from detector.rules import Rule
from detector.violation import Box, Light, State, Violation

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Place:
    """An open violation, and what its rule needs to know to take it further.

    Attributes:
        violation: as it stands.
        anchor: the mean of its boxes, pixels; once confirmed, it leans to the latest.
        scores: of its latest sightings, oldest first.
        watched_s: the time since first sight, as far as looks cover it, seconds.
        absent_s: for how long the present run of vain looks proves it absent, seconds.
        misses: how many vain looks this run has; one in a light in which it has never been seen
            counts in part.
        told_at: when it was last confirmed or said to be still there.
        again_at: from when on a suppressed one is asked about again.
        start: mean of its first boxes, pixels; None in states of earlier versions.
        recent: mean of its latest boxes, pixels, likewise.
        lights: in which it has been seen, in order.
        labels: how often it was seen as what, the latest last.
        pieces: of how many things scattered about it consists; 1 is a single thing.
    """

    violation: Violation
    anchor: Box
    scores: tuple[float, ...]
    watched_s: float = 0.0
    absent_s: float = 0.0
    misses: float = 0.0
    told_at: datetime | None = None
    again_at: datetime | None = None
    start: Box | None = None
    recent: Box | None = None
    lights: tuple[Light, ...] = ()
    labels: tuple[tuple[str, int], ...] = ()
    pieces: int = 1

    @property
    def candidate(self) -> bool:
        """Whether it is not confirmed yet."""
        return self.violation.state is State.CANDIDATE


@dataclass(frozen=True, slots=True)
class RuleState:
    """What a rule has open on a camera.

    Attributes:
        rule: its id.
        last_look: capture time of the latest picture that its model saw.
        places: what is open, oldest first.
        muted: where nothing is opened for a while.
        judged_at: capture time of the latest picture that was trusted, too.
        cooling: where something was cleared just now, and nothing is confirmed for a while.
    """

    rule: str
    last_look: datetime | None = None
    places: tuple[Place, ...] = ()
    muted: tuple[Mute, ...] = ()
    judged_at: datetime | None = None
    cooling: tuple[Mute, ...] = ()

    @property
    def undecided(self) -> tuple[datetime, ...]:
        """When those candidates were first seen that a further look may decide."""
        return tuple(
            place.violation.first_seen
            for place in self.places
            if place.candidate and place.violation.suppressed is None
        )


def open_place(rule: Rule, sighting: Sighting, look: Look, new_id: str) -> Place:
    """A new candidate."""
    violation = Violation(
        id=new_id,
        camera_id=look.camera_id,
        rule=rule.id,
        kind=rule.kind,
        label=sighting.label,
        model=look.model,
        state=State.CANDIDATE,
        box=sighting.box,
        score=sighting.score,
        first_seen=look.at,
        last_seen=look.at,
        confirmed_at=None,
        cleared_at=None,
        looks=1,
        hits=1,
    )
    return Place(
        violation,
        anchor=sighting.box,
        scores=(sighting.score,),
        start=sighting.box,
        recent=sighting.box,
        lights=() if look.light is None else (look.light,),
        labels=((sighting.label, 1),),
        pieces=sighting.pieces,
    )


def touches(rule: Rule, place: Place, box: Box) -> bool:
    """Whether a box is in a place, by its anchor or by where it was last seen."""
    return same_place(place.anchor, box, rule.match_iou) or same_place(
        place.violation.box, box, rule.match_iou
    )


def joins(place: Place, sighting: Sighting) -> bool:
    """Whether a sighting is of what lies scattered about a place.

    A candidate is held to groups; of a confirmed one, a single piece is a part.
    """
    if place.pieces == 1 or (place.candidate and sighting.pieces == 1):
        return False
    box = place.violation.box
    return covered(sighting.box, box) >= HALF or (
        sighting.pieces > 1 and covered(box, sighting.box) >= HALF
    )


def lies_in(place: Place, sighting: Sighting) -> bool:
    """Whether a place is a part of a group of things, or a sighting a part of a place's."""
    box = place.violation.box
    if sighting.pieces > 1 and covered(box, sighting.box) >= HALF:
        return True
    return place.pieces > 1 and covered(sighting.box, box) >= HALF
