"""Finds cases, a page at a time. Every filter has an index, or is asked of few rows."""

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import joinedload, lazyload

from api.finding import CaseFilter, Cursor, Sort
from api.schema import CasePage
from api.store.asking import conditions
from api.store.beside import NOTHING, beside
from api.store.engine import Store
from api.store.models import CaseRow
from api.store.views import brief_view


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
        by_deadline = sort is Sort.DEADLINE  # few are due: they are walked by that
        asked = conditions(session, wanted, walks=by_deadline)
        rows = session.scalars(query.where(*asked)).all()
        around = beside(session, rows[:limit])
        items = tuple(
            brief_view(row, wanted.now, around.get(row.id, NOTHING)) for row in rows[:limit]
        )
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
