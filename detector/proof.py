"""Evidence: what a sighting, or a look in vain, adds to a place, and when it is enough.

Presence and absence are both to be proved, by looks and not by time alone: of the time between
two looks no more counts than its share, so that a gap in the stream proves neither.
"""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from detector.boxes import SHIVER, area, blend, distance
from detector.look import Look, Sighting
from detector.place import Place, touches
from detector.rules import Rule
from detector.violation import Light, State

SCORES = 99
"""So many scores of a place are kept for its median."""
ANCHOR_WEIGHT = 0.05
"""What the latest box weighs at least in the anchor of a confirmed one, so that it follows a heap
that grows. A candidate's anchor is the plain mean: what moves, however slowly, leaves it."""
FIRST = 3
"""So many boxes say where a candidate was at first ..."""
RECENT_WEIGHT = 0.25
"""... and this is what the latest weighs in where it is now."""
EPSILON_S = 1e-6


def with_sighting(
    rule: Rule,
    place: Place,
    sighting: Sighting,
    others: Sequence[Place],
    look: Look,
    since: float,
) -> Place:
    """A place in which something was seen again.

    Args:
        rule: its rule.
        place: as it stood.
        sighting: what was seen of it.
        others: the rule's other places.
        look: when, and in what light.
        since: seconds since the rule's look before.
    """
    scores = (*place.scores, sighting.score)[-SCORES:]
    violation = replace(
        place.violation,
        looks=place.violation.looks + 1,
        hits=place.violation.hits + 1,
        last_seen=look.at,
        score=median(scores),
    )
    labels = place.labels
    if place.candidate:
        labels = _counted(labels, sighting.label)
        violation = replace(violation, label=_usual(labels), model=look.model)
    else:
        violation = replace(violation, state=State.ONGOING)
    # A box that would run into a neighbour's place stays where it was: two open ones in one
    # place would be two cases of one thing.
    if not any(touches(rule, other, sighting.box) for other in others):
        violation = replace(violation, box=sighting.box)
    least = 0.0 if place.candidate else ANCHOR_WEIGHT
    anchor = blend(place.anchor, sighting.box, max(1 / violation.hits, least))
    if any(touches(rule, other, anchor) for other in others):
        anchor = place.anchor
    early = violation.hits <= FIRST
    return replace(
        place,
        violation=violation,
        anchor=anchor,
        scores=scores,
        watched_s=place.watched_s + _watched(rule, violation.label, since),
        absent_s=0.0,
        misses=0.0,
        start=anchor if early or place.start is None else place.start,
        recent=blend(place.recent or anchor, sighting.box, RECENT_WEIGHT),
        lights=_with_light(place.lights, look.light),
        labels=labels,
        pieces=sighting.pieces if sighting.pieces > 1 else place.pieces,
    )


def with_weak_sighting(rule: Rule, place: Place, sighting: Sighting, since: float) -> Place:
    """A candidate of which something was seen, but not clearly enough to speak for it.

    Its score goes into the median; it is no hit, but not a look in vain either.
    """
    scores = (*place.scores, sighting.score)[-SCORES:]
    violation = replace(place.violation, looks=place.violation.looks + 1, score=median(scores))
    watched = place.watched_s + _watched(rule, violation.label, since)
    return replace(
        place, violation=violation, scores=scores, watched_s=watched, absent_s=0.0, misses=0.0
    )


def with_vain_look(rule: Rule, place: Place, look: Look, since: float) -> Place:
    """A place in which nothing was seen though it was visible.

    In a light in which it has never been seen that says little: perhaps the model is blind for it
    there. Such a look proves absence in part, and is no evidence against a candidate, which is
    `suppressed` until it is seen again.

    Args:
        rule: its rule.
        place: as it stood.
        look: when, and in what light.
        since: seconds since the rule's look before.
    """
    strange = look.light is not None and bool(place.lights) and look.light not in place.lights
    weight = rule.other_light if strange else 1.0
    absent = weight * min(since, share(rule.clear_after_s, rule.clear_looks))
    place = replace(
        place,
        misses=place.misses + weight,
        absent_s=place.absent_s + (absent if place.misses else 0.0),
    )
    violation = place.violation
    if violation.state.reported and weight > 0:
        violation = replace(violation, state=State.CLEARING)
    if strange:
        reason = "light" if place.candidate else None
        return replace(place, violation=replace(violation, suppressed=reason))
    watched = place.watched_s + _watched(rule, violation.label, since)
    return replace(
        place, violation=replace(violation, looks=violation.looks + 1), watched_s=watched
    )


def is_proved(rule: Rule, place: Place, look: Look) -> bool:
    """Whether a candidate was watched long enough, and seen often and clearly enough."""
    violation = place.violation
    return (
        place.watched_s >= rule.dwell_of(violation.label) - EPSILON_S
        and violation.looks >= rule.min_looks
        and _seen_enough(rule, place, look)
    )


def is_doubtful(rule: Rule, place: Place, look: Look) -> bool:
    """Whether a candidate flickers on for twice its time without being seen well enough.

    Else it would keep its model looking at every picture for ever.
    """
    violation = place.violation
    dwell = rule.dwell_of(violation.label)
    tried = violation.looks >= 2 * rule.min_looks and place.watched_s >= 2 * dwell - EPSILON_S
    return tried and not _seen_enough(rule, place, look)


def has_left(rule: Rule, place: Place) -> bool:
    """Whether a candidate has moved on from where it was seen at first, however slowly."""
    if place.start is None or place.recent is None or place.violation.hits <= FIRST:
        return False
    size: float = max(area(place.start), area(place.recent)) ** 0.5
    return distance(place.start, place.recent) > max(rule.still * size, SHIVER)


def is_gone(rule: Rule, place: Place) -> bool:
    """Whether it was looked for in vain long and often enough."""
    return (
        place.misses >= rule.clear_looks - EPSILON_S
        and place.absent_s >= rule.clear_after_s - EPSILON_S
    )


def share(seconds: float, looks: int) -> float:
    """How much of `seconds` the time between two of `looks` looks may prove."""
    return seconds / max(looks - 1, 1)


def _watched(rule: Rule, label: str, since: float) -> float:
    return min(since, share(rule.dwell_of(label), rule.min_looks))


def _seen_enough(rule: Rule, place: Place, look: Look) -> bool:
    violation = place.violation
    often = violation.hits >= rule.confirm_ratio * violation.looks
    return often and median(place.scores) >= rule.opens(look.threshold) - 1e-9


def _counted(labels: tuple[tuple[str, int], ...], label: str) -> tuple[tuple[str, int], ...]:
    counts = dict(labels)
    count = counts.pop(label, 0)
    return (*counts.items(), (label, count + 1))


def _usual(labels: tuple[tuple[str, int], ...]) -> str:
    """The most frequent label; of equals, the latest."""
    return max(reversed(labels), key=lambda entry: entry[1])[0]


def _with_light(lights: tuple[Light, ...], light: Light | None) -> tuple[Light, ...]:
    return lights if light is None or light in lights else (*lights, light)
