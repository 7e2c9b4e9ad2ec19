"""Whether a stall is attended, by a person or by goods, in most of several looks.

One look would take a passer-by for a seller, and a seller who has stepped aside for nobody.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue, TypeAdapter, ValidationError

from detector.look import Sighting
from detector.second_look.near import beside, named, touches
from detector.second_look.part import Part
from detector.violation import Box, Violation

LOOKS = 3
"""At so many looks it is decided at the latest, ..."""
NEEDED = 2
"""... and in so many of them it must be attended: as soon as it cannot turn out otherwise."""
APART = timedelta(seconds=20)
"""Looks that follow sooner say nothing new: who passes by is still there."""
GOODS = frozenset(
    {"bottle", "cup", "bowl", "banana", "apple", "orange", "umbrella", "handbag", "suitcase"}
)
"""COCO's classes that are for sale, or shade what is."""

_Record = list[tuple[datetime, str | None]]
_RECORD: TypeAdapter[_Record] = TypeAdapter(_Record)


def attendance(violation: Violation, near: Callable[[], Sequence[Sighting]]) -> Part:
    """Whether a stall is attended, by the looks so far and, if it is time, one more.

    What earlier looks saw is read from the verdict that they left, so that it outlives a restart.
    Until it is decided the part `waits`, so the candidate is asked about at later looks.

    Args:
        violation: the candidate, seen at the look at hand.
        near: what stands around it now, best first; called only if this look counts.
    """
    looks, now = _record(violation), violation.last_seen
    evidence: dict[str, JsonValue] = {}
    if not looks or now - looks[-1][0] >= APART:
        there = near()
        looks = [*looks, (now, attended_by(violation.box, there))][-LOOKS:]
        evidence["near"] = named(there)
    evidence["looks"] = [[at.isoformat(), what] for at, what in looks]
    seen = [what for _, what in looks if what]
    if len(seen) >= NEEDED:
        lean = round(0.5 + 0.5 * len(seen) / len(looks), 3)
        words = _words("person" in seen, len(seen), len(looks))
        return Part("surroundings", lean, False, *words, evidence=evidence)
    if len(looks) - len(seen) > LOOKS - NEEDED:
        words = "无人看守，也无货物", "nobody is at it and there are no goods"
        return Part("surroundings", 0.0, True, *words, evidence=evidence)
    words = "是否有人看守，待再看", "whether it is attended is looked at again"
    return Part("surroundings", None, False, *words, evidence=evidence, waits=True)


def attended_by(box: Box, near: Sequence[Sighting]) -> str | None:
    """What attends a stall at one look: a `person` within reach, or `goods` on it.

    Args:
        box: where it is, pixels.
        near: what stands around it, best first.
    """
    if any(one.label == "person" and beside(one.box, box) for one in near):
        return "person"
    if any(one.label in GOODS and touches(one.box, box) for one in near):
        return "goods"
    return None


def _record(violation: Violation) -> _Record:
    """What the looks of an undecided verdict saw; nothing where there is none."""
    verdict = violation.verdict
    part = verdict.evidence.get("surroundings") if verdict is not None and verdict.pending else None
    if not isinstance(part, dict):
        return []
    try:
        return _RECORD.validate_python(part.get("looks", []))
    except ValidationError:
        return []


def _words(person: bool, seen: int, looks: int) -> tuple[str, str]:
    if person:
        return f"{looks}次看，{seen}次有人在摊旁", f"somebody was at it in {seen} of {looks} looks"
    return f"{looks}次看，{seen}次摊上有货", f"goods were on it in {seen} of {looks} looks"
