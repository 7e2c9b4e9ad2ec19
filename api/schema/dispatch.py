"""Chiefs, shops and components of a district as they are read, written and imported."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from api.schema.base import Name, Wire, refuse

Code = Annotated[str, Field(pattern=r"^[^\s/?#%\x00-\x1f\x7f]{1,40}$")]
"""A district's own key of something; it stands in addresses, so it has no spaces and no slash."""
Hours = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
Phone = Annotated[str, Field(pattern=r"^\+?[0-9][0-9 -]{4,18}[0-9]$")]
Email = Annotated[str, Field(max_length=120, pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$")]
_MOST_DAYS = 366
_Named = Annotated[Name, Field(min_length=1, max_length=80)]
_DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "workday", "day_off"]


class TimeLimit(Wire):
    """A limit on one of the four clocks, such as 0.5 `urgent_hour`: half an hour, day or night."""

    amount: Annotated[float, Field(gt=0, le=10_000)]
    unit: Literal["urgent_hour", "work_hour", "work_day", "natural_day"]

    @model_validator(mode="after")
    def _in_reach(self) -> Self:
        days = {"urgent_hour": 24, "work_hour": 8, "work_day": 1, "natural_day": 1}
        wrong = self.amount / days[self.unit] > _MOST_DAYS
        refuse(self, {"amount": f"is longer than {_MOST_DAYS} days" if wrong else None})
        return self


class ChiefRole(Wire):
    """A kind of chief: 街长, 路长, 巷长, 楼长, 店长, or whatever the district has.

    `order` says who is told first, lowest first. `geometry` is what its holders are in charge of.
    `width_m` is how wide a line is, edge to edge. After `escalate_after` without anybody taking
    the case on, the next one in order is told; null: never.
    """

    code: Code
    name_zh: _Named
    name_en: _Named
    order: Annotated[int, Field(ge=0, le=1000)]
    geometry: Literal["line", "polygon", "shop", "component"]
    width_m: Annotated[float, Field(ge=0, le=1000)] = 0.0
    escalate_after: TimeLimit | None = None


class PersonIn(Wire):
    """Somebody who can be told."""

    name: _Named
    phone: Phone | None = None
    email: Email | None = None


class ShiftIn(Wire):
    """Hours of some days; an end that is not after the start lies on the next day, and equal ones
    are 24 hours. `workday` and `day_off` are what the calendar calls a day, 调休 included."""

    days: Annotated[tuple[_DayName, ...], Field(min_length=1)]
    hours: Hours


class AwayIn(Wire):
    """Days away, both ends included."""

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        refuse(self, {"last": "is before `first`" if self.last < self.first else None})
        return self


class DutyIn(Wire):
    """A duty calendar; without shifts, always on duty."""

    shifts: Annotated[tuple[ShiftIn, ...], Field(max_length=32)] = ()
    away: Annotated[tuple[AwayIn, ...], Field(max_length=100)] = ()


class DeputyIn(Wire):
    """Who stands in, and when."""

    person: PersonIn
    duty: DutyIn = DutyIn()


class ChiefAssignment(Wire):
    """Somebody in a role, in charge of a place, from a day to a day.

    `geometry` is a GeoJSON geometry in WGS 84. Roles of the geometry `shop` and `component` have
    none: `ref` names the shop's code, or the owner of the components.
    """

    code: Code
    role: Code
    place: _Named
    chief: PersonIn
    duty: DutyIn = DutyIn()
    deputies: Annotated[tuple[DeputyIn, ...], Field(max_length=8)] = ()
    geometry: dict[str, Any] | None = None
    width_m: Annotated[float, Field(gt=0, le=1000)] | None = None
    ref: Annotated[Name, Field(max_length=80)] = ""
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        ends = self.valid_from, self.valid_to
        wrong = ends[0] is not None and ends[1] is not None and ends[1] < ends[0]
        refuse(self, {"valid_to": "is before `valid_from`" if wrong else None})
        return self


class ChiefList(Wire):
    """The roles in order, and all assignments by code."""

    roles: tuple[ChiefRole, ...]
    assignments: tuple[ChiefAssignment, ...]


class Shop(Wire):
    """A shop and its 门前五包 contract. `outline` is a GeoJSON polygon in WGS 84; without one the
    point alone says where it is."""

    code: Code
    name: _Named
    keeper: _Named
    phone: Phone | None = None
    email: Email | None = None
    address: Annotated[Name, Field(max_length=300)] = ""
    longitude: Annotated[float, Field(ge=-180, le=180)]
    latitude: Annotated[float, Field(ge=-85, le=85)]
    outline: dict[str, Any] | None = None
    contract: Annotated[Name, Field(max_length=80)] = ""
    signed_on: date | None = None
    valid_to: date | None = None


class ShopPage(Wire):
    """A page of shops by code; `next` is the cursor of the page after it, or None."""

    items: tuple[Shop, ...]
    next: str | None


class ShopRecord(Wire):
    """What followed from a shop's notices, and its grade by the formula of `dispatch.yaml`.

    `points` are those of the last `days` days; `formula` says how they were counted.
    """

    grade: Literal["green", "yellow", "red"]
    points: float
    days: int
    counts: dict[str, int]
    formula: str


class ShopView(Wire):
    """A shop with its record."""

    shop: Shop
    record: ShopRecord


class GradedShop(Wire):
    """A shop's code and its record."""

    shop: str
    record: ShopRecord


class GradedShops(Wire):
    """Shops that were told of something lately, those with most points first."""

    items: tuple[GradedShop, ...]


_CLASSIC = re.compile(r"[0-9]{6}(0[1-7]|21)[0-9]{8}")
"""行政区划 (6), 大类 (2: 01 to 06, extensions 07 and 21), 小类 (2), 流水 (6)."""
_CLASSIC_DIGITS, _SICHUAN_DIGITS = 16, 19


class Component(Wire):
    """A surveyed 部件, such as a manhole cover, and who owns it.

    `code` is its identifier and `category` its class (大类+小类). Under the scheme `cjj214-2`
    (CJ/T 214, GB/T 30428.2) the identifier has 16 digits, of which 7 to 10 are the class, or is one
    of Sichuan's 19-digit numbers of covers; under other schemes positions mean nothing here.
    """

    code: Annotated[str, Field(pattern=r"^[0-9]{16,19}$")]
    category: Annotated[str, Field(pattern=r"^[0-9]{4}$")]
    scheme: Literal["cjj214-2", "yunguanfu-3", "local"] = "cjj214-2"
    name: Annotated[Name, Field(max_length=80)] = ""
    owner: _Named
    phone: Phone | None = None
    email: Email | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)]
    latitude: Annotated[float, Field(ge=-85, le=85)]

    @model_validator(mode="after")
    def _number_fits(self) -> Self:
        refuse(self, {"code": self._number_error() if self.scheme == "cjj214-2" else None})
        return self

    def _number_error(self) -> str | None:
        if len(self.code) == _SICHUAN_DIGITS:
            return None
        if len(self.code) != _CLASSIC_DIGITS or _CLASSIC.fullmatch(self.code) is None:
            return (
                "is no 16-digit identifier: 6 digits of the division, 2 of the main class (01 to "
                "07, 21), 2 of the class, 6 of the serial number"
            )
        if self.code[6:10] != self.category:
            return f"has the class {self.code[6:10]} at its digits 7 to 10, not {self.category}"
        return None


class ComponentView(Wire):
    """A surveyed component, and how far it is from the place that was asked for, if one was."""

    component: Component
    distance_m: float | None = None


class ComponentPage(Wire):
    """A page of components by code; `next` is the cursor of the page after it, or None."""

    items: tuple[Component, ...]
    next: str | None


class ComponentsAt(Wire):
    """The surveyed components within reach of a place, nearest first."""

    items: tuple[ComponentView, ...]


class ImportResult(Wire):
    """What an import did. `wrong` names row and column; rows are counted as a spreadsheet counts
    them, the heading being row 1."""

    added: int = 0
    changed: int = 0
    same: int = 0
    left_out: int = 0
    wrong: tuple[str, ...] = ()


class InCharge(Wire):
    """Who is told of something at a place now, in order."""

    role: str
    role_zh: str
    assignment: str
    place: str
    name: str
    phone: str | None
    why: Literal["duty", "deputy", "off_duty"]


class WhoIsInCharge(Wire):
    """What is known of a place: the shop there, the component's owner, and the chiefs."""

    at: datetime
    shop: str | None
    owner: str | None
    chiefs: tuple[InCharge, ...]
