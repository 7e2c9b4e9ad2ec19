"""From rows to what readers see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import object_session

from api.schema import (
    Case,
    CaseBrief,
    CasePlace,
    CaseStatus,
    Category,
    EvidenceRole,
    EvidenceView,
    FilingCondition,
    SightingStatus,
    SightingView,
    WitnessView,
)
from api.schema.cases import CaseComponent
from api.store.beside import NOTHING, Beside, beside
from api.store.component_tables import ComponentClassRow
from api.store.dispatch_tables import ComponentRow
from api.store.life_tables import CaseFileRow, CaseStandardRow
from api.store.merge_tables import WitnessRow
from api.store.models import CaseRow, CategoryRow, EvidenceRow, SightingRow

_AS_REPORTED = (
    "rule",
    "model",
    "confirmed_at",
    "clock",
    "score",
    "looks",
    "hits",
    "box",
    "frame_width",
    "frame_height",
    "zone_kind",
    "severity",
    "explanation",
    "second_look",
)


@dataclass(frozen=True, slots=True)
class Course:
    """What a case is made of, beside its own row.

    Attributes:
        category: its category.
        condition: its filing condition, if it has one.
        bodies: its reports as they came, the first one first.
        witnesses: the same, as readers see them.
        evidence: its files.
        sightings: its follow-ups.
        owned: of a 部件, the surveyed component and whether its owner is known.
        beside: while it waits for a verdict, one that is held, and a snooze of its place.
    """

    category: Category
    condition: FilingCondition | None
    bodies: Sequence[Mapping[str, Any]]
    witnesses: tuple[WitnessView, ...]
    evidence: tuple[EvidenceView, ...]
    sightings: tuple[SightingView, ...] = ()
    owned: Mapping[str, Any] = field(default_factory=dict)
    beside: Beside = NOTHING


def case_view(row: CaseRow) -> Case:
    """A case with its report, its evidence and its follow-ups."""
    numbers = {witness.violation_id: witness.position for witness in row.witnesses}
    files = () if row.status == CaseStatus.REPORTED else row.files  # it has none so early
    course = Course(
        category=category_view(row.filed_as),
        condition=None if row.condition is None else condition_view(row.condition),
        # Not read as a `Report`: one taken before a rule came stays readable without it.
        bodies=[witness.report.body for witness in row.witnesses],
        witnesses=tuple(map(_witness, row.witnesses)),
        evidence=(
            *(_evidence(item, numbers[item.violation_id]) for item in row.evidence),
            *map(_file, files),
        ),
        sightings=tuple(_sighting(item, numbers[item.violation_id]) for item in row.sightings),
        owned=_owned(row),
        beside=beside(object_session(row), [row]).get(row.id, NOTHING),
    )
    return view_of(row, course)


def view_of(row: CaseRow, course: Course) -> Case:
    """A case all of which is in hand."""
    bodies = course.bodies
    place = course.witnesses[0].place
    if row.component_id is not None:
        place = place.model_copy(update={"component_id": row.component_id})
    # Where a camera saw it too, its picture tells more than what was said.
    reported = next((body for body in bodies if body.get("box")), bodies[0])
    return Case(
        **{name: reported.get(name) for name in _AS_REPORTED},
        label=reported["label"],
        first_seen=min(body["first_seen"] for body in bodies),
        place=place,
        **course.owned,
        source=row.source,
        description=bodies[0].get("description", ""),
        urgent=row.urgent,
        version=row.version,
        due_at=row.due_at,
        thumbnail=_thumbnail(row),
        sighting_count=row.sighting_count,
        recurs_of=row.recurs_of,
        witnesses=course.witnesses,
        id=row.id,
        number=row.number,
        violation_id=row.violation_id,
        status=CaseStatus(row.status),
        cleared_at=row.cleared_at,
        kind=row.kind,
        category=course.category,
        condition=course.condition,
        last_seen=row.last_seen,
        received_at=row.received_at,
        dismiss_reason=row.dismiss_reason,
        dismiss_kind=row.dismiss_kind,
        assigned_to=row.assigned_to,
        settling=course.beside.settling,
        snoozed=course.beside.snoozed,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        department=row.department,
        handler=row.handler,
        reworks=row.reworks,
        postponed=row.postponed,
        shelved_at=row.shelved_at,
        shelved_until=row.shelved_until,
        reviewed_by=row.reviewed_by,
        closed_at=row.closed_at,
        evidence=course.evidence,
        sightings=course.sightings,
    )


def _owned(row: CaseRow) -> dict[str, Any]:
    """The surveyed component of a case of a 部件, and whose it is."""
    if not row.service_code.startswith("C-"):
        return {}
    session = object_session(row)
    number = row.component_id
    found = None if session is None or not number else session.get(ComponentRow, number)
    if found is None:
        return {"ownership": "to_verify"}
    places = (w.place for w in row.witnesses if w.place.get("component_id") == number)
    distance = next((place.get("component_distance_m") for place in places), None)
    component = CaseComponent(
        number=found.code,
        category=found.category,
        name=found.name,
        owner=found.owner,
        distance_m=distance,
    )
    return {"ownership": "surveyed", "component": component}


def brief_view(row: CaseRow, now: datetime, around: Beside = NOTHING) -> CaseBrief:
    """A case as lists show it; needs its report, category, condition and address loaded."""
    body = row.report.body
    why = body.get("explanation") or {}
    # The place as columns have it: in WGS 84. What a source sent is for the case itself to tell.
    place = CasePlace(
        camera_id=row.camera_id,
        camera_name=body["place"].get("camera_name", ""),
        address="" if row.address is None else row.address.text,
        longitude=row.longitude,
        latitude=row.latitude,
        street=row.street,
        community=row.community,
        grid=row.grid,
        component_id=row.component_id,
    )
    return CaseBrief(
        id=row.id,
        number=row.number,
        version=row.version,
        violation_id=row.violation_id,
        status=CaseStatus(row.status),
        kind=row.kind,
        label=body["label"],
        category=category_view(row.filed_as),
        source=row.source,
        urgent=row.urgent,
        place=place,
        received_at=row.received_at,
        last_seen=row.last_seen,
        cleared_at=row.cleared_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        department=row.department,
        handler=row.handler,
        sighting_count=row.sighting_count,
        recurs_of=row.recurs_of,
        thumbnail=_thumbnail(row),
        box=body.get("box"),
        frame_width=body.get("frame_width"),
        frame_height=body.get("frame_height"),
        left_s=None if row.due_at is None else (row.due_at - now).total_seconds(),
        score=body.get("score"),
        why_zh=why.get("text_zh", ""),
        why_en=why.get("text_en", ""),
        zone_kind=body.get("zone_kind"),
        severity=body.get("severity"),
        dismiss_kind=row.dismiss_kind,
        assigned_to=row.assigned_to,
        settling=around.settling,
        snoozed=around.snoozed,
    )


def _thumbnail(row: CaseRow) -> str | None:
    return None if row.thumbnail is None else f"/v1/evidence/{row.thumbnail}"


def _evidence(row: EvidenceRow, witness: int) -> EvidenceView:
    return EvidenceView(
        sha256=row.sha256,
        role=EvidenceRole(row.role),
        media_type=row.media_type,
        size=row.size,
        captured_at=row.captured_at,
        url=f"/v1/evidence/{row.sha256}",
        sighting=row.sighting,
        witness=witness,
    )


def _sighting(row: SightingRow, witness: int) -> SightingView:
    return SightingView(
        number=row.number,
        status=SightingStatus(row.status),
        at=row.at,
        received_at=row.received_at,
        witness=witness,
    )


def _file(row: CaseFileRow) -> EvidenceView:
    return EvidenceView.model_validate(
        {
            "sha256": row.sha256,
            "role": "snapshot",
            "media_type": row.media_type,
            "size": row.size,
            "captured_at": row.captured_at,
            "url": f"/v1/evidence/{row.sha256}",
            "usage": row.usage,
        }
    )


def _witness(row: WitnessRow) -> WitnessView:
    return WitnessView(
        number=row.position,
        violation_id=row.violation_id,
        source=row.source,
        place=CasePlace.model_validate(row.place),
        attached_at=row.attached_at,
        distance_m=row.distance_m,
        cleared_at=row.cleared_at,
    )


def category_view(row: CategoryRow | CaseStandardRow | ComponentClassRow) -> Category:
    """A category, or the one that a filing condition puts a case into."""
    return Category(
        scheme=row.scheme,
        type="部件" if row.type == "部件" else "事件",
        code=row.code,
        service_code=row.service_code,
        name_zh=row.name_zh,
        name_en=row.name_en,
    )


def condition_view(row: CaseStandardRow) -> FilingCondition:
    """A filing condition as cases show it."""
    return FilingCondition(
        id=f"{row.kind}.{row.standard}",
        condition_zh=row.condition_zh,
        condition_en=row.condition_en,
        closing_zh=row.closing_zh,
        closing_en=row.closing_en,
        grade=row.grade,
        department=row.department,
        source=row.source,
    )
