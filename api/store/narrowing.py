"""By which index a list of cases is found, where several things are asked of them at once.

SQLite plans without knowing how many cases hold what: asked for closed cases of a rare class it may
walk all that are closed. So what is asked is counted first, as far as is needed to see what is
rarest; cases are found by that alone, and the rest is asked of each. PostgreSQL keeps count, but
takes what is asked at once for independent, and walks the newest cases for a page that is never
full: where something asked is rare, all that is found is found first, then put in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, select
from sqlalchemy.orm import Session

from api.store.models import CaseRow

_STEPS = (500, 20_000, 100_000)
"""So far it is counted, step by step, until the rarest is seen."""
_WHOLE = 2_000
"""So many are found whole and then put in order, each with all that is shown of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that is asked of a case.

    Attributes:
        plain: as a condition that an index may be looked for under.
        by_row: the same, which no index is looked for under.
        ids: the ids of all that it holds for, out of an index; None where none has it.
        listed: so many of them are made a list of at most; of more, walking the newest cases finds
            some soon.
        in_order: the index of `plain` gives them in the order of ids.
    """

    plain: ColumnElement[bool]
    by_row: ColumnElement[bool]
    ids: Select[Any] | CompoundSelect[Any] | None = None
    listed: int = _STEPS[-1]
    in_order: bool = False


def narrowed(
    session: Session, asked: Sequence[Asked], span: int | None = None, *, walks: bool = False
) -> list[ColumnElement[bool]]:
    """All that is asked, as conditions that lead the engine to the rarest.

    Args:
        span: among how many ids what is asked for lies, if that is known.
        walks: the cases come by another index in any case, in its order.
    """
    if walks:
        return [one.by_row if _on_sqlite(session) else one.plain for one in asked]
    able = [one for one in asked if one.ids is not None]
    if _on_sqlite(session):
        best = _best(session, able, span)
        return [_found_by(one) if one is best else one.by_row for one in asked]
    if len(asked) > 1:
        size, rarest = _rarest(session, able, span, (_WHOLE,))
        if rarest is not None and (span is None or size < span):
            return [_found_whole(asked)]
    return [one.plain for one in asked]


def _on_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _found_whole(asked: Sequence[Asked]) -> ColumnElement[bool]:
    found = select(CaseRow.id).where(*(one.plain for one in asked)).cte("found")
    return CaseRow.id.in_(select(found.prefix_with("MATERIALIZED", dialect="postgresql").c.id))


def _found_by(one: Asked) -> ColumnElement[bool]:
    if one.in_order or one.ids is None:
        return one.plain
    return CaseRow.id.in_(one.ids)


def _best(session: Session, able: Sequence[Asked], span: int | None) -> Asked | None:
    """What to go by; None to walk the ids."""
    if len(able) == 1 and able[0].in_order and span is None:
        return able[0]
    size, rarest = _rarest(session, able, span, _STEPS)
    if span is not None and span <= size:
        return None
    return rarest or next((one for one in able if one.in_order), None)


def _rarest(
    session: Session, able: Sequence[Asked], span: int | None, steps: Sequence[int]
) -> tuple[int, Asked | None]:
    """The least number that one holds for, and which; None where all are more than counted."""
    for most in steps:
        sizes = [
            (_count(session, one, most), place)
            for place, one in enumerate(able)
            if most <= one.listed
        ]
        size, place = min(sizes, default=(most, 0))
        if size < most:
            return size, able[place]
        if span is not None and span <= most:
            break
    return most, None


def _count(session: Session, one: Asked, most: int) -> int:
    assert one.ids is not None  # noqa: S101 (the caller has looked)
    some: Any = one.ids.limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
