"""A worker's report as filing takes it: what its rule knows decides where it goes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from api.doors.sources import CAMERA
from api.life.actors import Actor, Who
from api.places import new_place
from api.schema import CasePlace, EvidenceFile, Report
from api.store.filing import Told
from api.store.merging import shares_of

URGENT = "A"
"""The grade (紧急) that makes a report urgent, whatever its label."""


def told_of(report: Report, digest: str, body: Mapping[str, Any]) -> Told:
    """What a report tells of.

    Raises:
        NotInChina: a place is elsewhere.
    """
    camera = report.place.camera_id
    return Told(
        violation_id=report.violation_id,
        digest=digest,
        body=body,
        kind=report.kind,
        label=report.label,
        place=place_of(report),
        seen_at=report.last_seen,
        evidence=report.evidence,
        actor=Actor(camera, frozenset({Who.WORKER})),
        source=CAMERA,
        verify=report.confirm_before_filing,
        box=shares_of(dict(body)),
        zone=report.zone_kind,
        urgent=report.severity == URGENT,
    )


def told_of_alarm(
    violation_id: UUID, digest: str, body: Mapping[str, Any], last_seen: datetime
) -> Told:
    """What a maker's alarm told of that waited for a shop, by the body that it was kept with."""
    filing = body["filing"]
    return Told(
        violation_id=violation_id,
        digest=digest,
        body=body,
        kind=filing["kind"],
        label=body["label"],
        place=CasePlace.model_validate(filing["place"]),
        seen_at=last_seen,
        evidence=tuple(EvidenceFile.model_validate(file) for file in body["evidence"]),
        actor=Actor(body["source"], frozenset({Who.INTEGRATOR})),
        source=body["source"],
        standard=filing["standard"],
        kept=True,
        code=body["service_code"],
    )


def place_of(report: Report) -> CasePlace:
    """Where it is: the spot itself where the worker knows it, else where its camera stands.

    Raises:
        NotInChina: a place is elsewhere.
    """
    place = report.place
    if report.spot is not None:
        place = place.model_copy(update=report.spot.model_dump())
    if report.component_code is not None:
        place = place.model_copy(update={"component_id": report.component_code})
    return new_place(place)
