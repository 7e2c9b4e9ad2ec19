"""People with accounts. Every change is recorded in the transaction that makes it."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.passwords import hash_password, hash_secret
from api.schema.people import FirstRun, NewPerson, Person, PersonChange, Role
from api.store.audit import Actor, note
from api.store.engine import Store
from api.store.errors import Outdated
from api.store.people_tables import FirstRunRow, PersonRow, SessionRow
from api.store.tags import tag_of


class PeopleError(Exception):
    """What was asked cannot be done to the account."""


class UnknownPerson(PeopleError):
    """Nobody has this name or number."""


class NameTaken(PeopleError):
    """Somebody has this name already."""


class LastAdministrator(PeopleError):
    """Nobody would be left who can give others access."""


class TokenWrong(PeopleError):
    """The first administrator's token is none, was used, or is too old."""


def any_people(store: Store) -> bool:
    """Whether anyone has, or ever had, an account."""
    with store.reading() as session:
        return session.scalar(select(PersonRow.id).limit(1)) is not None


def list_people(store: Store) -> tuple[Person, ...]:
    """Everyone, by name."""
    with store.reading() as session:
        return tuple(map(_view, session.scalars(select(PersonRow).order_by(PersonRow.name))))


def find_person(store: Store, name: str) -> Person:
    """The person who signs in with this name.

    Raises:
        UnknownPerson: nobody does.
    """
    with store.reading() as session:
        row = session.scalar(select(PersonRow).where(PersonRow.name == name))
        if row is None:
            raise UnknownPerson(f"nobody is called {name!r}")
        return _view(row)


def add_person(store: Store, new: NewPerson, actor: Actor, now: datetime) -> Person:
    """Give a person an account.

    Raises:
        NameTaken: the name is somebody else's.
    """
    hashed = None if new.password is None else hash_password(new.password)
    with store.writing() as session:
        return _add(session, new, hashed, actor, now)


def _add(
    session: Session,
    new: NewPerson,
    hashed: str | None,
    actor: Actor,
    now: datetime,
    subject: str | None = None,
) -> Person:
    row = PersonRow(
        name=new.name,
        display=new.display.strip() or new.name,
        roles=_sorted(new.roles),
        assignments=sorted(set(new.assignments)) or None,
        password=hashed,
        subject=subject,
        created_at=now,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise NameTaken(f"somebody is called {new.name!r} already") from error
    said = {"roles": row.roles} | ({"assignments": row.assignments} if row.assignments else {})
    note(session, now, actor, "person.add", new.name, said)
    return _view(row)


def change_person(
    store: Store,
    person_id: int,
    change: PersonChange,
    actor: Actor,
    now: datetime,
    tags: Collection[str] | None = None,
) -> Person:
    """Change an account; a new password, and disabling it, end all its sessions.

    Args:
        tags: of the account as the writer may have seen it; None for any.

    Raises:
        UnknownPerson: there is no such account.
        Outdated: somebody changed it since it was seen.
        LastAdministrator: no administrator would be left.
    """
    hashed = None if change.password is None else hash_password(change.password)
    with store.writing() as session:
        row = session.get(PersonRow, person_id, with_for_update=True)
        if row is None:
            raise UnknownPerson(f"there is no person {person_id}")
        if tags is not None and _tag(row) not in tags:
            raise Outdated(f"the account of {row.name} was changed since; look again")
        was_administrator = _is_administrator(row)
        said = _apply(row, change, now)
        if hashed is not None:
            row.password = hashed
            said["new_password"] = True
        session.flush()
        if was_administrator and not _is_administrator(row):
            _keep_one_administrator(session)
        if hashed is not None or change.disabled:
            session.execute(delete(SessionRow).where(SessionRow.person_id == person_id))
        note(session, now, actor, "person.change", row.name, said)
        return _view(row)


def _apply(row: PersonRow, change: PersonChange, now: datetime) -> dict[str, object]:
    """Change all but the password; what the audit says of it."""
    said: dict[str, object] = {}
    if change.display is not None:
        row.display = change.display.strip() or row.name
        said["display"] = row.display
    if change.roles is not None:
        row.roles = _sorted(change.roles)
        said["roles"] = row.roles
    if change.assignments is not None:
        row.assignments = sorted(set(change.assignments)) or None
        said["assignments"] = row.assignments
    if change.disabled is not None and change.disabled != (row.disabled_at is not None):
        row.disabled_at = now if change.disabled else None
        said["disabled"] = change.disabled
    return said


def _keep_one_administrator(session: Session) -> None:
    rows = session.scalars(
        # Locked, so that two administrators cannot demote each other at once.
        select(PersonRow).where(PersonRow.disabled_at.is_(None)).with_for_update()
    )
    if not any(map(_is_administrator, rows)):
        raise LastAdministrator(
            "no administrator would be left; make another person one first: "
            "five-chief user add NAME --role admin"
        )


def _is_administrator(row: PersonRow) -> bool:
    return row.disabled_at is None and Role.ADMIN.value in row.roles


def remember_vouched(
    store: Store, subject: str, new: NewPerson, actor: Actor, now: datetime
) -> PersonRow:
    """The account of someone whom an OpenID provider vouches for; made at their first visit.

    Their roles and name to show are what the provider says at each visit.

    Raises:
        NameTaken: the name belongs to an account that the provider did not vouch for.
    """
    with store.writing() as session:
        row = session.scalar(select(PersonRow).where(PersonRow.subject == subject))
        if row is None:
            _add(session, new, None, actor, now, subject)
            row = session.scalars(select(PersonRow).where(PersonRow.subject == subject)).one()
        elif (row.display, row.roles) != (new.display or row.name, _sorted(new.roles)):
            row.display, row.roles = new.display or row.name, _sorted(new.roles)
            note(session, now, actor, "person.change", row.name, {"roles": row.roles})
        session.flush()
        session.expunge(row)
        return row


FIRST_RUN_S = 3600


def offer_first_run(store: Store, secret: str, now: datetime) -> bool:
    """Let a token make the first administrator, for an hour; False once anyone has an account."""
    with store.writing() as session:
        if session.scalar(select(PersonRow.id).limit(1)) is not None:
            return False
        session.execute(delete(FirstRunRow))
        end = now + timedelta(seconds=FIRST_RUN_S)
        session.add(FirstRunRow(hash=hash_secret(secret), expires_at=end))
        return True


def take_first_run(store: Store, asked: FirstRun, address: str, now: datetime) -> Person:
    """Make the first administrator, who has every role until others are there to have them.

    Raises:
        TokenWrong: the token is wrong, was used or is too old.
    """
    hashed = hash_password(asked.password)
    with store.writing() as session:
        row = session.get(FirstRunRow, hash_secret(asked.token), with_for_update=True)
        somebody = session.scalar(select(PersonRow.id).limit(1)) is not None
        if row is None or row.expires_at <= now or somebody:
            raise TokenWrong(
                "the token is wrong, was used before or is older than an hour; start the server "
                "again for a new one, or run five-chief user add on it"
            )
        session.delete(row)
        new = NewPerson(name=asked.name, display=asked.display, roles=tuple(Role))
        return _add(session, new, hashed, Actor("person", asked.name, address), now)


def _sorted(roles: Iterable[Role]) -> list[str]:
    return sorted({role.value for role in roles})


def _view(row: PersonRow) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        display=row.display,
        roles=tuple(Role(role) for role in row.roles),
        assignments=tuple(row.assignments or ()),
        password=row.password is not None,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        etag=_tag(row),
    )


def _tag(row: PersonRow) -> str:
    return tag_of(row.display, row.roles, row.assignments, row.disabled_at is not None)
