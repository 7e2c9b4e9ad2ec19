"""Looks for the case that a report is another sight of, inside the transaction that files it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from api.coordinates import around, cells_in
from api.life.machine import TERMINAL
from api.merging import Box, MergingRules, Sight
from api.schema.life import CaseStatus
from api.store.components import class_of, surveyed_at
from api.store.kinds import kinds_of
from api.store.merge_tables import WitnessRow
from api.store.models import CaseRow, CounterRow

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


class Nearby:
    """The cases in reach of some sights, read at once, and those that are made meanwhile."""

    def __init__(
        self, session: Session, sights: Sequence[Sight], rules: MergingRules, now: datetime
    ) -> None:
        self._session = session
        self._rules = rules
        self._now = now
        # Rows as read, and whole ones that are not written yet, which have the same names.
        self._cases: list[Any] = list(_in_reach(session, sights, rules, now))

    def add(self, row: CaseRow) -> None:
        """A case that was made since."""
        self._cases.append(row)

    def find(self, new: Sight, write_made: Callable[[], None] = lambda: None) -> Found:
        """The nearest open case that a sight is another of, or the one that it brings back.

        Args:
            write_made: called before the store is asked about a case that was made meanwhile.
        """
        near = [
            (row, distance) for row in self._cases if (distance := self._fits(new, row)) is not None
        ]
        if not near:
            return Found()
        if any(isinstance(row, CaseRow) for row, _ in near):
            write_made()
        boxes = _boxes(self._session, new, [row.id for row, _ in near])
        near = [
            (row, distance)
            for row, distance in near
            if self._is_same(new, row, boxes.get(row.id, ())) is not None
        ]
        return self._nearest_open(near) or self._newest_closed(near)

    def _fits(self, new: Sight, row: Any) -> float | None:
        """How far away a case is, in metres, if it may be the same by all but its pictures."""
        if row.status in _OVER:
            since = self._now - self._rules.recurs_within(new.code)
            if row.status != CaseStatus.CLOSED or row.closed_at < since:
                return None
        return self._is_same(new, row, ())

    def _is_same(self, new: Sight, row: Any, boxes: Sequence[tuple[str, Box]]) -> float | None:
        if row.longitude is None or row.latitude is None:
            return None
        is_open = row.status not in _OVER
        old = Sight(
            row.service_code,
            (row.longitude, row.latitude),
            # A hole that comes back is the same hole, whatever was reported of it then.
            row.urgent if is_open else True,
            row.component_id,
            boxes=boxes,
        )
        return self._rules.distance_if_same(new, old)

    def _nearest_open(self, near: Sequence[tuple[Any, float]]) -> Found | None:
        still_open = sorted((at, row.id) for row, at in near if row.status not in _OVER)
        for distance, case_id in still_open:
            row = self._session.scalar(
                select(CaseRow)
                .where(CaseRow.id == case_id, CaseRow.status.not_in(_OVER))
                .with_for_update(of=CaseRow)
                .execution_options(populate_existing=True)
            )
            if row is not None:
                return Found(row, distance)
        return None

    def _newest_closed(self, near: Sequence[tuple[Any, float]]) -> Found:
        closed = [row for row, _ in near if row.status == CaseStatus.CLOSED]
        newest = max(closed, key=lambda row: (row.closed_at, row.id), default=None)
        return Found(recurs_of=None if newest is None else newest.id)


def find(session: Session, new: Sight, rules: MergingRules, now: datetime) -> Found:
    """The nearest open case that a report is another sight of, or the one that it brings back."""
    return Nearby(session, [new], rules, now).find(new)


_IN_REACH = select(
    CaseRow.id,
    CaseRow.status,
    CaseRow.closed_at,
    CaseRow.service_code,
    CaseRow.longitude,
    CaseRow.latitude,
    CaseRow.urgent,
    CaseRow.component_id,
).where(
    CaseRow.cell.in_(bindparam("cells", expanding=True)),
    CaseRow.service_code.in_(bindparam("codes", expanding=True)),
    or_(
        CaseRow.status.not_in(_OVER),
        and_(CaseRow.status == CaseStatus.CLOSED.value, CaseRow.closed_at >= bindparam("since")),
    ),
)


def _in_reach(
    session: Session, sights: Sequence[Sight], rules: MergingRules, now: datetime
) -> Sequence[Any]:
    """Cases in the cells around that are open, or closed not long ago."""
    cells: set[int] = set()
    codes: set[str] = set()
    for sight in sights:
        if sight.point is not None:
            around_it = cells_in(around(sight.point, rules.reach_m(sight.code)), _MOST_CELLS)
            # A kilometre, the most that the rules take, has fewer.
            assert around_it is not None  # noqa: S101
            cells.update(around_it)
            codes |= rules.alike(sight.code)
    if not cells:
        return []
    since = now - max(rules.recurs_within(sight.code) for sight in sights)
    what = {"cells": sorted(cells), "codes": sorted(codes), "since": since}
    return session.connection().execute(_IN_REACH, what).all()


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
    known = kinds_of(session, version).get(kind)
    return "" if known is None else known.category_under(standard).service_code


def name_of(session: Session, version: str, kind: str, standard: str | None) -> str:
    """The Chinese name of a filing condition's class, or of its kind where there is none."""
    known = kinds_of(session, version).get(kind)
    return kind if known is None else known.category_under(standard).name_zh


def follow_code(session: Session, row: CaseRow, _made: object) -> tuple[()]:
    """Follower: another filing condition may be of another class."""
    filed = code_of(session, row.catalogue_version, row.kind, row.standard)
    surveyed = surveyed_at(session, filed, None, row.component_id)
    own = class_of(session, filed, surveyed, row.service_code)
    if row.service_code != own.service_code:
        row.service_code = own.service_code
        row.component_class_version = own.version
    return ()
