"""Seals, at an upgrade, what earlier versions left unsealed: as it stands on that day."""

from datetime import datetime

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from api.store.chain import seal, sources
from api.store.chain_tables import LinkRow
from api.store.models import CounterRow, ReportRow, SightingRow
from api.store.seals import KINDS, seal_row, unsealed

_DONE = "sealed since"


def seal_once(session: Session, now: datetime) -> None:
    """Do it, the first time that a store is opened by a program that seals all of this.

    Never again: what is not sealed after that was slipped in, and `verify` says so.
    """
    if session.get(CounterRow, _DONE) is None:
        seal_what_is_not(session, now)
        session.add(CounterRow(name=_DONE, value=1))


def seal_what_is_not(session: Session, now: datetime) -> None:
    """Append links for reports, sightings, pictures, steps and snapshots that have none."""
    sealed = select(LinkRow.number).where(
        LinkRow.violation_id == ReportRow.violation_id, LinkRow.sighting == 0
    )
    reports = select(ReportRow.violation_id).where(~sealed.exists()).order_by(ReportRow.received_at)
    wanted = [(violation_id, 0) for violation_id in session.scalars(reports)]
    sealed = select(LinkRow.number).where(
        LinkRow.violation_id == SightingRow.violation_id, LinkRow.sighting == SightingRow.number
    )
    sightings = (
        select(SightingRow.violation_id, SightingRow.number)
        .where(~sealed.exists())
        .order_by(SightingRow.received_at)
    )
    wanted += [(row.violation_id, row.number) for row in session.execute(sightings)]
    for key in wanted:
        for source in sources(session, [key]).values():
            seal(session, [source], now)
    for kind in KINDS:
        for row in unsealed(session, kind, true()):
            seal_row(session, kind, row, now)
