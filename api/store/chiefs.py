"""Roles and chiefs in the store."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api.dispatch.chiefs import Chiefs
from api.dispatch.geometry import plain_geojson, read_geojson
from api.dispatch.reading import Unfit, assignment_of, check_assignment, role_of
from api.schema.dispatch import ChiefAssignment, ChiefList, ChiefRole, ImportResult
from api.store.audit import CONSOLE, Actor, note
from api.store.dispatch_tables import ChiefAssignmentRow, ChiefRoleRow
from api.store.engine import Store, retry_on_clash
from api.store.indexes import Index, changed

CHIEFS = "chiefs"


class InUse(Exception):
    """It cannot be taken away, since others lean on it."""


class UnknownChief(Exception):
    """There is no such role or assignment."""


def read_chiefs(store: Store) -> ChiefList:
    """All roles in order, all assignments by code."""
    with store.reading() as session:
        return ChiefList(roles=_roles(session), assignments=_assignments(session))


def unknown_assignments(store: Store, codes: Iterable[str]) -> tuple[str, ...]:
    """Those of these codes that are no assignment's."""
    with store.reading() as session:
        known = set(session.scalars(select(ChiefAssignmentRow.code)))
    return tuple(code for code in codes if code not in known)


def _roles(session: Session) -> tuple[ChiefRole, ...]:
    rows = session.scalars(select(ChiefRoleRow).order_by(ChiefRoleRow.order, ChiefRoleRow.code))
    return tuple(ChiefRole.model_validate(_columns(row)) for row in rows)


def _assignments(session: Session) -> tuple[ChiefAssignment, ...]:
    rows = session.scalars(select(ChiefAssignmentRow).order_by(ChiefAssignmentRow.code))
    return tuple(ChiefAssignment.model_validate(_columns(row)) for row in rows)


def _columns(row: ChiefRoleRow | ChiefAssignmentRow) -> dict[str, object]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _make(session: Session) -> Chiefs:
    return Chiefs(map(role_of, _roles(session)), map(assignment_of, _assignments(session)))


CHIEFS_INDEX = Index(CHIEFS, _make)
"""All chiefs of the district, ready to be asked."""


@retry_on_clash
def put_role(store: Store, role: ChiefRole, doer: Actor = CONSOLE) -> bool:
    """Write a role; True when it is new.

    Raises:
        Unfit: another role has its order, or its holders have not the geometry that it asks for.
    """
    with store.writing() as session:
        same = select(ChiefRoleRow.code).where(
            ChiefRoleRow.order == role.order, ChiefRoleRow.code != role.code
        )
        taken = session.scalar(same)
        if taken is not None:
            raise Unfit("order", f"{role.order} is that of {taken}: an order belongs to one role")
        new = session.get(ChiefRoleRow, role.code) is None
        session.merge(_role_row(role))
        for each in _assignments(session):
            if each.role == role.code:
                try:
                    check_assignment(each, role)
                except Unfit as error:
                    raise Unfit("geometry", f"{each.code}: {error.field} {error}") from None
        changed(session, CHIEFS)
        note(session, datetime.now(UTC), doer, "chief-role.put", role.code)
        return new


@retry_on_clash
def drop_role(store: Store, code: str, doer: Actor = CONSOLE) -> None:
    """Take a role away.

    Raises:
        UnknownChief: there is none.
        InUse: somebody has it.
    """
    with store.writing() as session:
        row = session.get(ChiefRoleRow, code)
        if row is None:
            raise UnknownChief(f"there is no role {code}")
        count = session.scalar(select(func.count()).where(ChiefAssignmentRow.role == code))
        if count:
            raise InUse(f"{count} assignments have the role {code}; take them away first")
        session.delete(row)
        note(session, datetime.now(UTC), doer, "chief-role.drop", code)
        changed(session, CHIEFS)


@retry_on_clash
def put_assignments(
    store: Store, said: Sequence[ChiefAssignment], doer: Actor = CONSOLE
) -> ImportResult:
    """Write assignments by their code, all of them or none.

    Raises:
        Unfit: one has no role that exists, or not that role's geometry; `field` begins with the
            assignment's code.
    """
    with store.writing() as session:
        done = _put(session, said)
        if done.added or done.changed:
            named = said[0].code if len(said) == 1 else f"{len(said)} areas"
            counts = {"added": done.added, "changed": done.changed}
            note(session, datetime.now(UTC), doer, "area.put", named, counts)
        return done


@retry_on_clash
def drop_assignment(store: Store, code: str, doer: Actor = CONSOLE) -> None:
    """Take an assignment away; what was sent to its chief stays on record.

    Raises:
        UnknownChief: there is none.
    """
    with store.writing() as session:
        row = session.get(ChiefAssignmentRow, code)
        if row is None:
            raise UnknownChief(f"there is no assignment {code}")
        session.delete(row)
        note(session, datetime.now(UTC), doer, "area.drop", code)
        changed(session, CHIEFS)


@retry_on_clash
def seed_chiefs(
    store: Store, roles: Iterable[ChiefRole], assignments: Sequence[ChiefAssignment]
) -> bool:
    """Put a district's first roles and chiefs into empty tables; False when there are any.

    Raises:
        Unfit: as `put_assignments`.
    """
    with store.writing() as session:
        if session.scalar(select(func.count()).select_from(ChiefRoleRow)):
            return False
        session.execute(delete(ChiefAssignmentRow))
        session.add_all(_role_row(role) for role in roles)
        session.flush()
        # Nobody has looked at tables that were empty, so no revision is needed for the roles.
        _put(session, assignments)
        return True


def _put(session: Session, said: Sequence[ChiefAssignment]) -> ImportResult:
    roles = {role.code: role for role in _roles(session)}
    before = {each.code: each for each in _assignments(session)}
    for each in said:
        role = roles.get(each.role)
        if role is None:
            known = ", ".join(roles) or "none yet"
            raise Unfit(f"{each.code}.role", f"{each.role!r} is no role; known are: {known}")
        try:
            check_assignment(each, role)
        except Unfit as error:
            raise Unfit(f"{each.code}.{error.field}", str(error)) from None
    counts = {"added": 0, "changed": 0, "same": 0}
    for each in map(_plain, said):
        known_one = before.get(each.code)
        kind = "added" if known_one is None else "same" if known_one == each else "changed"
        counts[kind] += 1
        if kind != "same":
            session.merge(_assignment_row(each))
            before[each.code] = each
    if counts["added"] or counts["changed"]:
        changed(session, CHIEFS)
    return ImportResult.model_validate(counts)


def _plain(said: ChiefAssignment) -> ChiefAssignment:
    """The same, its geometry in the one spelling that is kept."""
    if said.geometry is None:
        return said
    plain = plain_geojson(read_geojson(said.geometry))
    return said.model_copy(update={"geometry": plain})


def _role_row(role: ChiefRole) -> ChiefRoleRow:
    said = role.model_dump(mode="json")
    return ChiefRoleRow(**said)


def _assignment_row(said: ChiefAssignment) -> ChiefAssignmentRow:
    columns = said.model_dump(mode="json") | {
        "valid_from": said.valid_from,
        "valid_to": said.valid_to,
    }
    return ChiefAssignmentRow(**columns)
