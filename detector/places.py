"""Places: where a rule has something open, and what a look does to it.

Identity is place and rule, not a track: our subjects stand still, trackers lose what is hidden
for a moment, and a worker restarts. A place remembers an `anchor`, a mean of the boxes seen
there, so that a flickering box stays one thing, and a thing that moves on leaves it.

Presence and absence are both to be proved, by looks and not by time alone: of the time between
two looks no more counts than its share, so that a gap in the stream proves neither.

Everything here is pure: times are arguments, ids come from the caller.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from statistics import median

from detector.boxes import blend, distance, overlap, same_place
from detector.look import Look, Sighting, sort_sightings
from detector.muted import Mute, is_muted, still_muted
from detector.rules import Rule
from detector.scene import CLEAR, SceneView, SecondLook
from detector.violation import Box, Change, Event, State, Violation

SCORES = 99
"""So many scores of a place are kept for its median."""
ANCHOR_WEIGHT = 0.05
"""What the latest box weighs at least in the anchor of a confirmed one, so that it follows a heap
that grows. A candidate's anchor is the plain mean: what moves, however slowly, leaves it."""
EPSILON_S = 1e-6


@dataclass(frozen=True, slots=True)
class Place:
    """An open violation, and what its rule needs to know to take it further.

    Attributes:
        violation: candidate or confirmed.
        anchor: the mean of its boxes, pixels; once confirmed, it leans to the latest.
        scores: of its latest sightings, oldest first.
        watched_s: the time since first sight, as far as looks cover it, seconds.
        absent_s: for how long the present run of vain looks proves it absent, seconds.
        misses: how many vain looks this run has.
        told_at: when it was last confirmed or said to be still there.
        suppressed: why a candidate that is proved is not confirmed: `familiar` (the place looks
            as it always did) or `second_look`.
        again_at: from when on a suppressed one is asked about again.
    """

    violation: Violation
    anchor: Box
    scores: tuple[float, ...]
    watched_s: float = 0.0
    absent_s: float = 0.0
    misses: int = 0
    told_at: datetime | None = None
    suppressed: str | None = None
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RuleState:
    """What a rule has open on a camera.

    Attributes:
        rule: its id.
        last_look: capture time of the latest picture that its model saw.
        places: what is open, oldest first.
        muted: where nothing is opened for a while.
        judged_at: capture time of the latest picture that was trusted, too.
    """

    rule: str
    last_look: datetime | None = None
    places: tuple[Place, ...] = ()
    muted: tuple[Mute, ...] = ()
    judged_at: datetime | None = None

    @property
    def undecided(self) -> bool:
        """Whether a candidate is open that a further look may decide."""
        return any(
            place.violation.state is State.CANDIDATE and place.suppressed is None
            for place in self.places
        )


def advance(
    rule: Rule,
    state: RuleState,
    look: Look,
    new_id: Callable[[], str],
    scene: SceneView = CLEAR,
    second_look: SecondLook | None = None,
) -> tuple[RuleState, tuple[Event, ...]]:
    """Take a rule's places one look further.

    A look that is not newer than the last is ignored. One that is not trusted counts for nothing.

    Args:
        rule: the rule.
        state: where it stood.
        look: what its model saw.
        new_id: makes a violation's id; called once for each new candidate.
        scene: what is known of the picture beside what its model saw.
        second_look: looks once more at what is proved; None confirms it as it is.

    Returns:
        Where it stands now, and what has changed, in the order of the places.
    """
    if state.last_look is not None and look.at <= state.last_look:
        return state, ()
    if not scene.trust:
        return replace(state, last_look=look.at), ()
    since = 0.0 if state.judged_at is None else (look.at - state.judged_at).total_seconds()
    decide = partial(_decide, rule, look=look, scene=scene, second_look=second_look)
    strong, weak = sort_sightings(rule, look)
    places = list(state.places)
    seen = [_best(rule, place, strong, weak) for place in places]
    events: list[Event] = []
    for index, place in enumerate(places):
        others = [other for other in places if other is not place]
        if seen[index] is None and not scene.visible(place.violation.box):
            continue
        places[index], changes = _step(rule, place, seen[index], others, look, since, decide)
        events += [Event(change, places[index].violation, look.at) for change in changes]
    muted = still_muted(state.muted, look.at)
    for sighting in strong:
        known = any(_touches(rule, place, sighting.box) for place in places)
        if not known and not is_muted(muted, sighting.box, look.at, rule.match_iou):
            born = _open(rule, sighting, look, new_id())
            events.append(Event(Change.APPEARED, born.violation, look.at))
            born, changes = decide(born)
            events += [Event(change, born.violation, look.at) for change in changes]
            places.append(born)
    closed = {
        event.violation.id for event in events if event.change in (Change.CLEARED, Change.WITHDRAWN)
    }
    still = tuple(place for place in places if place.violation.id not in closed)
    return RuleState(rule.id, look.at, still, muted, judged_at=look.at), tuple(events)


def _best(
    rule: Rule, place: Place, strong: Sequence[Sighting], weak: Sequence[Sighting]
) -> Sighting | None:
    """The sighting that shows this place, if any.

    A candidate is held to its anchor, so that a seller who walks never dwells; a confirmed one
    may be found where it was last seen, too.
    """
    if place.violation.state is State.CANDIDATE:
        found = [s for s in strong if same_place(place.anchor, s.box, rule.match_iou)]
    else:
        found = [s for s in strong if _touches(rule, place, s.box)]
        found = found or [s for s in weak if _touches(rule, place, s.box)]
    return max(
        found,
        key=lambda s: (overlap(place.anchor, s.box), -distance(place.anchor, s.box)),
        default=None,
    )


def _step(
    rule: Rule,
    place: Place,
    sighting: Sighting | None,
    others: Sequence[Place],
    look: Look,
    since: float,
    decide: Callable[[Place], tuple[Place, tuple[Change, ...]]],
) -> tuple[Place, tuple[Change, ...]]:
    """One place, one look further."""
    violation = replace(place.violation, looks=place.violation.looks + 1)
    if sighting is None:
        share = min(since, _share(rule.clear_after_s, rule.clear_looks)) if place.misses else 0.0
        place = replace(
            place,
            violation=violation,
            misses=place.misses + 1,
            absent_s=place.absent_s + share,
            watched_s=place.watched_s + min(since, _share(rule.dwell_s, rule.min_looks)),
        )
        return _despair(rule, place, look)
    place = _seen(rule, replace(place, violation=violation), sighting, others, look, since)
    return decide(place)


def _seen(
    rule: Rule, place: Place, sighting: Sighting, others: Sequence[Place], look: Look, since: float
) -> Place:
    """A place in which something was seen again."""
    scores = (*place.scores, sighting.score)[-SCORES:]
    violation = replace(
        place.violation,
        hits=place.violation.hits + 1,
        last_seen=look.at,
        score=median(scores),
    )
    if violation.state is State.CANDIDATE:
        violation = replace(violation, label=sighting.label, model=look.model)
    least = 0.0 if violation.state is State.CANDIDATE else ANCHOR_WEIGHT
    anchor = blend(place.anchor, sighting.box, max(1 / violation.hits, least))
    # A box that would run into a neighbour's place stays where it was: two open ones in one
    # place would be two cases of one thing.
    if not any(_touches(rule, other, sighting.box) for other in others):
        violation = replace(violation, box=sighting.box)
    if any(_touches(rule, other, anchor) for other in others):
        anchor = place.anchor
    return replace(
        place,
        violation=violation,
        anchor=anchor,
        scores=scores,
        watched_s=place.watched_s + min(since, _share(rule.dwell_s, rule.min_looks)),
        absent_s=0.0,
        misses=0,
    )


def _decide(
    rule: Rule, place: Place, look: Look, scene: SceneView, second_look: SecondLook | None
) -> tuple[Place, tuple[Change, ...]]:
    """What a sighting leads to: confirmed, or said to be still there."""
    violation = place.violation
    if violation.state is State.CANDIDATE:
        if not _proved(rule, place):
            return _doubt(rule, place)
        if place.again_at is not None and look.at < place.again_at:
            return place, ()
        place = _questioned(rule, place, look, scene, second_look)
        violation = place.violation
        if place.suppressed is not None:
            return place, ()
        violation = replace(violation, state=State.CONFIRMED, confirmed_at=look.at)
        return replace(place, violation=violation, told_at=look.at), (Change.CONFIRMED,)
    told_at = place.told_at or violation.first_seen
    if (look.at - told_at).total_seconds() >= rule.sighting_every_s:
        return replace(place, told_at=look.at), (Change.STILL_THERE,)
    return place, ()


def _questioned(
    rule: Rule, place: Place, look: Look, scene: SceneView, second_look: SecondLook | None
) -> Place:
    """A proved candidate, with what the place's memory and the second look say of it."""
    violation = place.violation
    again_at = look.at + timedelta(seconds=rule.second_look.again_s)
    likeness = scene.familiar(rule.id, violation.box)
    if likeness is not None and likeness >= rule.familiar:
        return replace(place, suppressed="familiar", again_at=again_at)
    if second_look is None:
        return replace(place, suppressed=None, again_at=None)
    verdict = second_look(violation, rule)
    violation = replace(violation, verdict=verdict, label=verdict.label or violation.label)
    if verdict.passes is False:
        return replace(place, violation=violation, suppressed="second_look", again_at=again_at)
    return replace(place, violation=violation, suppressed=None, again_at=None)


def _despair(rule: Rule, place: Place, look: Look) -> tuple[Place, tuple[Change, ...]]:
    """What a vain look leads to: cleared, or withdrawn."""
    gone = place.misses >= rule.clear_looks and place.absent_s >= rule.clear_after_s - EPSILON_S
    if place.violation.state is State.CANDIDATE:
        return (place, (Change.WITHDRAWN,)) if gone else _doubt(rule, place)
    if not gone:
        return place, ()
    violation = replace(place.violation, state=State.CLEARED, cleared_at=look.at)
    return replace(place, violation=violation), (Change.CLEARED,)


def _doubt(rule: Rule, place: Place) -> tuple[Place, tuple[Change, ...]]:
    """Give up a candidate that flickers on for twice its time without being confirmed.

    Else it would keep its model looking at every picture for ever.
    """
    violation = place.violation
    tried = violation.looks >= 2 * rule.min_looks and place.watched_s >= 2 * rule.dwell_s
    rare = violation.hits < rule.confirm_ratio * violation.looks
    return place, (Change.WITHDRAWN,) if tried and rare else ()


def _proved(rule: Rule, place: Place) -> bool:
    violation = place.violation
    return (
        place.watched_s >= rule.dwell_s - EPSILON_S
        and violation.looks >= rule.min_looks
        and violation.hits >= rule.confirm_ratio * violation.looks
    )


def _open(rule: Rule, sighting: Sighting, look: Look, new_id: str) -> Place:
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
    return Place(violation, anchor=sighting.box, scores=(sighting.score,))


def _share(seconds: float, looks: int) -> float:
    """How much of `seconds` the time between two of `looks` looks may prove."""
    return seconds / max(looks - 1, 1)


def _touches(rule: Rule, place: Place, box: Box) -> bool:
    """Whether a box is in a place, by its anchor or by where it was last seen."""
    return same_place(place.anchor, box, rule.match_iou) or same_place(
        place.violation.box, box, rule.match_iou
    )
