"""Seals evidence: each report's and sighting's manifest becomes a link of the chain."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, or_, select
from sqlalchemy.orm import Session

from api.manifest import GENESIS, Source, link_hash, manifest_of
from api.store.chain_tables import LinkRow
from api.store.engine import Store, take_numbers
from api.store.inserting import New, insert_rows
from api.store.line_tables import CameraRow
from api.store.merge_tables import WitnessRow
from api.store.models import CaseRow, EvidenceRow, ReportRow, SightingRow, WorkerRow
from api.store.rectify_tables import RectificationReportRow, RectificationRow

COUNTER = "evidence chain"
File = tuple[int, str, str, str, int, datetime]


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link: note it elsewhere, and nothing before it can be changed unseen."""

    number: int
    hash: str


_HASH = select(LinkRow.hash).where(LinkRow.number == bindparam("number"))
_HEARD = (
    select(CameraRow.camera_id, WorkerRow.heard_at, WorkerRow.body)
    .join(CameraRow, CameraRow.worker == WorkerRow.worker)
    .where(CameraRow.camera_id.in_(bindparam("cameras", expanding=True)))
)


def seal(session: Session, sources: Sequence[Source], now: datetime) -> None:
    """Append the manifests of what reports, or sightings of them, just brought.

    Call it last in the transaction: the chain stays locked until the commit, since its order is
    the order of commits. A few plain statements, for it is done with every report.
    """
    if not sources:
        return
    offsets = _clock_offsets(session, {_camera(source) for source in sources})
    manifests = []
    for source in sources:
        sighting = 0 if source.sighting is None else source.sighting["number"]
        of = {"violation_id": UUID(source.violation_id), "sighting": sighting}
        offset = offsets.get(_camera(source))
        manifests.append((manifest_of(replace(source, clock_offset_s=offset)), of))
    append_all(session, manifests, now)


def append(session: Session, manifest: str, now: datetime, **of: Any) -> None:
    """Append a manifest to the chain; `of` says what it is of, as `LinkRow` has it."""
    append_all(session, [(manifest, of)], now)


def append_all(
    session: Session, manifests: Sequence[tuple[str, dict[str, Any]]], now: datetime
) -> None:
    """Append manifests in their order, each with what it is of."""
    numbers = take_numbers(session, COUNTER, len(manifests))
    previous = session.connection().scalar(_HASH, {"number": numbers.start - 1}) or GENESIS
    links = []
    for number, (manifest, of) in zip(numbers, manifests, strict=True):
        link = {
            "number": number,
            "violation_id": None,
            "sighting": 0,
            "kind": "report",
            "ref": None,
            "case_id": None,
            "sealed_at": now,
            "manifest": manifest,
            "previous": previous,
            "hash": link_hash(number, previous, now, manifest),
        } | of
        links.append(New(LinkRow, link))
        previous = link["hash"]
    insert_rows(session, links)


def seal_kept(session: Session, violation_id: UUID, number: int, now: datetime) -> None:
    """Append the manifest of a sighting (or, 0, a report) that was just kept, with its files."""
    session.flush()
    (source,) = sources(session, [(violation_id, number)]).values()
    seal(session, [source], now)


def head(store: Store) -> Head:
    """The newest link, number 0 where nothing was sealed yet."""
    with store.reading() as session:
        row = session.scalar(select(LinkRow).order_by(LinkRow.number.desc()).limit(1))
        return Head(0, GENESIS) if row is None else Head(row.number, row.hash)


def manifests(store: Store, case_id: int) -> tuple[LinkRow, ...]:
    """The links of a case, oldest first."""
    told = select(WitnessRow.violation_id).where(WitnessRow.case_id == case_id)
    query = (
        select(LinkRow)
        .where(or_(LinkRow.violation_id.in_(told), LinkRow.case_id == case_id))
        .order_by(LinkRow.number)
    )
    with store.reading() as session:
        return tuple(session.scalars(query))


def links(session: Session, page: int = 500) -> Iterator[list[Row[Any]]]:
    """The whole chain in order, a page at a time, as plain rows."""
    after = 0
    columns = LinkRow.__table__.c
    while rows := list(
        session.execute(
            select(*columns).where(LinkRow.number > after).order_by(LinkRow.number).limit(page)
        )
    ):
        yield rows
        after = rows[-1].number


def sources(session: Session, wanted: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], Source]:
    """What the manifests of these (violation, sighting or 0) are made of, as the store has it now.

    What is not there is left out.
    """
    ids = {violation_id for violation_id, _ in wanted}
    reports = {
        row.violation_id: row
        for row in session.scalars(select(ReportRow).where(ReportRow.violation_id.in_(ids)))
    }
    cases = {
        row.violation_id: (row.number, row.catalogue_version)
        for row in session.execute(
            select(WitnessRow.violation_id, CaseRow.number, CaseRow.catalogue_version)
            .join(CaseRow, CaseRow.id == WitnessRow.case_id)
            .where(WitnessRow.violation_id.in_(ids))
        )
    }
    # What waited for a shop was sealed before it was a case, if it ever became one.
    filed = dict(cases)
    cases |= {
        row.violation_id: (row.number, "")
        for row in session.execute(
            select(RectificationReportRow.violation_id, RectificationRow.number)
            .join(RectificationRow, RectificationRow.id == RectificationReportRow.rectification_id)
            .where(RectificationReportRow.violation_id.in_(ids))
        )
    }
    files: dict[tuple[UUID, int], list[File]] = {}
    for row in session.scalars(select(EvidenceRow).where(EvidenceRow.violation_id.in_(ids))):
        files.setdefault((row.violation_id, row.sighting or 0), []).append(
            (row.position, row.sha256, row.role, row.media_type, row.size, row.captured_at)
        )
    sightings = {
        (row.violation_id, row.number): row
        for row in session.scalars(select(SightingRow).where(SightingRow.violation_id.in_(ids)))
    }
    return {
        (violation_id, number): _source(
            reports[violation_id],
            sightings.get((violation_id, number)),
            cases[violation_id],
            filed.get(violation_id),
            files.get((violation_id, number), ()),
        )
        for violation_id, number in wanted
        if violation_id in reports
        and violation_id in cases
        and (number == 0 or (violation_id, number) in sightings)
    }


def _source(
    report: ReportRow,
    sighting: SightingRow | None,
    case: tuple[str, str],
    filed: tuple[str, str] | None,
    files: Sequence[File],
) -> Source:
    row = report if sighting is None else sighting
    kept = {"digest": row.digest, "received_at": row.received_at.isoformat()}
    if sighting is not None:
        kept |= {"status": sighting.status, "at": sighting.at.isoformat()}
    return Source(
        case=case[0],
        catalogue=case[1],
        filed=filed,
        violation_id=str(report.violation_id),
        report=report.body,
        sighting=None if sighting is None else sighting.body,
        kept=kept,
        files=files,
    )


def rebuilt(source: Source, manifest: str) -> str:
    """The manifest that the store would give now; the clock's offset is nowhere but in the old.

    What waited for a shop was once sealed when it became a case, and under the case's number.
    """
    sealed = json.loads(manifest)
    source = replace(source, clock_offset_s=sealed["clock"]["offset_s"])
    if source.filed is not None and sealed["case"] == source.filed[0]:
        source = replace(source, case=source.filed[0], catalogue=source.filed[1])
    return manifest_of(source)


def _camera(source: Source) -> str:
    camera: str = source.report.get("place", {}).get("camera_id", "")
    return camera


def _clock_offsets(session: Session, camera_ids: set[str]) -> dict[str, float]:
    """Of each camera whose worker was heard: how far its clock was behind ours, in seconds."""
    heard = session.connection().execute(_HEARD, {"cameras": sorted(camera_ids)})
    return {
        camera_id: round((heard_at - datetime.fromisoformat(body["at"])).total_seconds(), 3)
        for camera_id, heard_at, body in heard
    }
