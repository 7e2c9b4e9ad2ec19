"""The kinds of a version of the catalogue, as filing asks for them, kept: they never change."""

from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

from api.schema import Category, FilingCondition
from api.store.indexes import pool_of
from api.store.life_tables import CaseStandardRow
from api.store.models import CategoryRow
from api.store.views import category_view, condition_view


@dataclass(frozen=True, slots=True)
class Condition:
    """A filing condition, with the class that it puts a case into."""

    standard: str
    labels: frozenset[str]
    zones: frozenset[str]
    category: Category
    view: FilingCondition


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of violation, and its filing conditions, the usual one first."""

    category: Category
    conditions: tuple[Condition, ...]

    def default(self, label: str, zone: str | None = None) -> str | None:
        """The filing condition that a report is filed under until a clerk says otherwise.

        The first for the kind of zone that it touches, else the first whose labels hold the
        report's, else the first of the kind; None where the version has none.
        """
        by_zone = (one.standard for one in self.conditions if zone in one.zones)
        by_label = (one.standard for one in self.conditions if label in one.labels)
        first = self.conditions[0].standard if self.conditions else None
        return next(by_zone, None) or next(by_label, first)

    def condition(self, standard: str | None) -> Condition | None:
        """The condition of that name, if the version has it."""
        return next((one for one in self.conditions if one.standard == standard), None)

    def category_under(self, standard: str | None) -> Category:
        """The class of a filing condition, or of the kind itself where there is none."""
        condition = self.condition(standard)
        return self.category if condition is None else condition.category


_kept: WeakKeyDictionary[Pool, dict[str, Mapping[str, Kind]]] = WeakKeyDictionary()


def kinds_of(session: Session, version: str) -> Mapping[str, Kind]:
    """The kinds of a version by name; empty where the version is not in the store."""
    kept = _kept.setdefault(pool_of(session), {})
    known = kept.get(version)
    if known is None:
        known = _read(session, version)
        if known:
            kept[version] = known
    return known


def _read(session: Session, version: str) -> Mapping[str, Kind]:
    conditions: dict[str, list[Condition]] = {}
    query = (
        select(CaseStandardRow)
        .where(CaseStandardRow.version == version)
        .order_by(CaseStandardRow.kind, CaseStandardRow.position)
    )
    for row in session.scalars(query):
        one = Condition(
            row.standard,
            frozenset(row.labels),
            frozenset(row.zones or ()),
            category_view(row),
            condition_view(row),
        )
        conditions.setdefault(row.kind, []).append(one)
    rows = session.scalars(select(CategoryRow).where(CategoryRow.version == version))
    return {row.kind: Kind(category_view(row), tuple(conditions.get(row.kind, ()))) for row in rows}
