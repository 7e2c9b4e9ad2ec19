"""Places: where a rule has something open, and what a look does to it.

Everything here is pure: times are arguments, ids come from the caller.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from detector.boxes import distance, overlap, same_place
from detector.deciding import Judge
from detector.look import Look, Sighting, Sightings, sort_sightings
from detector.muted import Mute, is_muted, still_muted
from detector.place import Place, RuleState, joins, lies_in, open_place, touches
from detector.proof import with_sighting, with_vain_look, with_weak_sighting
from detector.rules import Rule
from detector.scene import CLEAR, SceneView, SecondLook
from detector.violation import Change, Event, Violation

__all__ = ["Place", "RuleState", "advance"]


def advance(
    rule: Rule,
    state: RuleState,
    look: Look,
    new_id: Callable[[], str],
    scene: SceneView = CLEAR,
    second_look: SecondLook | None = None,
    reported: Iterable[Violation] = (),
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
        reported: what other rules of this kind have reported on this camera, and is not over.

    Returns:
        Where it stands now, and what has changed, in the order of the places.
    """
    if state.last_look is not None and look.at <= state.last_look:
        return state, ()
    if not scene.trust:
        return replace(state, last_look=look.at), ()
    look = replace(look, light=scene.light)
    muted, cooling = still_muted(state.muted, look.at), still_muted(state.cooling, look.at)
    judge = Judge(rule, look, scene, second_look, cooling, tuple(reported))
    since = 0.0 if state.judged_at is None else (look.at - state.judged_at).total_seconds()
    seen = sort_sightings(rule, look)
    places, events = _known_places(judge, state.places, seen, since)
    opened, told = _new_places(judge, places, _over(events), seen.strong, muted, new_id)
    over = _over((*events, *told))
    still = tuple(place for place in (*places, *opened) if place.violation.id not in over)
    if rule.cooldown_s:
        until = look.at + timedelta(seconds=rule.cooldown_s)
        gone = [event.violation.box for event in events if event.change is Change.CLEARED]
        cooling = (*cooling, *(Mute(box, until) for box in gone))
    after = RuleState(rule.id, look.at, still, muted, look.at, cooling)
    return after, (*events, *told)


def _over(events: Iterable[Event]) -> frozenset[str]:
    """The violations that are over by these events."""
    ends = (Change.CLEARED, Change.WITHDRAWN)
    return frozenset(event.violation.id for event in events if event.change in ends)


def _known_places(
    judge: Judge, before: Sequence[Place], seen: Sightings, since: float
) -> tuple[list[Place], list[Event]]:
    """What is open, one look further."""
    places, events = list(before), list[Event]()
    found = [_best(judge.rule, place, seen) for place in before]
    for index, place in enumerate(places):
        others = [other for other in places if other is not place]
        places[index], changes = _step(judge, place, found[index], others, seen, since)
        events += [Event(change, places[index].violation, judge.look.at) for change in changes]
    return places, events


def _step(
    judge: Judge,
    place: Place,
    sighting: Sighting | None,
    others: Sequence[Place],
    seen: Sightings,
    since: float,
) -> tuple[Place, tuple[Change, ...]]:
    """One place, one look further."""
    rule, look = judge.rule, judge.look
    if sighting is not None and place.candidate and sighting in seen.weak:
        return judge.after_vain_look(with_weak_sighting(rule, place, sighting, since))
    if sighting is not None:
        if place.violation.suppressed in ("paused", "light"):
            place = replace(place, violation=replace(place.violation, suppressed=None))
        return judge.after_sighting(with_sighting(rule, place, sighting, others, look, since))
    if place.candidate and _nearest(rule, place, seen.paused):
        return replace(place, violation=replace(place.violation, suppressed="paused")), ()
    if not judge.scene.visible(place.violation.box):
        return place, ()
    return judge.after_vain_look(with_vain_look(rule, place, look, since))


def _new_places(
    judge: Judge,
    places: list[Place],
    over: frozenset[str],
    strong: Sequence[Sighting],
    muted: Sequence[Mute],
    new_id: Callable[[], str],
) -> tuple[list[Place], list[Event]]:
    """What is seen where nothing was open; `places` that become a part of it are withdrawn."""
    rule, look = judge.rule, judge.look
    opened, events = list[Place](), list[Event]()
    for sighting in strong:
        near = [p for p in (*places, *opened) if touches(rule, p, sighting.box)]
        inside = [p for p in (*places, *opened) if p not in near and lies_in(p, sighting)]
        there = near + [p for p in inside if p.violation.id not in over]
        live = [p for p in there if p.violation.id not in over]
        parts = [p for p in live if _becomes_part(judge, p, sighting)]
        if len(parts) < len(there) or is_muted(muted, sighting.box, look.at, rule.match_iou):
            continue
        place = open_place(rule, sighting, look, new_id())
        events += [Event(Change.WITHDRAWN, part.violation, look.at) for part in parts]
        events.append(Event(Change.APPEARED, place.violation, look.at))
        place, changes = judge.after_sighting(place)
        events += [Event(change, place.violation, look.at) for change in changes]
        opened.append(place)
    return opened, events


def _becomes_part(judge: Judge, place: Place, sighting: Sighting) -> bool:
    """Whether a suspected piece goes over into the group that it is seen in."""
    section = judge.rule.scattered
    if section is None or sighting.pieces == 1 or place.pieces > 1 or not place.candidate:
        return False
    return section.admits(judge.look.size_of(place.violation.box))


def _best(rule: Rule, place: Place, seen: Sightings) -> Sighting | None:
    """The sighting that shows this place, if any; a strong one before a weak one.

    A candidate is held to its anchor, so that a seller who walks never dwells; a confirmed one
    may be found where it was last seen, too, and what a schedule excuses keeps it open.
    """
    kept = () if place.candidate else seen.paused
    for sightings in ((*seen.strong, *seen.pieces), (*kept, *seen.weak)):
        best = _nearest(rule, place, sightings)
        if best is not None and place.pieces > 1 and best.pieces == 1:
            return replace(best, label=place.violation.label, box=place.violation.box)
        if best is not None:
            return best
    return None


def _nearest(rule: Rule, place: Place, sightings: Sequence[Sighting]) -> Sighting | None:
    def shows(sighting: Sighting) -> bool:
        if place.pieces > 1:
            return joins(place, sighting)
        if place.candidate:
            return same_place(place.anchor, sighting.box, rule.match_iou)
        return touches(rule, place, sighting.box)

    return max(
        (sighting for sighting in sightings if shows(sighting)),
        key=lambda s: (overlap(place.anchor, s.box), -distance(place.anchor, s.box)),
        default=None,
    )
