"""What workers tell of: reports become cases, sightings follow. Each is one transaction."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.life.actors import Actor, Who
from api.life.fields import Fields
from api.schema import EvidenceFile, Report, Sighting, SightingStatus, Wire
from api.schema.life import Action
from api.store.acting import Outcome, announce, case_of, note_event, outcome_of, step
from api.store.engine import Store, retry_on_clash, take_number
from api.store.errors import Conflict
from api.store.models import CaseRow, EvidenceRow, ReportRow, SightingRow
from api.store.standards import default_standard
from api.store.views import case_view

SIGHTED = "case.sighted"


@dataclass(frozen=True, slots=True)
class Numbering:
    """How cases are numbered: by district and by that place's days."""

    district: str
    zone: ZoneInfo


def digest_of(document: Wire) -> str:
    """SHA-256 of a document's meaning: neither key order, nor offsets, nor spacing count."""
    text = json.dumps(document.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def known_report(store: Store, report: Report) -> Outcome | None:
    """The case that this report made before, or None when its id is new.

    Raises:
        Conflict: the id came before with other content.
    """
    with store.reading() as session:
        return _known(session, report)


def _known(session: Session, report: Report) -> Outcome | None:
    row = session.scalar(select(CaseRow).where(CaseRow.violation_id == report.violation_id))
    if row is None:
        return None
    if row.report.digest != digest_of(report):
        raise Conflict(
            f"violation {report.violation_id} is already case {row.number}, from a report with "
            "other content; a violation is reported once, what follows are sightings"
        )
    return Outcome(case_view(row), row.version, new=False)


@retry_on_clash
def file_report(
    store: Store, report: Report, catalogue_version: str, numbering: Numbering, now: datetime
) -> Outcome:
    """Make a case of a report, once.

    Raises:
        Conflict: the id came before with other content.
    """
    with store.writing() as session:
        known = _known(session, report)
        if known is not None:
            return known
        session.add(
            ReportRow(
                violation_id=report.violation_id,
                digest=digest_of(report),
                body=report.model_dump(mode="json"),
                received_at=now,
            )
        )
        session.flush()
        _cite(session, report.violation_id, None, report.evidence)
        day = now.astimezone(numbering.zone).strftime("%Y%m%d")
        serial = take_number(session, f"case {numbering.district} {day}")
        row = CaseRow(
            number=f"{numbering.district}-{day}-{serial:05d}",
            violation_id=report.violation_id,
            catalogue_version=catalogue_version,
            kind=report.kind,
            standard=default_standard(session, catalogue_version, report.kind, report.label),
            camera_id=report.place.camera_id,
            received_at=now,
            last_seen=report.last_seen,
            updated_at=now,
        )
        worker = Actor(report.place.camera_id, frozenset({Who.WORKER}))
        return announce(session, row, step(session, row, Action.FILE, worker, Fields(), now))


@retry_on_clash
def add_sighting(store: Store, violation_id: UUID, sighting: Sighting, now: datetime) -> Outcome:
    """Add a follow-up to a case, once.

    Raises:
        UnknownCase: no report with this id came before.
        Conflict: the number came before with other content.
    """
    with store.writing() as session:
        # Locked first: what is looked up from here on cannot change before the commit.
        row = case_of(session, CaseRow.violation_id == violation_id, lock=True)
        known = _known_sighting(session, violation_id, sighting)
        if known is not None:
            return known
        session.add(
            SightingRow(
                violation_id=violation_id,
                number=sighting.number,
                digest=digest_of(sighting),
                status=sighting.status.value,
                at=sighting.at,
                body=sighting.model_dump(mode="json"),
                received_at=now,
            )
        )
        session.flush()
        _cite(session, violation_id, sighting.number, sighting.evidence)
        if sighting.status is SightingStatus.STILL_THERE:
            row.last_seen = max(row.last_seen, sighting.at)
        elif sighting.status is SightingStatus.CLEARED and row.cleared_at is None:
            row.cleared_at = sighting.at
        row.updated_at = now
        note_event(session, row, SIGHTED, now)
        return outcome_of(session, row)


def known_sighting(store: Store, violation_id: UUID, sighting: Sighting) -> Outcome | None:
    """The case as it stands if this follow-up came before, or None when it is new.

    Raises:
        UnknownCase: no report with this id came before.
        Conflict: the number came before with other content.
    """
    with store.reading() as session:
        return _known_sighting(session, violation_id, sighting)


def _known_sighting(session: Session, violation_id: UUID, sighting: Sighting) -> Outcome | None:
    case = case_of(session, CaseRow.violation_id == violation_id)
    row = session.get(SightingRow, (violation_id, sighting.number))
    if row is None:
        return None
    if row.digest != digest_of(sighting):
        raise Conflict(f"sighting {sighting.number} of {violation_id} came with other content")
    return Outcome(case_view(case), case.version, new=False)


def _cite(
    session: Session, violation_id: UUID, sighting: int | None, files: tuple[EvidenceFile, ...]
) -> None:
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
