"""The register of surveyed components (部件) as readers ask for it."""

from sqlalchemy import select

from api.schema.dispatch import Component, ComponentView
from api.store.dispatch_tables import ComponentRow
from api.store.engine import Store
from api.store.shops import COMPONENT_INDEX

_MOST_NEAR = 50


def component_view(row: ComponentRow) -> Component:
    """A component as it is read; not checked anew, for it was when it came."""
    columns = {name: getattr(row, name) for name in Component.model_fields}
    return Component.model_construct(**columns)


def get_component(store: Store, number: str) -> Component | None:
    """A component by its number, or None."""
    with store.reading() as session:
        row = session.get(ComponentRow, number)
        return None if row is None else component_view(row)


def list_components(
    store: Store, category: str | None, after: str | None, limit: int
) -> tuple[tuple[Component, ...], str | None]:
    """A page by number, from beyond the cursor `after`, and the next cursor."""
    query = select(ComponentRow).order_by(ComponentRow.code).limit(limit + 1)
    if category is not None:
        query = query.where(ComponentRow.category == category)
    if after is not None:
        query = query.where(ComponentRow.code > after)
    with store.reading() as session:
        found = tuple(component_view(row) for row in session.scalars(query))
    return found[:limit], found[limit - 1].code if len(found) > limit else None


def components_near(
    store: Store, longitude: float, latitude: float, within_m: float
) -> tuple[ComponentView, ...]:
    """Those within so many metres of a place in WGS 84, nearest first."""
    with store.reading() as session:
        near = COMPONENT_INDEX.of(session).near(longitude, latitude, within_m)[:_MOST_NEAR]
        return tuple(
            ComponentView(
                component=component_view(session.get_one(ComponentRow, found.key[0])),
                distance_m=round(found.distance_m, 2),
            )
            for found in near
        )
