"""What a filter asks of cases, as SQL that every engine of ours understands."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    column,
    exists,
    false,
    func,
    or_,
    select,
    union_all,
    values,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from api.coordinates import Bounds, cell_rows
from api.finding import CaseFilter, reach
from api.standards import PREFIX
from api.store.component_tables import ComponentClassRow
from api.store.life_tables import CaseStandardRow
from api.store.merge_tables import AddressRow, WitnessRow
from api.store.models import CaseRow, CategoryRow
from api.store.narrowing import Asked, narrowed
from api.store.notice_tables import NoticeRow

_MOST_ROWS = 400
"""Rows of cells; a box of more, some 200 km, is asked for as one band."""
_DEGREE_M = 111_195.0
_MANY = 1_000
"""Addresses; what more have is common."""
_SPARSE = 3_000
"""Cases among which one has a text; more, and those that have it are listed rather than sought."""
_NUMBER = re.compile(r"[0-9]{6}-[0-9]{8}-[0-9]{5,}")
_Other = aliased(CaseRow)

_AT_THE_SAME_TIME = 10_000
"""So many cases are surely not being made at once."""


def conditions(
    session: Session, wanted: CaseFilter, *, walks: bool = False
) -> list[ColumnElement[bool]]:
    """What a filter asks.

    Args:
        walks: the cases come by another index in any case, in its order.
    """
    within, span = _window(session, wanted)
    asked = [
        *_equalities(session, wanted),
        *_seen_and_told(wanted),
        *_moments(wanted),
        *_places(wanted),
        *_texts(session, wanted.text),
    ]
    return [*within, *narrowed(session, asked, span, walks=walks)]


def _unindexed(attribute: Any) -> Any:
    return func.coalesce(attribute, attribute)


def _one_of(attribute: Any, wanted: Sequence[Any]) -> ColumnElement[bool]:
    # One value keeps the index's order, several need a sort.
    found: ColumnElement[bool] = (
        attribute == wanted[0] if len(wanted) == 1 else attribute.in_(wanted)
    )
    return found


def _equal(name: str, wanted: Sequence[Any]) -> Asked:
    mine: InstrumentedAttribute[Any] = getattr(CaseRow, name)
    return Asked(
        _one_of(mine, wanted),
        _one_of(_unindexed(mine), wanted),
        select(_Other.id).where(_one_of(getattr(_Other, name), wanted)),
        in_order=len(wanted) == 1,
    )


def _equalities(session: Session, wanted: CaseFilter) -> Iterator[Asked]:
    for name, several in (
        ("status", wanted.statuses),
        ("service_code", wanted.service_codes),
        ("source", wanted.sources),
    ):
        if several:
            yield _equal(name, several)
    for name, one in (
        ("street", wanted.street),
        ("community", wanted.community),
        ("department", wanted.department),
        ("assigned_to", wanted.assigned_to),
    ):
        if one is not None:
            yield _equal(name, (one,))
    if wanted.urgent is True:
        yield _equal("urgent", (True,))
    elif wanted.urgent is False:
        yield Asked(CaseRow.urgent.is_(False), _unindexed(CaseRow.urgent).is_(False))
    if wanted.kind is not None:
        yield Asked(CaseRow.kind == wanted.kind, _unindexed(CaseRow.kind) == wanted.kind)
        # A kind has few classes, and they have an index.
        codes = _codes_of(session, wanted.kind)
        yield _equal("service_code", codes) if codes else Asked(false(), false())


def _codes_of(session: Session, kind: str) -> tuple[str, ...]:
    """Every class that cases of a kind were ever filed under."""
    queries = [
        select(table.service_code).where(table.kind == kind)
        for table in (CategoryRow, CaseStandardRow)
    ]
    codes = {code for query in queries for code in session.scalars(query)}
    if any(code.startswith(PREFIX["部件"]) for code in codes):
        # A surveyed component takes its own class.
        codes.update(session.scalars(select(ComponentClassRow.service_code)))
    return tuple(sorted(codes))


def _seen_and_told(wanted: CaseFilter) -> Iterator[Asked]:
    for table, mark, value in (
        (WitnessRow, WitnessRow.camera_id, wanted.camera_id),
        (NoticeRow, NoticeRow.assignment, wanted.chief),
    ):
        if value is not None:
            ids = select(table.case_id).where(mark == value, table.case_id.is_not(None))
            of_it = exists().where(mark == value, table.case_id == CaseRow.id)
            yield Asked(CaseRow.id.in_(ids), of_it, ids)
    if wanted.recurring is not None:
        back = select(_Other.id).where(_Other.recurs_of.is_not(None))
        recurs = _unindexed(CaseRow.recurs_of)
        yield (
            Asked(CaseRow.id.in_(back), recurs.is_not(None), back)
            if wanted.recurring
            else Asked(CaseRow.recurs_of.is_(None), recurs.is_(None))
        )


def _window(session: Session, wanted: CaseFilter) -> tuple[list[ColumnElement[bool]], int | None]:
    """Between which ids cases of the wanted times lie, and how many ids that are.

    Cases are listed by id, newest first: without bounds, a page that is not full would be sought
    among all of them. Numbers and times of receipt run together, but for what several processes
    were at in the same moment.
    """
    if wanted.since is None and wanted.until is None:
        return [], None
    low, high = 0, session.scalar(select(func.max(CaseRow.id))) or 0
    if wanted.since is not None:
        first = _id_at(session, CaseRow.received_at >= wanted.since, CaseRow.received_at.asc())
        if first is None:
            return [false()], 0
        low = first - _AT_THE_SAME_TIME
    if wanted.until is not None:
        last = _id_at(session, CaseRow.received_at < wanted.until, CaseRow.received_at.desc())
        if last is None:
            return [false()], 0
        high = last + _AT_THE_SAME_TIME
    return [CaseRow.id >= low, CaseRow.id <= high], max(0, high - low)


def _id_at(
    session: Session, when: ColumnElement[bool], order: ColumnElement[datetime]
) -> int | None:
    return session.scalar(select(CaseRow.id).where(when).order_by(order).limit(1))


def _moments(wanted: CaseFilter) -> Iterator[Asked]:
    # The times are wrapped, so that no engine walks their index and sorts all that it finds.
    received_at = _unindexed(CaseRow.received_at)
    if wanted.since is not None:
        yield Asked(received_at >= wanted.since, received_at >= wanted.since)
    if wanted.until is not None:
        yield Asked(received_at < wanted.until, received_at < wanted.until)
    due_at = _unindexed(CaseRow.due_at)
    if wanted.overdue is True:
        late = select(_Other.id).where(_Other.due_at < wanted.now)
        yield Asked(CaseRow.id.in_(late), due_at < wanted.now, late)
    elif wanted.overdue is False:
        on_time = or_(due_at.is_(None), due_at >= wanted.now)
        yield Asked(on_time, on_time)


def _places(wanted: CaseFilter) -> Iterator[Asked]:
    box = reach(wanted)
    if box is None:
        return
    inside = and_(
        _unindexed(CaseRow.longitude).between(box.west, box.east),
        _unindexed(CaseRow.latitude).between(box.south, box.north),
    )
    ids = _in_cells(box)
    yield Asked(CaseRow.id.in_(ids), inside, ids, listed=20_000)
    if wanted.center is not None:
        # Within 50 km the Earth is flat enough: the error is below a thousandth.
        longitude, latitude = wanted.center
        shrink = math.cos(math.radians(latitude))
        across = (CaseRow.longitude - longitude) * (_DEGREE_M * shrink)
        up = (CaseRow.latitude - latitude) * _DEGREE_M
        near = across * across + up * up <= wanted.radius_m**2
        yield Asked(near, near)


def _in_cells(box: Bounds) -> Select[Any]:
    """The ids of what is in a box, by the index that holds all that this needs."""
    rows = cell_rows(box, _MOST_ROWS)
    ranges = values(column("low", BigInteger), column("high", BigInteger), name="ranges")
    cells = ranges.data(rows).cte("cells")
    return (
        select(_Other.id)
        .select_from(cells)
        .join(_Other, _Other.cell.between(cells.c.low, cells.c.high))
        .where(
            _Other.longitude.between(box.west, box.east),
            _Other.latitude.between(box.south, box.north),
        )
    )


def _texts(session: Session, text: str) -> Iterator[Asked]:
    if not text:
        return
    if _NUMBER.fullmatch(text):
        yield _equal("number", (text,))
        return
    places = _at_addresses(session, text)
    if not set(text) <= set("0123456789-"):
        yield places
        return
    yield from _numbered(session, text, places)


def _numbered(session: Session, text: str, places: Asked) -> Iterator[Asked]:
    """Digits: in the number, or in the address."""
    plain = CaseRow.number.contains(text, autoescape=True)
    number = _unindexed(CaseRow.number).contains(text, autoescape=True)
    # The index of numbers is all that is looked through.
    having = select(_Other.id).where(_Other.number.contains(text, autoescape=True))
    if places is not _NOWHERE:
        ids = None if places.ids is None else union_all(having, places.ids)
        yield Asked(or_(plain, places.plain), or_(number, places.by_row), ids)
        return
    ends = having.with_only_columns(func.count(), func.min(_Other.id), func.max(_Other.id))
    count, oldest, newest = session.execute(ends).one()
    if count == 0:
        yield _NOWHERE
    elif (newest - oldest) / count > _SPARSE:
        yield Asked(CaseRow.id.in_(having), number, having)
    else:
        within = CaseRow.id.between(oldest, newest)
        yield Asked(and_(within, plain), and_(within, number))


_NOWHERE = Asked(false(), false())


def _at_addresses(session: Session, text: str) -> Asked:
    """Whose address has a text in it: addresses are few beside cases, and are looked through."""
    somewhere = select(AddressRow.id).where(AddressRow.text.contains(text, autoescape=True))
    known = list(session.scalars(somewhere.limit(_MANY + 1)))
    if not known:
        return _NOWHERE
    if len(known) <= _MANY:
        return replace(_equal("address_id", known), in_order=False)
    # It is common: walking the newest cases finds some of them soon.
    common = _unindexed(CaseRow.address_id).in_(somewhere)
    return Asked(common, common)
