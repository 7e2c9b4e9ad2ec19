"""Finds cases, a page at a time. Every filter has an index, or is asked of few rows."""

import math
import re
from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, lazyload

from api.coordinates import cells_in
from api.finding import CaseFilter, Cursor, Sort, reach
from api.schema import CasePage
from api.store.engine import Store
from api.store.merge_tables import AddressRow, WitnessRow
from api.store.models import CaseRow
from api.store.notice_tables import NoticeRow
from api.store.views import brief_view

_MOST_CELLS = 400
"""Beyond a box of some 10 km, newest first finds enough of what is in it."""
_DEGREE_M = 111_195.0
_FEW = 30
"""Addresses that an index is asked for; with more, what is sought is common."""
_NUMBER = re.compile(r"[0-9]{6}-[0-9]{8}-[0-9]{5,}")
_Other = aliased(CaseRow)

_AT_THE_SAME_TIME = 10_000
"""So many cases are surely not being made at once."""


def list_cases(
    store: Store, wanted: CaseFilter, sort: Sort, cursor: Cursor | None, limit: int
) -> CasePage:
    """A page of cases from behind the cursor.

    What is filed meanwhile moves no page: newest first, a page begins below the last case seen.
    """
    query = select(CaseRow).options(
        lazyload(CaseRow.witnesses),
        lazyload(CaseRow.evidence),
        lazyload(CaseRow.sightings),
        joinedload(CaseRow.address),
    )
    query = _in_order(query, sort, cursor).limit(limit + 1)
    with store.reading() as session:
        rows = session.scalars(query.where(*conditions(session, wanted))).all()
        items = tuple(brief_view(row) for row in rows[:limit])
        last = rows[limit - 1] if len(rows) > limit else None
    if last is None:
        return CasePage(items=items, next=None)
    due_at = last.due_at if sort is Sort.DEADLINE else None
    return CasePage(items=items, next=str(Cursor(last.id, due_at)))


def _in_order(query: Select[CaseRow], sort: Sort, cursor: Cursor | None) -> Select[CaseRow]:
    if sort is Sort.RECEIVED:
        if cursor is not None:
            query = query.where(CaseRow.id < cursor.id)
        return query.order_by(CaseRow.id.desc())
    query = query.where(CaseRow.due_at.is_not(None))
    if cursor is not None:
        same = and_(CaseRow.due_at == cursor.due_at, CaseRow.id > cursor.id)
        query = query.where(
            CaseRow.due_at >= cursor.due_at, or_(CaseRow.due_at > cursor.due_at, same)
        )
    return query.order_by(CaseRow.due_at, CaseRow.id)


def conditions(session: Session, wanted: CaseFilter) -> list[ColumnElement[bool]]:
    """What a filter asks, as SQL that every engine of ours understands."""
    return [
        *_equalities(wanted),
        *_times(wanted),
        *_places(wanted),
        *_texts(session, wanted.text),
    ]


def _equalities(wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    for column, values in (
        (CaseRow.status, wanted.statuses),
        (CaseRow.service_code, wanted.service_codes),
        (CaseRow.source, wanted.sources),
    ):
        if values:
            # One value keeps the index's order, several need a sort.
            yield column == values[0] if len(values) == 1 else column.in_(values)
    for plain, value in (
        (CaseRow.kind, wanted.kind),
        (CaseRow.street, wanted.street),
        (CaseRow.community, wanted.community),
        (CaseRow.department, wanted.department),
        (CaseRow.urgent, wanted.urgent),
    ):
        if value is not None:
            yield plain == value
    if wanted.recurring is not None:
        back = select(_Other.id).where(_Other.recurs_of.is_not(None))
        yield CaseRow.id.in_(back) if wanted.recurring else CaseRow.recurs_of.is_(None)
    if wanted.camera_id is not None:
        seen = select(WitnessRow.case_id).where(WitnessRow.camera_id == wanted.camera_id)
        yield CaseRow.id.in_(seen)
    if wanted.chief is not None:
        told = select(NoticeRow.case_id).where(NoticeRow.assignment == wanted.chief)
        yield CaseRow.id.in_(told)


def _times(wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    # Cases are listed by id, newest first: without bounds, a page that is not full would be sought
    # among all of them. Numbers and times of receipt run together, but for what several processes
    # were at in the same moment. The times are wrapped, so that no engine walks their index and
    # sorts all that it finds.
    received_at = func.coalesce(CaseRow.received_at, CaseRow.received_at)
    if wanted.since is not None:
        first = (
            select(_Other.id)
            .where(_Other.received_at >= wanted.since)
            .order_by(_Other.received_at)
            .limit(1)
        )
        yield CaseRow.id >= first.scalar_subquery() - _AT_THE_SAME_TIME
        yield received_at >= wanted.since
    if wanted.until is not None:
        last = (
            select(_Other.id)
            .where(_Other.received_at < wanted.until)
            .order_by(_Other.received_at.desc())
            .limit(1)
        )
        yield CaseRow.id <= last.scalar_subquery() + _AT_THE_SAME_TIME
        yield received_at < wanted.until
    if wanted.overdue is True:
        # What is late is little: found by its own index, then put in order.
        yield CaseRow.id.in_(select(_Other.id).where(_Other.due_at < wanted.now))
    elif wanted.overdue is False:
        yield or_(CaseRow.due_at.is_(None), CaseRow.due_at >= wanted.now)


def _places(wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    box = reach(wanted)
    if box is None:
        return
    cells = cells_in(box, _MOST_CELLS)
    if cells is not None:
        yield CaseRow.cell.in_(cells)
    yield CaseRow.longitude.between(box.west, box.east)
    yield CaseRow.latitude.between(box.south, box.north)
    if wanted.center is not None:
        # Within 50 km the Earth is flat enough: the error is below a thousandth.
        longitude, latitude = wanted.center
        shrink = math.cos(math.radians(latitude))
        across = (CaseRow.longitude - longitude) * (_DEGREE_M * shrink)
        up = (CaseRow.latitude - latitude) * _DEGREE_M
        yield across * across + up * up <= wanted.radius_m**2


def _texts(session: Session, text: str) -> Iterator[ColumnElement[bool]]:
    if not text:
        return
    if _NUMBER.fullmatch(text):
        yield CaseRow.number == text
        return
    somewhere = AddressRow.text.contains(text, autoescape=True)
    query = select(AddressRow.id).where(somewhere)
    known = list(session.scalars(query.limit(_FEW + 1)))
    in_number = CaseRow.number.contains(text, autoescape=True)
    looks_so = set(text) <= set("0123456789-")
    if not known:
        yield in_number if looks_so else false()
        return
    if len(known) <= _FEW and not looks_so:
        yield CaseRow.address_id.in_(known)
        return
    # Many have it: the newest cases are walked, by a column that no index is looked for under.
    in_address = (CaseRow.address_id + 0).in_(known if len(known) <= _FEW else query)
    yield or_(in_number, in_address) if looks_so else in_address
