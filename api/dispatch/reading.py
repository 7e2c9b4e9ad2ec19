"""From what is on the wire or in a row to chiefs, shops and their geometry."""

from datetime import time
from decimal import Decimal

from shapely.geometry.base import BaseGeometry

from api.clocks import Limit, Unit
from api.dispatch.chiefs import Assignment, Role
from api.dispatch.duty import Duty, Person, Shift
from api.dispatch.geometry import BadGeometry, read_geojson
from api.schema.dispatch import ChiefAssignment, ChiefRole, DutyIn, PersonIn, TimeLimit

_SHAPES = {
    "line": ("LineString", "MultiLineString"),
    "polygon": ("Polygon", "MultiPolygon"),
}


class Unfit(ValueError):
    """What was said does not go together; `field` is the one to change."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def limit_of(said: TimeLimit) -> Limit:
    """As the clocks take it."""
    return Limit(Decimal(str(said.amount)), Unit(said.unit))


def role_of(said: ChiefRole) -> Role:
    """As dispatch takes it."""
    after = None if said.escalate_after is None else limit_of(said.escalate_after)
    return Role(
        said.code, said.name_zh, said.name_en, said.order, said.geometry, said.width_m, after
    )


def assignment_of(said: ChiefAssignment) -> Assignment:
    """As dispatch takes it.

    Raises:
        BadGeometry: its geometry is none.
    """
    return Assignment(
        code=said.code,
        role=said.role,
        place=said.place,
        chief=_person(said.chief),
        duty=_duty(said.duty),
        deputies=tuple((_person(each.person), _duty(each.duty)) for each in said.deputies),
        geometry=None if said.geometry is None else read_geojson(said.geometry),
        width_m=said.width_m,
        ref=said.ref,
        valid_from=said.valid_from,
        valid_to=said.valid_to,
    )


def check_assignment(said: ChiefAssignment, role: ChiefRole) -> None:
    """See that an assignment has the geometry that its role asks for.

    Raises:
        Unfit: it has not.
    """
    if role.geometry in ("shop", "component"):
        if not said.ref:
            what = "the shop's code" if role.geometry == "shop" else "the owner's name"
            raise Unfit("ref", f"is empty: {role.name_zh} is in charge of what {what} names")
        if said.geometry is not None:
            raise Unfit("geometry", f"must be null: {role.name_zh} is in charge by `ref`")
        return
    if said.geometry is None:
        raise Unfit("geometry", f"is missing: {role.name_zh} is in charge of a {role.geometry}")
    try:
        found = read_geojson(said.geometry)
    except BadGeometry as error:
        raise Unfit("geometry", str(error)) from None
    if found.geom_type not in _SHAPES[role.geometry]:
        raise Unfit(
            "geometry", f"is a {found.geom_type}: {role.name_zh} is in charge of a {role.geometry}"
        )
    if role.geometry == "line" and not (said.width_m or role.width_m):
        raise Unfit("width_m", f"is missing, and {role.name_zh} has none: a line has a width")


def outline_of(outline: dict[str, object] | None) -> BaseGeometry | None:
    """A shop's outline.

    Raises:
        Unfit: it is no polygon.
    """
    if outline is None:
        return None
    try:
        found = read_geojson(outline)
    except BadGeometry as error:
        raise Unfit("outline", str(error)) from None
    if found.geom_type not in _SHAPES["polygon"]:
        raise Unfit("outline", f"is a {found.geom_type}; give a polygon")
    return found


def _person(said: PersonIn) -> Person:
    return Person(said.name, said.phone, said.email)


def _duty(said: DutyIn) -> Duty:
    return Duty(
        tuple(
            Shift(
                frozenset(shift.days),
                time.fromisoformat(shift.hours[:5]),
                time.fromisoformat(shift.hours[6:]),
            )
            for shift in said.shifts
        ),
        tuple((away.first, away.last) for away in said.away),
    )
