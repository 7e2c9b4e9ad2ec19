"""What follows for reports that wait for a shop: sightings, and the end of the window."""

import logging
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.doors.sources import CAMERA
from api.schema import Report, Sighting, SightingStatus
from api.schema.rectify import Rectification, RectificationPage
from api.store.chain import seal_kept
from api.store.engine import Store
from api.store.errors import Conflict
from api.store.filing import Terms, Told, cite, file
from api.store.models import ReportRow, SightingRow
from api.store.notice_tables import NoticeRow
from api.store.of_reports import told_of, told_of_alarm
from api.store.rectify import FILED, RECTIFIED, WAITING
from api.store.rectify_tables import RectificationReportRow, RectificationRow

log = logging.getLogger(__name__)


def held(session: Session, violation_id: UUID, digest: str | None) -> Rectification | None:
    """What became of a report that waits or waited for a shop and has no case; else None.

    Raises:
        Conflict: the id came before with other content.
    """
    joined = session.get(RectificationReportRow, violation_id)
    if joined is None:
        return None
    row = session.get_one(RectificationRow, joined.rectification_id)
    if digest is not None and session.get_one(ReportRow, violation_id).digest != digest:
        raise Conflict(
            f"violation {violation_id} already waits in {row.number}, from a report with other "
            "content; a violation is reported once, what follows are sightings"
        )
    return view(session, row)


def known_follow_up(
    session: Session, violation_id: UUID, sighting: Sighting, digest: str
) -> Rectification | None:
    """Where a follow-up that came before belongs, or None when it is new here.

    Raises:
        Conflict: the number came before with other content.
    """
    joined = session.get(RectificationReportRow, violation_id)
    known = session.get(SightingRow, (violation_id, sighting.number))
    if joined is None or known is None:
        return None
    if known.digest != digest:
        raise Conflict(f"sighting {sighting.number} of {violation_id} came with other content")
    return view(session, session.get_one(RectificationRow, joined.rectification_id))


def follow_up(
    session: Session, violation_id: UUID, sighting: Sighting, digest: str, now: datetime
) -> Rectification | None:
    """Add a follow-up to a report that has no case; None when it does not wait for a shop.

    The last camera to see it gone within the window ends it: it was put right.
    """
    joined = session.get(RectificationReportRow, violation_id)
    if joined is None:
        return None
    row = session.scalar(
        select(RectificationRow)
        .where(RectificationRow.id == joined.rectification_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    assert row is not None  # noqa: S101 (a foreign key holds it)
    session.add(
        SightingRow(
            violation_id=violation_id,
            number=sighting.number,
            digest=digest,
            status=sighting.status.value,
            at=sighting.at,
            body=sighting.model_dump(mode="json"),
            received_at=now,
        )
    )
    session.flush()
    cite(session, violation_id, sighting.number, sighting.evidence)
    joined.last_seen = max(joined.last_seen, sighting.at)
    if sighting.status is SightingStatus.CLEARED and joined.cleared_at is None:
        joined.cleared_at = sighting.at
        session.flush()
        if row.state == WAITING and not _left(session, row):
            row.state, row.ended_at = RECTIFIED, sighting.at
    seal_kept(session, violation_id, sighting.number, now)
    return view(session, row)


def over(store: Store, violation_id: UUID, now: datetime) -> None:
    """A source says itself that what waits for a shop is over, or was none."""
    with store.writing() as session:
        joined = session.get(RectificationReportRow, violation_id)
        if joined is None or joined.cleared_at is not None:
            return
        row = session.get_one(RectificationRow, joined.rectification_id, with_for_update=True)
        joined.cleared_at = now
        session.flush()
        if row.state == WAITING and not _left(session, row):
            row.state, row.ended_at = RECTIFIED, now


def _left(session: Session, row: RectificationRow) -> list[RectificationReportRow]:
    """The reports whose camera has not seen it gone, oldest first."""
    query = (
        select(RectificationReportRow)
        .join(ReportRow, ReportRow.violation_id == RectificationReportRow.violation_id)
        .where(
            RectificationReportRow.rectification_id == row.id,
            RectificationReportRow.cleared_at.is_(None),
        )
        .order_by(ReportRow.received_at, RectificationReportRow.violation_id)
    )
    return list(session.scalars(query))


def end_windows(store: Store, terms: Terms, now: datetime, most: int = 50) -> int:
    """File what was not put right by the end of its window; how many windows have ended."""
    query = select(RectificationRow.id).where(
        RectificationRow.state == WAITING, RectificationRow.until <= now
    )
    with store.reading() as session:
        found = list(session.scalars(query.order_by(RectificationRow.until).limit(most)))
    return sum(_end(store, one, terms, now) for one in found)


def _end(store: Store, rectification_id: int, terms: Terms, now: datetime) -> bool:
    with store.writing() as session:
        row = session.scalar(
            select(RectificationRow)
            .where(RectificationRow.id == rectification_id)
            .with_for_update()
        )
        if row is None or row.state != WAITING or row.until > now:
            return False
        for joined in _left(session, row):
            outcome, _ = file(session, _told(session, joined), terms, now)
            row.case_id = row.case_id or outcome.case.id
        row.state, row.ended_at = FILED, now
        # What the keeper was told belongs to the case's record from here on.
        session.execute(
            update(NoticeRow)
            .where(NoticeRow.key.startswith(f"rectification {row.number} "))
            .values(case_id=row.case_id)
        )
        log.info("%s was not put right: case %s", row.number, row.case_id)
        return True


def _told(session: Session, joined: RectificationReportRow) -> Told:
    kept = session.get_one(ReportRow, joined.violation_id)
    if joined.source != CAMERA:
        return told_of_alarm(joined.violation_id, kept.digest, kept.body, joined.last_seen)
    report = Report.model_validate(kept.body)
    return replace(told_of(report, kept.digest, kept.body), seen_at=joined.last_seen, kept=True)


def view(session: Session, row: RectificationRow) -> Rectification:
    """As readers see it."""
    reports = session.scalars(
        select(RectificationReportRow.violation_id)
        .where(RectificationReportRow.rectification_id == row.id)
        .order_by(RectificationReportRow.violation_id)
    )
    return Rectification.model_validate(
        {
            "number": row.number,
            "state": row.state,
            "shop": row.shop,
            "service_code": row.service_code,
            "opened_at": row.opened_at,
            "until": row.until,
            "ended_at": row.ended_at,
            "case_id": row.case_id,
            "reports": tuple(reports),
        }
    )


def list_rectifications(
    store: Store, state: str | None, shop: str | None, before: int | None, limit: int
) -> RectificationPage:
    """A page, newest first, from below the cursor `before`."""
    query = select(RectificationRow).order_by(RectificationRow.id.desc()).limit(limit + 1)
    if state is not None:
        query = query.where(RectificationRow.state == state)
    if shop is not None:
        query = query.where(RectificationRow.shop == shop)
    if before is not None:
        query = query.where(RectificationRow.id < before)
    with store.reading() as session:
        rows = list(session.scalars(query))
        items = tuple(view(session, row) for row in rows[:limit])
    return RectificationPage(items=items, next=rows[limit - 1].id if len(rows) > limit else None)
