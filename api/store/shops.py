"""Shops with their contracts, and surveyed components, in the store."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar

from shapely.geometry import Point
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from api.dispatch.geometry import Found, Places
from api.dispatch.reading import outline_of
from api.schema.dispatch import Component, ImportResult, Shop
from api.store.dispatch_tables import ComponentRow, ImportRow, ShopRow
from api.store.engine import Store, retry_on_clash
from api.store.indexes import Index, changed

SHOPS, COMPONENTS = "shops", "components"
Row = TypeVar("Row", ShopRow, ComponentRow)


@retry_on_clash
def put_shops(
    store: Store, shops: Sequence[Shop], left_out: Sequence[str], by: str, now: datetime
) -> ImportResult:
    """Write shops by their code in one transaction; those not named stay as they are.

    Args:
        left_out: what was wrong with rows that the caller leaves out; kept with the result.
    """
    with store.writing() as session:
        result = _put(session, SHOPS, ShopRow, shops, left_out, by, now)
    warm(store)
    return result


@retry_on_clash
def put_components(
    store: Store, said: Sequence[Component], left_out: Sequence[str], by: str, now: datetime
) -> ImportResult:
    """Write components by their code in one transaction."""
    with store.writing() as session:
        result = _put(session, COMPONENTS, ComponentRow, said, left_out, by, now)
    warm(store)
    return result


def _put(
    session: Session,
    what: str,
    kind: type[Row],
    said: Sequence[Shop] | Sequence[Component],
    left_out: Sequence[str],
    by: str,
    now: datetime,
) -> ImportResult:
    # Plain rows, one statement for all: tens of thousands come at once, and others wait to write.
    known = {row.code: row._mapping for row in session.execute(select(kind.__table__))}
    new, other, same = [], [], 0
    for each in said:
        columns = {name: getattr(each, name) for name in type(each).model_fields}
        row = known.get(each.code)
        if row is None:
            new.append(columns)
        elif any(row[name] != value for name, value in columns.items()):
            other.append(columns)
        else:
            same += 1
    if new:
        session.execute(insert(kind), new)
    if other:
        session.execute(update(kind), other)
    if new or other:
        changed(session, what)
    result = ImportResult(
        added=len(new),
        changed=len(other),
        same=same,
        left_out=_rows_of(left_out),
        wrong=tuple(left_out[:200]),
    )
    session.add(ImportRow(what=what, by=by, at=now, result=result.model_dump(mode="json")))
    return result


def shop_view(row: ShopRow) -> Shop:
    """A shop as it is read."""
    return Shop(**{name: getattr(row, name) for name in Shop.model_fields})


def get_shop(session: Session, code: str) -> Shop | None:
    """A shop by its code, or None."""
    row = session.get(ShopRow, code)
    return None if row is None else shop_view(row)


def list_shops(store: Store, after: str | None, limit: int) -> tuple[list[Shop], str | None]:
    """A page of shops by code, from beyond the cursor `after`, and the next cursor."""
    query = select(ShopRow).order_by(ShopRow.code).limit(limit + 1)
    if after is not None:
        query = query.where(ShopRow.code > after)
    with store.reading() as session:
        found = [shop_view(row) for row in session.scalars(query)]
    return found[:limit], found[limit - 1].code if len(found) > limit else None


def _shop_places(session: Session) -> Places[tuple[str, date]]:
    columns = select(
        ShopRow.code, ShopRow.valid_to, ShopRow.longitude, ShopRow.latitude, ShopRow.outline
    )
    return Places(
        ((code, valid_to or date.max), outline_of(outline) or Point(longitude, latitude), 0.0)
        for code, valid_to, longitude, latitude, outline in session.execute(columns)
    )


def _component_places(session: Session) -> Places[tuple[str, str]]:
    columns = select(
        ComponentRow.code, ComponentRow.category, ComponentRow.longitude, ComponentRow.latitude
    )
    return Places(
        ((code, category), Point(longitude, latitude), 0.0)
        for code, category, longitude, latitude in session.execute(columns)
    )


SHOP_INDEX = Index(SHOPS, _shop_places)
"""Where the shops are, by code and the last day of the contract."""
COMPONENT_INDEX = Index(COMPONENTS, _component_places)
"""Where the surveyed components are, by code and category."""


def warm(store: Store) -> None:
    """Make the indexes now, so that no report waits for them in its transaction."""
    with store.reading() as session:
        SHOP_INDEX.of(session)
        COMPONENT_INDEX.of(session)


def shop_at(
    session: Session, longitude: float, latitude: float, within_m: float, day: date
) -> str | None:
    """The code of the shop whose outline holds the point, else of the nearest within reach.

    A shop whose contract has ended before `day` is passed over.
    """
    found = SHOP_INDEX.of(session).near(longitude, latitude, within_m, lambda key: key[1] >= day)
    return found[0].key[0] if found else None


def nearest_component(
    session: Session, longitude: float, latitude: float, within_m: float, categories: frozenset[str]
) -> Found[tuple[str, str]] | None:
    """The nearest component of these categories within reach, by code and category."""
    found = COMPONENT_INDEX.of(session).near(
        longitude, latitude, within_m, lambda key: key[1] in categories
    )
    return found[0] if found else None


def _rows_of(wrong: Sequence[str]) -> int:
    """How many rows the mistakes are in: each says `row 4, 电话: …`."""
    return len({mistake.partition(",")[0] for mistake in wrong})
