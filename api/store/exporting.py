"""Reads cases for an export: a batch at a time, so that neither memory nor a lock grows."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.doors.sources import CAMERA, Sources
from api.export.columns import Line
from api.finding import CaseFilter
from api.life.words import STATE_NAMES
from api.schema.life import Action, CaseStatus
from api.store.asking import conditions
from api.store.component_tables import ComponentClassRow
from api.store.engine import Store
from api.store.life_tables import CaseHistoryRow, CaseStandardRow
from api.store.merge_tables import AddressRow, WitnessRow
from api.store.models import CaseRow, CategoryRow, EvidenceRow, ReportRow
from api.store.timer_tables import TimerRow

_BATCH = 1000
_STAGES = {
    Action.VERIFY.value: 1,
    Action.FINISH.value: 2,
    Action.PASS.value: 3,
    Action.FAIL.value: 3,
    Action.HAND_CHECK.value: 3,
}
"""Which of the four medias (上报, 核实, 处置, 核查) an action's pictures are."""

_HANDLE = "handle"
_WATCHING = tuple(
    action.value
    for action in (
        Action.FILE, Action.VERIFY, Action.REGISTER, Action.PASS, Action.FAIL, Action.HAND_CHECK,
    )
)  # fmt: skip
"""What a 监督员 does: 信息采集, 核实, 立案 and 核查 are the supervision centre's, 处置 is not."""


def lines(store: Store, wanted: CaseFilter, sources: Sources, root: str) -> Iterator[Line]:
    """The cases that a filter wants, oldest first.

    Args:
        root: what addresses of evidence begin with.
    """
    last = 0
    while True:
        with store.reading() as session:
            rows = session.execute(_query(session, wanted, last)).all()
            if not rows:
                return
            batch = list(_lines(session, rows, wanted.now, sources, root))
        # Outside of the session: a slow reader holds nothing in the store.
        yield from batch
        last = rows[-1].id


def _query(session: Session, wanted: CaseFilter, last: int) -> Any:
    return (
        select(
            CaseRow.id,
            CaseRow.number,
            CaseRow.received_at,
            CaseRow.status,
            CaseRow.source,
            CaseRow.department,
            CaseRow.due_at,
            CaseRow.closed_at,
            CaseRow.street,
            CaseRow.community,
            CaseRow.postponed,
            CaseRow.reworks,
            CaseRow.longitude,
            CaseRow.latitude,
            CaseRow.grid,
            CaseRow.component_id,
            AddressRow.text.label("address"),
            CategoryRow.type,
            CategoryRow.code,
            CategoryRow.name_zh,
            CaseStandardRow.type.label("own_type"),
            CaseStandardRow.code.label("own_code"),
            CaseStandardRow.name_zh.label("own_name"),
            ComponentClassRow.code.label("class_code"),
            ComponentClassRow.name_zh.label("class_name"),
            CaseStandardRow.condition_zh,
        )
        .join(
            CategoryRow,
            (CategoryRow.version == CaseRow.catalogue_version) & (CategoryRow.kind == CaseRow.kind),
        )
        .outerjoin(
            CaseStandardRow,
            (CaseStandardRow.version == CaseRow.catalogue_version)
            & (CaseStandardRow.kind == CaseRow.kind)
            & (CaseStandardRow.standard == CaseRow.standard),
        )
        .outerjoin(
            ComponentClassRow,
            (ComponentClassRow.version == CaseRow.component_class_version)
            & (ComponentClassRow.service_code == CaseRow.service_code),
        )
        .outerjoin(AddressRow, AddressRow.id == CaseRow.address_id)
        .where(CaseRow.id > last, *conditions(session, wanted))
        .order_by(CaseRow.id)
        .limit(_BATCH)
    )


def _lines(
    session: Session, rows: Sequence[Any], now: datetime, sources: Sources, root: str
) -> Iterator[Line]:
    ids = [row.id for row in rows]
    said = _said(session, [row.id for row in rows if row.source != CAMERA])
    medias = _medias(session, ids, root)
    late, due, watchers = (
        _late(session, ids, now),
        _handled_by(session, ids),
        _watchers(session, ids),
    )
    for row in rows:
        source = sources.sources.get(row.source)
        yield Line(
            number=row.number,
            received_at=row.received_at,
            type=row.own_type or row.type,
            code=row.class_code or row.own_code or row.code,
            name_zh=row.class_name or row.own_name or row.name_zh,
            source_zh=row.source if source is None else source.name_zh,
            description=said.get(row.id) or row.condition_zh or "",
            stage_zh=STATE_NAMES[CaseStatus(row.status)][0],
            department=row.department,
            due_at=due.get(row.id, row.due_at),
            closed_at=row.closed_at,
            area=None,
            street=row.street,
            community=row.community,
            address=row.address or "",
            watcher=watchers.get(row.id),
            postponed=row.postponed,
            reworks=row.reworks,
            overtime=row.id in late,
            longitude=row.longitude,
            latitude=row.latitude,
            grid=row.grid,
            component_id=row.component_id,
            medias=medias[row.id],
        )


def _said(session: Session, ids: list[int]) -> dict[int, str]:
    """What those who told of these cases said."""
    if not ids:
        return {}
    query = (
        select(CaseRow.id, ReportRow.body)
        .join(ReportRow, ReportRow.violation_id == CaseRow.violation_id)
        .where(CaseRow.id.in_(ids))
    )
    return {case_id: body.get("description", "") for case_id, body in session.execute(query)}


def _late(session: Session, ids: list[int], now: datetime) -> set[int]:
    """Those of which a stage ended, or is, past its limit."""
    query = select(TimerRow.case_id).where(
        TimerRow.case_id.in_(ids), or_(TimerRow.lapsed, TimerRow.deadline < now)
    )
    return set(session.scalars(query))


def _handled_by(session: Session, ids: list[int]) -> dict[int, datetime]:
    """Until when each was, or is, to be dealt with (处置), for those that came so far.

    A timer that stands still (挂账) has no deadline until it runs again.
    """
    query = (
        select(TimerRow)
        .where(TimerRow.case_id.in_(ids), TimerRow.stage == _HANDLE)
        .order_by(TimerRow.number)
    )
    ends = {
        row.case_id: row.deadline if row.ended_at is None else row.last_deadline
        for row in session.scalars(query)
    }
    return {case_id: end for case_id, end in ends.items() if end is not None}


def _watchers(session: Session, ids: list[int]) -> dict[int, str]:
    """The 监督员 of each: whoever of the watching side (not the department) dealt with it last.

    People who verified, registered or checked it; a collector who filed it.
    """
    query = (
        select(CaseHistoryRow.case_id, CaseHistoryRow.by)
        .where(CaseHistoryRow.case_id.in_(ids), CaseHistoryRow.action.in_(_WATCHING))
        .where(CaseHistoryRow.by_kind == "person", CaseHistoryRow.by != "")
        .order_by(CaseHistoryRow.id)
    )
    return {row.case_id: row.by for row in session.execute(query)}


def _medias(session: Session, ids: list[int], root: str) -> dict[int, tuple[str, str, str, str]]:
    """Addresses of each case's files: of reporting, verifying, handling and checking."""
    found: dict[int, tuple[list[str], ...]] = defaultdict(lambda: ([], [], [], []))
    reported = (
        select(WitnessRow.case_id, EvidenceRow.sha256)
        .join(EvidenceRow, EvidenceRow.violation_id == WitnessRow.violation_id)
        .where(WitnessRow.case_id.in_(ids), EvidenceRow.sighting.is_(None))
        .order_by(EvidenceRow.id)
    )
    for case_id, sha256 in session.execute(reported):
        found[case_id][0].append(sha256)
    steps = (
        select(CaseHistoryRow.case_id, CaseHistoryRow.action, CaseHistoryRow.fields)
        .where(CaseHistoryRow.case_id.in_(ids), CaseHistoryRow.action.in_(_STAGES))
        .order_by(CaseHistoryRow.id)
    )
    for case_id, action, fields in session.execute(steps):
        found[case_id][_STAGES[action]].extend(_pictures(fields))
    said: dict[int, tuple[str, str, str, str]] = {}
    for case_id in ids:
        cells = ["\n".join(f"{root}/v1/evidence/{one}" for one in part) for part in found[case_id]]
        said[case_id] = (cells[0], cells[1], cells[2], cells[3])
    return said


def _pictures(fields: Any) -> list[str]:
    given = json.loads(fields) if isinstance(fields, str) else fields
    return [str(sha256) for sha256 in given.get("pictures", ())]
