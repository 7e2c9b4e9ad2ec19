"""What happens to cases: filed, sighted, decided. Each is one transaction, with its event."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.schema import (
    Case,
    CaseStatus,
    EvidenceFile,
    Report,
    Sighting,
    SightingStatus,
    Verdict,
    VerdictRequest,
    Wire,
)
from api.store.engine import Store, retry_on_clash, take_number
from api.store.models import CaseRow, EventRow, EvidenceRow, ReportRow, SightingRow
from api.store.views import case_view

EVENT_COUNTER = "events"
FILED, UPDATED, SIGHTED = "case.filed", "case.updated", "case.sighted"


class CaseError(Exception):
    """What was asked cannot be done to the case."""


class Conflict(CaseError):
    """The key is taken by other content, or the case stands differently."""


class UnknownCase(CaseError):
    """There is no such case, or no such violation."""


class Outdated(CaseError):
    """The case changed since the reader saw it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case after a request, its version, and whether the request was new or a repeat."""

    case: Case
    version: int
    new: bool


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
            camera_id=report.place.camera_id,
            status=CaseStatus.REPORTED.value,
            received_at=now,
            last_seen=report.last_seen,
            updated_at=now,
        )
        session.add(row)
        return _announce(session, row, FILED, now)


@retry_on_clash
def add_sighting(store: Store, violation_id: UUID, sighting: Sighting, now: datetime) -> Outcome:
    """Add a follow-up to a case, once.

    Raises:
        UnknownCase: no report with this id came before.
        Conflict: the number came before with other content.
    """
    with store.writing() as session:
        # Locked first: what is looked up from here on cannot change before the commit.
        row = _case_of(session, CaseRow.violation_id == violation_id, lock=True)
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
        return _announce(session, row, SIGHTED, now)


def known_sighting(store: Store, violation_id: UUID, sighting: Sighting) -> Outcome | None:
    """The case as it stands if this follow-up came before, or None when it is new.

    Raises:
        UnknownCase: no report with this id came before.
        Conflict: the number came before with other content.
    """
    with store.reading() as session:
        return _known_sighting(session, violation_id, sighting)


def _known_sighting(session: Session, violation_id: UUID, sighting: Sighting) -> Outcome | None:
    case = _case_of(session, CaseRow.violation_id == violation_id)
    row = session.get(SightingRow, (violation_id, sighting.number))
    if row is None:
        return None
    if row.digest != digest_of(sighting):
        raise Conflict(f"sighting {sighting.number} of {violation_id} came with other content")
    return Outcome(case_view(case), case.version, new=False)


def _case_of(session: Session, which: ColumnElement[bool], *, lock: bool = False) -> CaseRow:
    query = select(CaseRow).where(which)
    if lock:
        query = query.with_for_update(of=CaseRow)  # SQLite, with one writer, needs and has none
    row = session.scalar(query)
    if row is None:
        raise UnknownCase("no report of it has come")
    return row


@retry_on_clash
def decide(
    store: Store, case_id: int, request: VerdictRequest, versions: set[int] | None, now: datetime
) -> Outcome:
    """Put an operator's verdict on a case; the same verdict again changes nothing.

    Args:
        versions: the versions of the case that the operator may have seen, or None for any.

    Raises:
        UnknownCase: there is no such case.
        Conflict: another verdict stands.
        Outdated: the case is at none of `versions`.
    """
    status = CaseStatus(request.verdict.value)
    reason = request.reason.strip() if request.verdict is Verdict.DISMISSED else None
    with store.writing() as session:
        row = _case_of(session, CaseRow.id == case_id, lock=True)
        if row.status == status and row.dismiss_reason == reason:
            return Outcome(case_view(row), row.version, new=False)
        if row.status != CaseStatus.REPORTED:
            raise Conflict(f"case {row.number} is already {row.status}, by {row.decided_by or '?'}")
        if versions is not None and row.version not in versions:
            raise Outdated(f"case {row.number} is now at version {row.version}; look again")
        row.status = status.value
        row.dismiss_reason = reason
        row.decided_at = row.updated_at = now
        row.decided_by = request.by.strip() or None
        return _announce(session, row, UPDATED, now)


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


def _announce(session: Session, row: CaseRow, kind: str, now: datetime) -> Outcome:
    session.flush()
    # Last in every transaction, since its row stays locked until the commit.
    number = take_number(session, EVENT_COUNTER)
    session.add(EventRow(id=number, type=kind, case_id=row.id, at=now))
    session.flush()
    session.expire(row)
    return Outcome(case_view(row), row.version, new=True)
