"""Files what was told of: as a case, or as another sight of one. All within one transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.life.machine import UNDISPATCHED, UNREGISTERED
from api.merging import MergingRules
from api.schema import EvidenceFile
from api.schema.life import CaseStatus
from api.store import merging
from api.store.acting import Outcome, note_event, outcome_of
from api.store.births import Births, Draft, draft
from api.store.chain import seal
from api.store.inserting import insert_rows
from api.store.merge_tables import WitnessRow
from api.store.merging import Found, Nearby
from api.store.models import CaseRow
from api.store.told import Filing as Filing
from api.store.told import Numbering as Numbering
from api.store.told import Terms as Terms
from api.store.told import Told as Told
from api.store.told import evidence_rows, report_row, source_of, witness_row

SIGHTED = "case.sighted"


def file(session: Session, told: Told, terms: Terms, now: datetime) -> tuple[Outcome, bool]:
    """Keep something new that was told, in a transaction that ends soon after.

    Returns:
        the case, and whether it is another sight of one that was there before.
    """
    return file_all(session, [Filing(told, now)], terms)[0]


def file_all(
    session: Session, filings: Sequence[Filing], terms: Terms
) -> list[tuple[Outcome, bool]]:
    """Keep several new things that were told, in their order.

    What many have in common is asked and written once for all. Each is decided by itself all the
    same, in the light of those before it.

    Returns:
        of each, the case, and whether it is another sight of one that was there before.
    """
    merging.lock(session)
    drafts = [draft(session, filing, terms) for filing in filings]
    rules = terms.merging
    near = None if rules is None else _nearby(session, drafts, rules)
    births = Births(session, terms.numbering)
    attached: dict[int, Outcome] = {}
    for place, each in enumerate(drafts):
        found = Found() if near is None else near.find(each.sight, births.write)
        if found.open is not None:
            learnt = _learn(found.open, each.row)
            attached[place] = _attach(session, found.open, each.told, found.distance_m, each.now)
            if learnt and rules is not None:  # what follows must find it as it is now
                births.write()
                near = _nearby(session, drafts, rules)
            continue
        births.add(place, each, found.recurs_of)
        if near is not None:
            near.add(each.row)
    births.write()
    return [
        (attached[place], True) if place in attached else (births.outcomes[place], False)
        for place in range(len(drafts))
    ]


def _nearby(session: Session, drafts: Sequence[Draft], rules: MergingRules) -> Nearby:
    now = max(each.now for each in drafts)
    return Nearby(session, [each.sight for each in drafts], rules, now)


def _learn(row: CaseRow, seen: CaseRow) -> bool:
    """A case that nobody has yet to deal with learns from a later sight which component it is."""
    open_to_it = UNREGISTERED | UNDISPATCHED | {CaseStatus.ACCEPTED}
    learns = row.component_id is None and seen.component_id is not None
    if not learns or row.status not in open_to_it:
        return False
    row.component_id = seen.component_id
    row.service_code = seen.service_code
    row.component_class_version = seen.component_class_version
    return True


def keep_report(session: Session, told: Told, now: datetime) -> None:
    """Keep a report as it came, and say which files it brought."""
    evidence = evidence_rows(told.violation_id, None, told.evidence)
    insert_rows(session, [report_row(told, now), *evidence])


def _attach(
    session: Session, row: CaseRow, told: Told, distance_m: float | None, now: datetime
) -> Outcome:
    if not told.kept:
        keep_report(session, told, now)
    position = session.scalar(
        select(WitnessRow.position)
        .where(WitnessRow.case_id == row.id)
        .order_by(WitnessRow.position.desc())
        .limit(1)
    )
    insert_rows(session, [witness_row(told, row.id, (position or 0) + 1, distance_m, now)])
    row.sighting_count += 1
    row.last_seen = max(row.last_seen, told.seen_at)
    # Somebody sees it: it is not gone, whatever another camera said.
    row.cleared_at = None
    row.thumbnail = row.thumbnail or told.thumbnail
    row.updated_at = now
    note_event(session, row, SIGHTED, now)
    outcome = outcome_of(session, row)
    if not told.kept:  # and sealed then
        seal(session, [source_of(told, row.number, row.catalogue_version, now)], now)
    return outcome


def cite(
    session: Session, violation_id: UUID, sighting: int | None, files: Sequence[EvidenceFile]
) -> None:
    """Say which files a report, or a sighting of it, brought."""
    insert_rows(session, evidence_rows(violation_id, sighting, files))
