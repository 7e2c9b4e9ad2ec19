"""Which surveyed component (部件) a case is at: its number, its own class, its owner."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.coordinates import Point
from api.dispatch.rules import DispatchRules
from api.store.component_tables import ComponentClassRow, ComponentClassVersionRow
from api.store.dispatch_tables import ComponentRow
from api.store.rules import NoRules, dispatch_in
from api.store.shops import nearest_component

_PREFIX = "C-"


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A surveyed component that a case is at.

    Attributes:
        number: its identifier (16 or 19 digits).
        category: its class, four digits.
        distance_m: how far it is; None where the report gave its number.
    """

    number: str
    category: str
    distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class ClassOf:
    """The class of a case: its service code, and in which version of the classes it is named."""

    service_code: str
    version: str | None = None


def surveyed_at(
    session: Session, service_code: str, point: Point | None, number: str | None
) -> Surveyed | None:
    """The component that the report names, else the nearest one within the survey's own accuracy.

    Of covers any family will do, since pictures do not tell them apart; of other 部件 the class is
    the report's. None for 事件, and where nothing is surveyed.
    """
    if not service_code.startswith(_PREFIX):
        return None
    if number is not None:
        named = session.get(ComponentRow, number)
        return None if named is None else Surveyed(number, named.category)
    try:
        rules = dispatch_in(session)
    except NoRules:
        return None
    if point is None:
        return None
    within_m = min(rules.components.within_m)
    found = nearest_component(session, *point, within_m, _alike(rules, service_code))
    return None if found is None else Surveyed(*found.key, round(found.distance_m, 2))


def class_of(
    session: Session, filed: str, surveyed: Surveyed | None, said: str | None = None
) -> ClassOf:
    """The class of a case: the surveyed component's own, else the one that its source named.

    Args:
        filed: the service code of its filing condition, which holds where neither is known.
        said: the service code that its source named, if it did.
    """
    wanted = None if surveyed is None else _PREFIX + surveyed.category
    for code in (wanted, said):
        if code is not None and code != filed and _of_a_family(session, code, filed):
            version = _newest_naming(session, code)
            if version is not None:
                return ClassOf(code, version)
    return ClassOf(filed)


def _alike(rules: DispatchRules, service_code: str) -> frozenset[str]:
    category = service_code.removeprefix(_PREFIX)
    covers = rules.components.categories
    return covers if category in covers else frozenset({category})


def _of_a_family(session: Session, code: str, filed: str) -> bool:
    if not (code.startswith(_PREFIX) and filed.startswith(_PREFIX)):
        return False
    try:
        return code.removeprefix(_PREFIX) in _alike(dispatch_in(session), filed)
    except NoRules:
        return False


def _newest_naming(session: Session, service_code: str) -> str | None:
    query = (
        select(ComponentClassRow.version)
        .join(
            ComponentClassVersionRow, ComponentClassVersionRow.version == ComponentClassRow.version
        )
        .where(ComponentClassRow.service_code == service_code)
        .order_by(ComponentClassVersionRow.seeded_at.desc())
        .limit(1)
    )
    return session.scalar(query)
