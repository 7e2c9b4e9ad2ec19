"""Who is in charge of a place, by what the tables say now."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.dispatch.chiefs import Assignment, Role, Where
from api.dispatch.duty import OnDuty, Person
from api.schema.dispatch import InCharge, WhoIsInCharge
from api.store.chiefs import CHIEFS_INDEX
from api.store.dispatch_tables import ComponentRow, ShopRow
from api.store.engine import Store
from api.store.rules import clocks_in, dispatch_in
from api.store.shops import nearest_component, shop_at


@dataclass(frozen=True, slots=True)
class Spot:
    """What dispatch knows of a place: the point, the shop there, the component there."""

    longitude: float | None
    latitude: float | None
    shop: ShopRow | None = None
    component: ComponentRow | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A chief who is to be told, in which role and for which assignment."""

    role: Role
    assignment: Assignment
    on_duty: OnDuty


def find_spot(
    session: Session,
    longitude: float | None,
    latitude: float | None,
    component_id: str | None,
    *,
    with_shop: bool,
    with_component: bool,
    now: datetime,
) -> Spot:
    """The shop and the component of a place, where they are asked for and known."""
    rules = dispatch_in(session)
    shop = component = None
    if with_component and component_id is not None:
        component = session.get(ComponentRow, component_id)
    if longitude is None or latitude is None:
        return Spot(longitude, latitude, None, component)
    if with_component and component is None:
        for reach in rules.components.within_m:
            near = nearest_component(
                session, longitude, latitude, reach, rules.components.categories
            )
            if near is not None:
                component = session.get(ComponentRow, near.key[0])
                break
    if with_shop:
        day = clocks_in(session).calendar.local_day(now)
        code = shop_at(session, longitude, latitude, rules.shops.within_m, day)
        shop = None if code is None else session.get(ShopRow, code)
    return Spot(longitude, latitude, shop, component)


def chiefs_of(session: Session, spot: Spot, now: datetime) -> tuple[Told, ...]:
    """Who is told of something there now: one a role, in order.

    A shop's keeper is its chief where the district's shop role has no assignment for it.
    """
    chiefs, calendar = CHIEFS_INDEX.of(session), clocks_in(session).calendar
    shop, component = spot.shop, spot.component
    where = Where(
        spot.longitude,
        spot.latitude,
        None if shop is None else shop.code,
        None if component is None else component.owner,
    )
    found = {each.role: each for each in chiefs.in_charge(where, calendar.local_day(now))}
    if shop is not None:
        keeper = Person(shop.keeper, shop.phone, shop.email)
        for role in chiefs.roles.values():
            if role.geometry == "shop":
                own = Assignment(f"shop:{shop.code}"[:40], role.code, shop.name, keeper)
                found.setdefault(role.code, own)
    return tuple(
        Told(role, found[code], found[code].on_duty(now, calendar))
        for code, role in chiefs.roles.items()
        if code in found
    )


def who_is_in_charge(
    store: Store, longitude: float, latitude: float, now: datetime
) -> WhoIsInCharge:
    """What dispatch would find at a place, for people to see."""
    with store.reading() as session:
        spot = find_spot(
            session, longitude, latitude, None, with_shop=True, with_component=True, now=now
        )
        return WhoIsInCharge(
            at=now,
            shop=None if spot.shop is None else spot.shop.code,
            owner=None if spot.component is None else spot.component.owner,
            chiefs=tuple(map(chief_view, chiefs_of(session, spot, now))),
        )


def chief_view(told: Told) -> InCharge:
    """A chief as readers see one."""
    return InCharge.model_validate(
        {
            "role": told.role.code,
            "role_zh": told.role.name_zh,
            "assignment": told.assignment.code,
            "place": told.assignment.place,
            "name": told.on_duty.person.name,
            "phone": told.on_duty.person.phone,
            "why": told.on_duty.why,
        }
    )
