"""What workers tell of: reports become cases, sightings follow. Each is one transaction."""

import contextlib
import hashlib
import json
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from api.doors.sources import CAMERA
from api.schema import Report, Sighting, SightingStatus, Wire
from api.schema.rectify import Rectification
from api.store.acting import Outcome, case_of, note_event, outcome_of
from api.store.chain import seal_kept
from api.store.engine import Store, retry_on_clash
from api.store.errors import Conflict, UnknownCase
from api.store.filing import SIGHTED, Filing, Terms, Told, cite, file_all
from api.store.merge_tables import WitnessRow
from api.store.models import CaseRow, ReportRow, SightingRow
from api.store.of_reports import told_of
from api.store.rectify import hold
from api.store.rectify_tables import RectificationReportRow
from api.store.rectifying import follow_up, held, known_follow_up, view
from api.store.views import case_view

_SEEN = select(ReportRow.violation_id).where(
    ReportRow.violation_id.in_(bindparam("ids", expanding=True))
)
_SEEN_ON_SQLITE = "SELECT 1 FROM reports WHERE violation_id = ?"


def digest_of(document: Wire) -> str:
    """SHA-256 of a document's meaning: neither key order, nor offsets, nor spacing count."""
    return _digest(document.model_dump(mode="json"))


def _digest(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def known_report(store: Store, report: Report) -> Outcome | Rectification | None:
    """The case that this report made before, or where it waits; None when its id is new.

    Raises:
        Conflict: the id came before with other content.
    """
    if not _came_before(store, report.violation_id):
        return None
    with store.reading() as session:
        digest = digest_of(report)
        return known_by_id(session, report.violation_id, digest) or held(
            session, report.violation_id, digest
        )


def _came_before(store: Store, violation_id: UUID) -> bool:
    """Asked of every report, when next to all are new; so on SQLite it is asked of the driver.

    There it takes 13 µs instead of 90, in which nobody else gets a word in.
    """
    if store.engine.dialect.name != "sqlite":
        with store.engine.connect() as connection:
            return connection.scalar(_SEEN, {"ids": [violation_id]}) is not None
    with contextlib.closing(store.engine.raw_connection()) as connection:
        found = connection.cursor().execute(_SEEN_ON_SQLITE, (violation_id.hex,))
        return found.fetchone() is not None


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


def file_report(
    store: Store, report: Report, terms: Terms, now: datetime
) -> Outcome | Rectification:
    """Make a case of a report, or another sight of one, once; or let it wait for a shop.

    Raises:
        Conflict: the id came before with other content.
    """
    return start_filing(store, report, terms, now).result()


def start_filing(
    store: Store, report: Report, terms: Terms, now: datetime
) -> Future[Outcome | Rectification]:
    """As `file_report`, without waiting where others' reports are filed together with it."""
    body = report.model_dump(mode="json")
    told = told_of(report, _digest(body), body)
    return store.write_among(_file_reports, (Filing(told, now), terms))


def done(known: Outcome | Rectification) -> Future[Outcome | Rectification]:
    """What is known already, as what is waited for."""
    future: Future[Outcome | Rectification] = Future()
    future.set_result(known)
    return future


def _file_reports(
    session: Session, wanted: Sequence[tuple[Filing, Terms]]
) -> list[Outcome | Rectification | Exception]:
    """File reports that came at about the same time; repeats are answered from the record."""
    ids = [filing.told.violation_id for filing, _ in wanted]
    seen = set(session.connection().scalars(_SEEN, {"ids": ids}))
    results: dict[int, Outcome | Rectification | Exception] = {}
    fresh: dict[Hashable, list[int]] = {}
    for place, (filing, terms) in enumerate(wanted):
        if filing.told.violation_id in seen:
            continue
        seen.add(filing.told.violation_id)
        # What a person must confirm first is no reason yet to write to a shop.
        told = filing.told
        row = None if told.verify else hold(session, told, terms, filing.now)
        if row is not None:
            results[place] = view(session, row)
        else:
            fresh.setdefault(terms.key, []).append(place)
    for places in fresh.values():
        terms = wanted[places[0]][1]
        filed = file_all(session, [wanted[place][0] for place in places], terms)
        results |= {place: outcome for place, (outcome, _) in zip(places, filed, strict=True)}
    return [
        results[place] if place in results else _answer(session, filing.told)
        for place, (filing, _) in enumerate(wanted)
    ]


def _answer(session: Session, told: Told) -> Outcome | Rectification | Exception:
    """What is on record of a report that came before."""
    try:
        found = known_by_id(session, told.violation_id, told.digest) or held(
            session, told.violation_id, told.digest
        )
    except Conflict as error:
        return error
    assert found is not None  # noqa: S101 (a report is a case's witness, or waits for a shop)
    return found


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
