"""What one part of the second look says, and how parts are weighed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from pydantic import JsonValue

from detector.violation import Verdict

Name = Literal["detector", "surroundings", "verifier", "vlm"]

WEIGHTS: Mapping[Name, float] = {"detector": 0.5, "surroundings": 0.5, "verifier": 1.0, "vlm": 0.25}
"""What a part weighs. The verifier was trained on the detectors' mistakes; the detector has spoken
before; what a language model says is a word among others."""
DECIDE: frozenset[Name] = frozenset({"detector", "surroundings", "verifier"})
"""Where none of these has a view, there is no decision."""
NEVER_VETOED = frozenset({"cover_missing"})
"""An open hole is filed, whatever a second look says."""
WAITS = timedelta(hours=1)
"""So long a second look may ask for another: then a person had better look."""


@dataclass(frozen=True, slots=True)
class Part:
    """The view of one part.

    Attributes:
        name: whose.
        lean: from 0, it is not, over 0.5 to 1, it is; None: it cannot tell.
        veto: whether it is sure that this is no violation, whatever the others say.
        words_zh: its view in a few words.
        words_en: the same in English.
        evidence: what it stands on, as plain data.
        waits: whether it is to be asked again at the next look, since what it sees will pass.
    """

    name: Name
    lean: float | None
    veto: bool = False
    words_zh: str = ""
    words_en: str = ""
    evidence: Mapping[str, JsonValue] = field(default_factory=dict)
    waits: bool = False


def weigh(parts: Sequence[Part], *, free: bool, label: str | None = None) -> Verdict:
    """One verdict of several views.

    Args:
        parts: at least the views of those that looked.
        free: whether it passes whatever is said: an open hole is never vetoed.
        label: what it is, where that is another than the candidate's.
    """
    said = [(part, part.lean) for part in parts if part.lean is not None]
    total = sum(WEIGHTS[part.name] for part, _ in said)
    score = sum(WEIGHTS[part.name] * lean for part, lean in said) / total if total else None
    passes: bool | None = None if score is None else score >= 0.5
    if not any(part.name in DECIDE for part, _ in said):
        passes = None
    if any(part.veto for part in parts):
        passes = False
    return Verdict(
        passes=True if free else passes,
        score=None if score is None else round(score, 3),
        label=label,
        words_zh="；".join(part.words_zh for part in parts if part.words_zh),
        words_en="; ".join(part.words_en for part in parts if part.words_en),
        evidence={part.name: {"lean": part.lean, **part.evidence} for part in parts},
        pending=any(part.waits for part in parts),
    )
