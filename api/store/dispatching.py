"""Dispatch in the transaction of the step: departments, the first chief, and who is told next."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.clocks.reckon import deadline
from api.dispatch.duty import Person
from api.dispatch.rules import DispatchRules
from api.life.fields import Dispatch
from api.schema.dispatch import InCharge
from api.schema.life import Action
from api.schema.notices import CaseRoute
from api.store import notices
from api.store.engine import Store
from api.store.in_charge import Spot, Told, chief_view, chiefs_of, find_spot
from api.store.models import CaseRow
from api.store.notice_tables import EscalationRow
from api.store.notices import Addressee
from api.store.rules import NoRules, clocks_in, dispatch_in
from api.store.timer_tables import TimerRow
from api.store.transition import Transition, then


@dataclass(frozen=True, slots=True)
class Lead:
    """The department that is to deal with a case, and what made it so."""

    department: str | None
    by: str


def follow(session: Session, row: CaseRow, made: Transition) -> tuple[()]:
    """Follower: dispatch what is registered, tell the chiefs of what is dispatched."""
    if made.action is Action.FILE:
        return ()  # by far the most frequent step, and nobody is told of it
    try:
        rules = dispatch_in(session)
    except NoRules:
        return ()  # tables that no app has opened
    if made.action is Action.TO_DISPATCH and rules.auto_dispatch:
        lead = lead_of(row, spot_of(session, row, made.at))
        if lead.department is not None:
            then(session, row.id, Action.DISPATCH, Dispatch(department=lead.department))
    elif made.action is Action.DISPATCH:
        _tell_department(session, rules, row, made)
        _tell_first(session, rules, row, made)
    elif made.after.value not in rules.escalate_in:
        if made.before is not None and made.before.value in rules.escalate_in:
            session.execute(delete(EscalationRow).where(EscalationRow.case_id == row.id))
    elif made.action is Action.GRANT_SUSPEND:
        _pause(session, row)
    elif made.action is Action.RESUME:
        _resume(session, row, made.at)
    return ()


def spot_of(session: Session, row: CaseRow, now: datetime) -> Spot:
    """The shop and the component at a case's place, where its category asks for them."""
    rules = dispatch_in(session)
    return find_spot(
        session,
        row.longitude,
        row.latitude,
        row.component_id,
        with_shop=row.service_code in rules.shops.service_codes,
        with_component=row.service_code.startswith("C-"),
        now=now,
    )


def lead_of(row: CaseRow, spot: Spot) -> Lead:
    """The owner of the component, else the filing condition's lead department."""
    if spot.component is not None:
        return Lead(spot.component.owner, "owner")
    if row.condition is not None and row.condition.department:
        return Lead(row.condition.department, "condition")
    return Lead(None, "none")


def route_of(store: Store, case_id: int, now: datetime) -> CaseRoute | None:
    """Who is to deal with a case as things stand now; None without a case."""
    with store.reading() as session:
        row = session.get(CaseRow, case_id)
        if row is None:
            return None
        spot = spot_of(session, row, now)
        lead = lead_of(row, spot)
        up = session.get(EscalationRow, case_id)
        chiefs: tuple[InCharge, ...] = tuple(map(chief_view, chiefs_of(session, spot, now)))
        return CaseRoute.model_validate(
            {
                "department": lead.department,
                "department_by": lead.by,
                "component": None if spot.component is None else spot.component.code,
                "shop": None if spot.shop is None else spot.shop.code,
                "chiefs": chiefs,
                "told": None if up is None else up.role,
                "next_at": None if up is None else up.next_at,
            }
        )


def _tell_department(
    session: Session, rules: DispatchRules, row: CaseRow, made: Transition
) -> None:
    name = row.department or ""
    spot = spot_of(session, row, made.at)
    owner = spot.component if spot.component is not None and spot.component.owner == name else None
    known = rules.departments.get(name)
    if known is not None:
        person = Person(name, known.phone, known.email)
    elif owner is not None:
        person = Person(name, owner.phone, owner.email)
    elif rules.departments:
        person = Person(name, "", "")  # the channel says that there is nowhere to send to
    else:
        return  # none is told: departments have their cases from the case system alone
    key = f"case {row.id} step {made.number} department"
    words = _words(session, row, made.at)
    to = Addressee("department", person)
    notices.put(session, rules, key, "department", to, words, row.id, made.at)


def _tell_first(session: Session, rules: DispatchRules, row: CaseRow, made: Transition) -> None:
    session.execute(delete(EscalationRow).where(EscalationRow.case_id == row.id))
    chiefs = chiefs_of(session, spot_of(session, row, made.at), made.at)
    if chiefs:
        up = EscalationRow(case_id=row.id, step=made.number)
        tell_chief(session, rules, row, up, chiefs[0], made.at)
        session.add(up)


def tell_chief(
    session: Session,
    rules: DispatchRules,
    row: CaseRow,
    up: EscalationRow,
    told: Told,
    now: datetime,
    waited: str = "",
) -> None:
    """Tell a chief, and set the time at which the next one is told."""
    role = told.role
    to = Addressee(
        "keeper" if role.geometry == "shop" else "chief",
        told.on_duty.person,
        role.name_zh,
        told.assignment.code,
        told.on_duty.why,
    )
    words = _words(session, row, now) | {"place": told.assignment.place, "waited": waited}
    key = f"case {row.id} step {up.step} {role.code}"
    notices.put(session, rules, key, "escalated" if waited else "chief", to, words, row.id, now)
    up.role, up.order, up.told_at = role.code, role.order, now
    after = role.escalate_after
    up.next_at = None if after is None else deadline(now, after, clocks_in(session).calendar)


def _pause(session: Session, row: CaseRow) -> None:
    up = session.get(EscalationRow, row.id)
    if up is not None:
        up.next_at = None


def _resume(session: Session, row: CaseRow, now: datetime) -> None:
    """Whoever was told last has the time anew."""
    up = session.get(EscalationRow, row.id)
    if up is None:
        return
    chiefs = chiefs_of(session, spot_of(session, row, now), now)
    last = next((told.role for told in chiefs if told.role.code == up.role), None)
    if last is not None and last.escalate_after is not None:
        up.next_at = deadline(now, last.escalate_after, clocks_in(session).calendar)


def _words(session: Session, row: CaseRow, now: datetime) -> dict[str, str]:
    end, guard = _due(session, row, "handle"), _due(session, row, "guard")
    note = dispatch_in(session).guard_note
    condition = row.condition
    place = row.report.body.get("place", {})
    return {
        "number": row.number,
        "category": row.filed_as.name_zh,
        "address": place.get("address") or place.get("camera_name") or row.camera_id,
        "department": row.department or "",
        "condition": "" if condition is None else condition.condition_zh,
        "deadline": end,
        "guard": note.format(until=guard) if guard else "",
    }


def _due(session: Session, row: CaseRow, stage: str) -> str:
    """The deadline of a stage's open timer as people read it; empty where there is none."""
    zone = clocks_in(session).calendar.zone
    end = session.scalar(
        select(TimerRow.deadline)
        .where(TimerRow.case_id == row.id, TimerRow.stage == stage, TimerRow.ended_at.is_(None))
        .order_by(TimerRow.number.desc())
        .limit(1)
    )
    return "" if end is None else f"{end.astimezone(zone):%m月%d日%H:%M}"
