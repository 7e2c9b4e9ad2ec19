"""Looks for the case that a report is another sight of, inside the transaction that files it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from api.coordinates import around, cells_in
from api.life.machine import TERMINAL
from api.merging import Box, MergingRules, Sight
from api.schema.life import CaseStatus
from api.store.components import class_of, surveyed_at
from api.store.life_tables import CaseStandardRow
from api.store.merge_tables import WitnessRow
from api.store.models import CaseRow, CategoryRow, CounterRow

_LOCK = "merging"
_OVER = tuple(status.value for status in TERMINAL)
_MOST_CELLS = 64


@dataclass(frozen=True, slots=True)
class Found:
    """What a report has to do with the cases that are there.

    Attributes:
        open: the open case that it is another sight of, locked; None: it is a new case.
        distance_m: how far from that case's place it is.
        recurs_of: the case, closed not long ago, that has come back.
    """

    open: CaseRow | None = None
    distance_m: float | None = None
    recurs_of: int | None = None


def lock(session: Session) -> None:
    """Let nobody else decide on merging until this transaction ends.

    Without it, two reports of one thing at once would each see no case, and make two. SQLite has
    one writer at a time anyway. Taken before any other row, so that it cannot close a circle.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    query = update(CounterRow).where(CounterRow.name == _LOCK).values(value=CounterRow.value)
    held = session.execute(query, execution_options={"synchronize_session": False})
    if cast(CursorResult[Any], held).rowcount == 0:
        session.add(CounterRow(name=_LOCK, value=0))
        session.flush()


def find(session: Session, new: Sight, rules: MergingRules, now: datetime) -> Found:
    """The nearest open case that a report is another sight of, or the one that it brings back."""
    near = _near(session, new, rules, now)
    still_open = sorted(
        (distance, row.id)
        for row, distance in near
        if row.status not in _OVER and distance is not None
    )
    for distance, case_id in still_open:
        row = session.scalar(
            select(CaseRow)
            .where(CaseRow.id == case_id, CaseRow.status.not_in(_OVER))
            .with_for_update(of=CaseRow)
            .execution_options(populate_existing=True)
        )
        if row is not None:
            return Found(row, distance)
    closed = [
        row for row, distance in near if row.status == CaseStatus.CLOSED and distance is not None
    ]
    newest = max(closed, key=lambda row: (row.closed_at, row.id), default=None)
    return Found(recurs_of=None if newest is None else newest.id)


def _near(
    session: Session, new: Sight, rules: MergingRules, now: datetime
) -> list[tuple[Any, float | None]]:
    """Cases in reach that are open, or closed not long ago; with their distance if they fit."""
    if new.point is None:
        return []
    cells = cells_in(around(new.point, rules.reach_m(new.code)), _MOST_CELLS)
    assert cells is not None  # noqa: S101 (a kilometre, the most that the rules take, has fewer)
    since = now - rules.recurs_within(new.code)
    query = select(
        CaseRow.id,
        CaseRow.status,
        CaseRow.closed_at,
        CaseRow.service_code,
        CaseRow.longitude,
        CaseRow.latitude,
        CaseRow.urgent,
        CaseRow.component_id,
    ).where(
        CaseRow.cell.in_(cells),
        CaseRow.service_code.in_(rules.alike(new.code)),
        or_(
            CaseRow.status.not_in(_OVER),
            and_(CaseRow.status == CaseStatus.CLOSED.value, CaseRow.closed_at >= since),
        ),
    )
    rows = session.execute(query).all()
    boxes = _boxes(session, new, [row.id for row in rows])
    found: list[tuple[Any, float | None]] = []
    for row in rows:
        is_open = row.status not in _OVER
        old = Sight(
            row.service_code,
            (row.longitude, row.latitude),
            # A hole that comes back is the same hole, whatever was reported of it then.
            row.urgent if is_open else True,
            row.component_id,
            boxes=boxes.get(row.id, ()),
        )
        found.append((row, rules.distance_if_same(new, old)))
    return found


def _boxes(
    session: Session, new: Sight, case_ids: Sequence[int]
) -> dict[int, list[tuple[str, Box]]]:
    """Where this camera saw each case in its picture, as shares of it."""
    if new.box is None or not case_ids:
        return {}
    query = select(WitnessRow).where(
        WitnessRow.case_id.in_(case_ids), WitnessRow.camera_id == new.camera_id
    )
    found: dict[int, list[tuple[str, Box]]] = {}
    for witness in session.scalars(query):
        box = shares_of(witness.report.body)
        if box is not None:
            found.setdefault(witness.case_id, []).append((new.camera_id, box))
    return found


def shares_of(body: dict[str, Any]) -> Box | None:
    """A report's box as shares of its picture; None where no camera drew one."""
    box = body.get("box")
    if box is None:
        return None
    width, height = body["frame_width"], body["frame_height"]
    return box["x0"] / width, box["y0"] / height, box["x1"] / width, box["y1"] / height


def code_of(session: Session, version: str, kind: str, standard: str | None) -> str:
    """The service code of a filing condition, or of its kind where there is none."""
    if standard is not None:
        key = (version, kind, standard)
        condition = session.get(CaseStandardRow, key)
        if condition is not None:
            return condition.service_code
    category = session.get(CategoryRow, (version, kind))
    return "" if category is None else category.service_code


def name_of(session: Session, version: str, kind: str, standard: str | None) -> str:
    """The Chinese name of a filing condition's class, or of its kind where there is none."""
    key = (version, kind, standard)
    condition = None if standard is None else session.get(CaseStandardRow, key)
    if condition is not None:
        return condition.name_zh
    category = session.get(CategoryRow, (version, kind))
    return kind if category is None else category.name_zh


def follow_code(session: Session, row: CaseRow, _made: object) -> None:
    """Follower: another filing condition may be of another class."""
    filed = code_of(session, row.catalogue_version, row.kind, row.standard)
    surveyed = surveyed_at(session, filed, None, row.component_id)
    own = class_of(session, filed, surveyed, row.service_code)
    if row.service_code != own.service_code:
        row.service_code = own.service_code
        row.component_class_version = own.version
