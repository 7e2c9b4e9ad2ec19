"""From the detector's events to what goes over the wire."""

import json
from collections.abc import Sequence
from typing import Any

from api.schema import BoundingBox, EvidenceFile, Place, Report, Sighting, SightingStatus
from detector.explain import explain
from detector.violation import Change, Event, Violation
from workers.messages import Draft, Message
from workers.picture import Picture

_STATUS = {
    Change.STILL_THERE: SightingStatus.STILL_THERE,
    Change.CLEARED: SightingStatus.CLEARED,
}
SIGHTINGS = frozenset(_STATUS)
"""The changes that follow a report; each becomes a numbered sighting."""


def report(
    violation: Violation, place: Place, frame: Picture, evidence: Sequence[EvidenceFile]
) -> Draft:
    """The one report of a confirmed violation.

    Raises:
        ValueError: the violation is not confirmed.
    """
    if violation.confirmed_at is None:
        raise ValueError(f"violation {violation.id} is not confirmed: it has nothing to report")
    body = Report.model_validate(
        {
            "violation_id": violation.id,
            "kind": violation.kind,
            "label": violation.label,
            "place": place,
            "rule": violation.rule,
            "model": violation.model,
            "first_seen": violation.first_seen,
            "confirmed_at": violation.confirmed_at,
            "last_seen": violation.last_seen,
            "clock": frame.clock.value,
            "score": violation.score,
            "looks": violation.looks,
            "hits": violation.hits,
            "box": _box(violation),
            "frame_width": frame.width,
            "frame_height": frame.height,
            "evidence": tuple(evidence),
            **_reasons(violation, place),
        }
    )
    return Draft(violation.id, body.model_dump_json(), True, tuple(e.sha256 for e in evidence))


def _reasons(violation: Violation, place: Place) -> dict[str, Any]:
    """Why it fired, and what follows for how it is filed."""
    why, reasons, verdict = explain(violation), violation.reasons, violation.verdict
    said: dict[str, Any] = {
        "explanation": {"data": why.data, "text_zh": why.text_zh, "text_en": why.text_en}
    }
    if verdict is not None:
        said["second_look"] = {
            "passes": verdict.passes,
            "score": verdict.score,
            "label": verdict.label,
            "by": str(verdict.evidence.get("by", "")),
            "text_zh": verdict.words_zh,
            "text_en": verdict.words_en,
            "evidence": dict(verdict.evidence),
        }
    if reasons is None:
        return said
    if reasons.position is not None and place.crs is not None:
        longitude, latitude = reasons.position
        said["spot"] = {"longitude": longitude, "latitude": latitude, "crs": place.crs}
    return said | {
        "component_code": reasons.component_code,
        "zone_kind": reasons.zone_kind,
        "severity": reasons.severity,
        "confirm_before_filing": reasons.confirm_before_filing,
    }


def sighting(event: Event, evidence: Sequence[EvidenceFile]) -> Draft:
    """A follow-up to a report; the outbox gives it its number."""
    violation = event.violation
    seen = event.change is Change.STILL_THERE
    body = Sighting(
        number=1,
        status=_STATUS[event.change],
        at=event.at,
        score=violation.score if seen else None,
        box=_box(violation) if seen else None,
        evidence=tuple(evidence),
    )
    return Draft(violation.id, body.model_dump_json(), False, tuple(e.sha256 for e in evidence))


def evidence_of(message: Message) -> list[str]:
    """SHA-256 of each file that a message cites."""
    return [str(file["sha256"]) for file in json.loads(message.body)["evidence"]]


def _box(violation: Violation) -> BoundingBox:
    x0, y0, x1, y1 = violation.box
    return BoundingBox(x0=x0, y0=y0, x1=x1, y1=y1)
