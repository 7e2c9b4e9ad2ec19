"""What workers tell of: reports become cases, sightings follow. Each is one transaction."""

import hashlib
import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.doors.sources import CAMERA
from api.schema import Report, Sighting, SightingStatus, Wire
from api.schema.rectify import Rectification
from api.store.acting import Outcome, case_of, note_event, outcome_of
from api.store.chain import seal_kept
from api.store.engine import Store, retry_on_clash
from api.store.errors import Conflict, UnknownCase
from api.store.filing import SIGHTED, Terms, cite, file
from api.store.merge_tables import WitnessRow
from api.store.models import CaseRow, ReportRow, SightingRow
from api.store.of_reports import told_of
from api.store.rectify import hold
from api.store.rectify_tables import RectificationReportRow
from api.store.rectifying import follow_up, held, known_follow_up, view
from api.store.views import case_view


def digest_of(document: Wire) -> str:
    """SHA-256 of a document's meaning: neither key order, nor offsets, nor spacing count."""
    text = json.dumps(document.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def known_report(store: Store, report: Report) -> Outcome | Rectification | None:
    """The case that this report made before, or where it waits; None when its id is new.

    Raises:
        Conflict: the id came before with other content.
    """
    with store.reading() as session:
        digest = digest_of(report)
        return known_by_id(session, report.violation_id, digest) or held(
            session, report.violation_id, digest
        )


def known_by_id(session: Session, violation_id: UUID, digest: str | None) -> Outcome | None:
    """The case that a report belongs to, or None when its id is new; None as digest takes any.

    Raises:
        Conflict: the id came before with other content.
    """
    row = session.scalar(select(CaseRow).where(_told_of_by(violation_id)))
    if row is None:
        return None
    kept = session.get_one(ReportRow, violation_id)
    if digest is not None and kept.digest != digest:
        raise Conflict(
            f"violation {violation_id} is already case {row.number}, from a report with "
            "other content; a violation is reported once, what follows are sightings"
        )
    return Outcome(case_view(row), row.version, new=False)


@retry_on_clash
def file_report(
    store: Store, report: Report, terms: Terms, now: datetime
) -> Outcome | Rectification:
    """Make a case of a report, or another sight of one, once; or let it wait for a shop.

    Raises:
        Conflict: the id came before with other content.
    """
    digest = digest_of(report)
    told = told_of(report, digest, report.model_dump(mode="json"))

    def work(session: Session) -> Outcome | Rectification:
        known = known_by_id(session, report.violation_id, digest)
        if known is not None:
            return known
        waits = held(session, report.violation_id, digest)
        if waits is not None:
            return waits
        # What a person must confirm first is no reason yet to write to a shop.
        row = None if told.verify else hold(session, told, terms, now)
        return file(session, told, terms, now)[0] if row is None else view(session, row)

    return store.write(work)


@retry_on_clash
def add_sighting(
    store: Store, violation_id: UUID, sighting: Sighting, now: datetime
) -> Outcome | Rectification:
    """Add a follow-up to a case, or to a report that waits for a shop, once.

    Raises:
        UnknownCase: no report with this id came before.
        Conflict: the number came before with other content.
    """

    def work(session: Session) -> Outcome | Rectification:
        # Locked first: what is looked up from here on cannot change before the commit.
        try:
            row = case_of(session, _told_of_by(violation_id), lock=True)
        except UnknownCase:
            digest = digest_of(sighting)
            waits = known_follow_up(session, violation_id, sighting, digest) or follow_up(
                session, violation_id, sighting, digest, now
            )
            if waits is None:
                raise
            return waits
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
        cite(session, violation_id, sighting.number, sighting.evidence)
        if sighting.status is SightingStatus.STILL_THERE:
            row.last_seen = max(row.last_seen, sighting.at)
            row.sighting_count += 1
        elif sighting.status is SightingStatus.CLEARED:
            _cleared(session, row, violation_id, sighting.at)
        row.updated_at = now
        note_event(session, row, SIGHTED, now)
        seal_kept(session, violation_id, sighting.number, now)
        return outcome_of(session, row)

    return store.write(work)


def known_sighting(
    store: Store, violation_id: UUID, sighting: Sighting
) -> Outcome | Rectification | None:
    """The case as it stands if this follow-up came before, or None when it is new.

    Raises:
        UnknownCase: no report with this id came before.
        Conflict: the number came before with other content.
    """
    with store.reading() as session:
        try:
            return _known_sighting(session, violation_id, sighting)
        except UnknownCase:
            if session.get(RectificationReportRow, violation_id) is None:
                raise
            return known_follow_up(session, violation_id, sighting, digest_of(sighting))


def _known_sighting(session: Session, violation_id: UUID, sighting: Sighting) -> Outcome | None:
    case = case_of(session, _told_of_by(violation_id))
    row = session.get(SightingRow, (violation_id, sighting.number))
    if row is None:
        return None
    if row.digest != digest_of(sighting):
        raise Conflict(f"sighting {sighting.number} of {violation_id} came with other content")
    return Outcome(case_view(case), case.version, new=False)


def _cleared(session: Session, row: CaseRow, violation_id: UUID, at: datetime) -> None:
    """One witness sees it gone; the case is clear when every camera that saw it says so."""
    witnesses = session.scalars(
        select(WitnessRow).where(WitnessRow.case_id == row.id, WitnessRow.source == CAMERA)
    ).all()
    for witness in witnesses:
        if witness.violation_id == violation_id and witness.cleared_at is None:
            witness.cleared_at = at
    times = [witness.cleared_at for witness in witnesses]
    if row.cleared_at is None and None not in times:
        row.cleared_at = max(time for time in times if time is not None)


def _told_of_by(violation_id: UUID) -> ColumnElement[bool]:
    """The case that a report made, or was attached to."""
    witness = select(WitnessRow.case_id).where(WitnessRow.violation_id == violation_id)
    return CaseRow.id == witness.scalar_subquery()
