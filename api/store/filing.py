"""Files what was told of: as a case, or as another sight of one. All within one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from api.coordinates import cell_of
from api.life.actors import SYSTEM, Actor
from api.life.fields import Fields
from api.life.machine import UNDISPATCHED, UNREGISTERED
from api.manifest import Source
from api.merging import MergingRules, Sight
from api.schema import CasePlace, EvidenceFile, EvidenceRole
from api.schema.life import Action, CaseStatus
from api.store import components, merging
from api.store.acting import Outcome, note_event, outcome_of, step
from api.store.chain import seal
from api.store.engine import take_number
from api.store.merge_tables import AddressRow, WitnessRow
from api.store.models import CaseRow, EvidenceRow, ReportRow
from api.store.standards import default_standard
from api.store.views import case_view

SIGHTED = "case.sighted"


@dataclass(frozen=True, slots=True)
class Numbering:
    """How cases are numbered: by district and by that place's days."""

    district: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what cases are filed.

    Attributes:
        catalogue_version: the version of the catalogue.
        numbering: how cases are numbered.
        merging: when a report is another sight of a case; None files each as a case of its own.
    """

    catalogue_version: str
    numbering: Numbering
    merging: MergingRules | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Something that somebody told of, whoever it was.

    Attributes:
        violation_id: its id for ever.
        digest: SHA-256 of its meaning, which tells a repeat from a conflict.
        body: its JSON, as it is kept.
        kind: the catalogue's kind.
        label: the finer word that filing conditions go by.
        place: where, in WGS 84.
        seen_at: when it was last seen.
        evidence: its files, which are in the evidence folder already.
        actor: who files it.
        source: which source, as `sources.yaml` names it.
        standard: its filing condition; None: by its label.
        verify: it needs 核实 before anything else.
        box: where in the picture, as shares.
        kept: its report and its files are in the tables already, and sealed.
        zone: what kind of zone it touches, which filing conditions may go by.
        urgent: it is urgent whatever its label.
        code: the service code that its source named, where one did.
    """

    violation_id: UUID
    digest: str
    body: Mapping[str, Any]
    kind: str
    label: str
    place: CasePlace
    seen_at: datetime
    evidence: Sequence[EvidenceFile]
    actor: Actor
    source: str
    standard: str | None = None
    verify: bool = False
    box: tuple[float, float, float, float] | None = None
    kept: bool = False
    zone: str | None = None
    urgent: bool = False
    code: str | None = None


def file(session: Session, told: Told, terms: Terms, now: datetime) -> tuple[Outcome, bool]:
    """Keep something new that was told, in a transaction that ends soon after.

    Returns:
        the case, and whether it is another sight of one that was there before.
    """
    rules = terms.merging
    if rules is not None:
        merging.lock(session)
    if not told.kept:
        keep_report(session, told, now)
    row, told = _new_row(session, told, terms, now)
    urgent = told.urgent or (rules is not None and rules.is_urgent(row.service_code, told.label))
    row.urgent = urgent
    sight = Sight(
        row.service_code,
        _point(told.place),
        urgent,
        told.place.component_id,
        told.place.camera_id,
        told.box,
    )
    found = merging.Found() if rules is None else merging.find(session, sight, rules, now)
    if found.open is not None:
        _learn(found.open, row)
        attached = _attach(session, found.open, told, found.distance_m, now)
        _seal(session, told, found.open, now)
        return attached, True
    row.recurs_of = found.recurs_of
    made = _make(session, row, told, terms.numbering, now)
    _seal(session, told, row, now)
    return made, False


def _seal(session: Session, told: Told, row: CaseRow, now: datetime) -> None:
    if told.kept:  # and sealed then
        return
    source = Source(
        case=row.number,
        catalogue=row.catalogue_version,
        violation_id=str(told.violation_id),
        report=told.body,
        sighting=None,
        kept={"digest": told.digest, "received_at": now.isoformat()},
        files=[
            (i, file.sha256, file.role.value, file.media_type, file.size, file.captured_at)
            for i, file in enumerate(told.evidence)
        ],
    )
    seal(session, source, now)


def keep_report(session: Session, told: Told, now: datetime) -> None:
    """Keep a report as it came, and say which files it brought."""
    session.add(
        ReportRow(
            violation_id=told.violation_id,
            digest=told.digest,
            body=dict(told.body),
            received_at=now,
        )
    )
    session.flush()
    cite(session, told.violation_id, None, told.evidence)


def _new_row(session: Session, told: Told, terms: Terms, now: datetime) -> tuple[CaseRow, Told]:
    """The case that it would be, and what was told with the component that it is at."""
    standard = told.standard or default_standard(
        session, terms.catalogue_version, told.kind, told.label, told.zone
    )
    filed = merging.code_of(session, terms.catalogue_version, told.kind, standard)
    point = _point(told.place)
    surveyed = components.surveyed_at(session, filed, point, told.place.component_id)
    own = components.class_of(session, filed, surveyed, told.code)
    if surveyed is not None and surveyed.distance_m is not None:
        found = {"component_id": surveyed.number, "component_distance_m": surveyed.distance_m}
        told = replace(told, place=told.place.model_copy(update=found))
    row = CaseRow(
        violation_id=told.violation_id,
        catalogue_version=terms.catalogue_version,
        kind=told.kind,
        standard=standard,
        camera_id=told.place.camera_id,
        received_at=now,
        last_seen=told.seen_at,
        updated_at=now,
        source=told.source,
        service_code=own.service_code,
        component_class_version=own.version,
        longitude=told.place.longitude,
        latitude=told.place.latitude,
        cell=None if point is None else cell_of(point),
        component_id=told.place.component_id,
        grid=told.place.grid,
        street=told.place.street,
        community=told.place.community,
        sighting_count=1,
        reworks=0,
        postponed=0,
        thumbnail=_thumbnail(told.evidence),
    )
    return row, told


def _make(
    session: Session, row: CaseRow, told: Told, numbering: Numbering, now: datetime
) -> Outcome:
    day = now.astimezone(numbering.zone).strftime("%Y%m%d")
    serial = take_number(session, f"case {numbering.district} {day}")
    row.number = f"{numbering.district}-{day}-{serial:05d}"
    row.address_id = _address(session, told.place.address)
    made = step(session, row, Action.FILE, told.actor, Fields(), now)
    witness = _bear_witness(session, row, told, 1, None, now)
    if told.verify:
        made += step(session, row, Action.ASK_VERIFY, SYSTEM, Fields(), now)
    for one in made:
        note_event(session, row, one.event, one.at, one.number)
    session.flush()
    # A case that was just made is all in hand: it need not be read back.
    set_committed_value(row, "witnesses", [witness])
    set_committed_value(row, "sightings", [])
    return Outcome(case_view(row), row.version, new=True)


def _learn(row: CaseRow, seen: CaseRow) -> None:
    """A case that nobody has yet to deal with learns from a later sight which component it is."""
    open_to_it = UNREGISTERED | UNDISPATCHED | {CaseStatus.ACCEPTED}
    if row.component_id is None and seen.component_id is not None and row.status in open_to_it:
        row.component_id = seen.component_id
        row.service_code = seen.service_code
        row.component_class_version = seen.component_class_version


def _attach(
    session: Session, row: CaseRow, told: Told, distance_m: float | None, now: datetime
) -> Outcome:
    position = session.scalar(
        select(WitnessRow.position)
        .where(WitnessRow.case_id == row.id)
        .order_by(WitnessRow.position.desc())
        .limit(1)
    )
    _bear_witness(session, row, told, (position or 0) + 1, distance_m, now)
    row.sighting_count += 1
    row.last_seen = max(row.last_seen, told.seen_at)
    # Somebody sees it: it is not gone, whatever another camera said.
    row.cleared_at = None
    row.thumbnail = row.thumbnail or _thumbnail(told.evidence)
    row.updated_at = now
    note_event(session, row, SIGHTED, now)
    return outcome_of(session, row)


def _bear_witness(
    session: Session,
    row: CaseRow,
    told: Told,
    position: int,
    distance_m: float | None,
    now: datetime,
) -> WitnessRow:
    witness = WitnessRow(
        violation_id=told.violation_id,
        case_id=row.id,
        position=position,
        source=told.source,
        camera_id=told.place.camera_id,
        place=told.place.model_dump(mode="json"),
        attached_at=now,
        distance_m=None if distance_m is None else round(distance_m, 2),
    )
    session.add(witness)
    session.flush()
    return witness


def cite(
    session: Session, violation_id: UUID, sighting: int | None, files: Sequence[EvidenceFile]
) -> None:
    """Say which files a report, or a sighting of it, brought."""
    session.add_all(
        EvidenceRow(
            violation_id=violation_id,
            sighting=sighting,
            position=position,
            sha256=file.sha256,
            role=file.role.value,
            media_type=file.media_type,
            size=file.size,
            captured_at=file.captured_at,
        )
        for position, file in enumerate(files)
    )


def _point(place: CasePlace) -> tuple[float, float] | None:
    if place.longitude is None or place.latitude is None:
        return None
    return place.longitude, place.latitude


def _thumbnail(evidence: Sequence[EvidenceFile]) -> str | None:
    pictures = [file for file in evidence if file.role is not EvidenceRole.CLIP]
    marked = [file for file in pictures if file.role is EvidenceRole.ANNOTATED]
    return next((file.sha256 for file in [*marked, *pictures]), None)


def _address(session: Session, text: str) -> int | None:
    """The number of an address; the same text has one number."""
    if not text:
        return None
    query = select(AddressRow.id).where(AddressRow.text == text)
    known = session.scalar(query)
    if known is not None:
        return known
    try:
        with session.begin_nested():
            session.execute(insert(AddressRow).values(text=text))
    except IntegrityError:
        pass  # another transaction has just written it
    return session.scalar(query)
