"""A worker's report as filing takes it: what its rule knows decides where it goes."""

from collections.abc import Mapping
from typing import Any

from api.doors.sources import CAMERA
from api.life.actors import Actor, Who
from api.places import kept_place
from api.schema import CasePlace, Report
from api.store.filing import Told
from api.store.merging import shares_of

URGENT = "A"
"""The grade (紧急) that makes a report urgent, whatever its label."""


def told_of(report: Report, digest: str, body: Mapping[str, Any]) -> Told:
    """What a report tells of.

    Raises:
        NotInChina: a place's system of coordinates is not defined there.
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


def place_of(report: Report) -> CasePlace:
    """Where it is: the spot itself where the worker knows it, else where its camera stands.

    Raises:
        NotInChina: a place's system of coordinates is not defined there.
    """
    place = report.place
    if report.spot is not None:
        place = place.model_copy(update=report.spot.model_dump())
    if report.component_code is not None:
        place = place.model_copy(update={"component_id": report.component_code})
    return kept_place(place)
