"""The chiefs: roles in their order, who holds which place, and who is told of what happens there.

Nothing here knows how many roles there are or what they are called: 街长, 路长, 巷长, 楼长 and
店长 are what the shipped configuration says.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from shapely.geometry.base import BaseGeometry

from api.clocks import Limit, WorkCalendar
from api.dispatch.duty import ALWAYS, Duty, OnDuty, Person, on_duty
from api.dispatch.geometry import Places

GeometryKind = Literal["line", "polygon", "shop", "component"]


@dataclass(frozen=True, slots=True)
class Role:
    """A kind of chief.

    Attributes:
        code: its key, such as `lane`.
        name_zh: as people call it: 巷长.
        name_en: in English.
        order: who is told first: lower is nearer to the ground.
        geometry: what its holders are in charge of.
        width_m: how wide a line is, edge to edge, where the assignment does not say.
        escalate_after: how long it has until the next one in order is told; None: never.
    """

    code: str
    name_zh: str
    name_en: str
    order: int
    geometry: GeometryKind
    width_m: float
    escalate_after: Limit | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """Somebody in a role, in charge of a place, for a time.

    Attributes:
        code: the district's own key of it, stable across imports.
        role: the role's code.
        place: the place's name: 山泉路（车站街—双山大街）.
        chief: who is in charge.
        duty: when.
        deputies: who stands in, first one first, with their own hours.
        geometry: WGS 84; None for shops and components, which are named by `ref`.
        width_m: of a line, where it differs from its role's.
        ref: a shop's code, or the owner of components.
        valid_from: first day, None for ever before.
        valid_to: last day, None for ever after.
    """

    code: str
    role: str
    place: str
    chief: Person
    duty: Duty = ALWAYS
    deputies: tuple[tuple[Person, Duty], ...] = ()
    geometry: BaseGeometry | None = None
    width_m: float | None = None
    ref: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    def is_valid_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )

    def on_duty(self, moment: datetime, calendar: WorkCalendar) -> OnDuty:
        """Who is told at a moment."""
        return on_duty(self.chief, self.duty, self.deputies, moment, calendar)


@dataclass(frozen=True, slots=True)
class Where:
    """What is known of a case's place: the point, the shop, and the owner of the component."""

    longitude: float | None = None
    latitude: float | None = None
    shop: str | None = None
    owner: str | None = None

    def ref(self, kind: GeometryKind) -> str | None:
        """The name that assignments of this kind of geometry go by."""
        return {"shop": self.shop, "component": self.owner}.get(kind)


class Chiefs:
    """All roles and assignments of a district, ready to be asked who is in charge.

    Args:
        roles: in any order.
        assignments: those whose role is not among the roles are left out.
    """

    def __init__(self, roles: Iterable[Role], assignments: Iterable[Assignment]) -> None:
        self.roles = {role.code: role for role in sorted(roles, key=lambda role: role.order)}
        self.assignments = {each.code: each for each in assignments if each.role in self.roles}
        self._by_ref: dict[tuple[str, str], list[Assignment]] = {}
        for code in sorted(self.assignments):
            each = self.assignments[code]
            if each.ref:
                self._by_ref.setdefault((each.role, each.ref), []).append(each)
        self._places = Places(
            (each.code, each.geometry, self._width(each))
            for each in self.assignments.values()
            if each.geometry is not None
        )

    def _width(self, assignment: Assignment) -> float:
        own = assignment.width_m
        return self.roles[assignment.role].width_m if own is None else own

    def in_charge(self, where: Where, day: date) -> tuple[Assignment, ...]:
        """Who is in charge of a place: one a role, in order; of each, the smallest that holds it.

        Where two of one role are equally small, the one whose code sorts first.
        """
        by_role: dict[str, Assignment] = {}
        for each in self._candidates(where, day):
            by_role.setdefault(each.role, each)
        return tuple(by_role[code] for code in self.roles if code in by_role)

    def _candidates(self, where: Where, day: date) -> Iterator[Assignment]:
        for role in self.roles.values():
            ref = where.ref(role.geometry)
            if ref:
                named = self._by_ref.get((role.code, ref), ())
                yield from (each for each in named if each.is_valid_on(day))
        if where.longitude is None or where.latitude is None:
            return
        found = self._places.holding(
            where.longitude,
            where.latitude,
            lambda code: self.assignments[code].is_valid_on(day),
        )
        for hit in sorted(found, key=lambda hit: (hit.area_m2, hit.key)):
            yield self.assignments[hit.key]

    def above(self, role: str) -> tuple[Role, ...]:
        """The roles that come after one in order."""
        order = self.roles[role].order
        return tuple(each for each in self.roles.values() if each.order > order)
