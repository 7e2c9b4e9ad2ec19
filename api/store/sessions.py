"""Who is signed in, and who tried to."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from api.passwords import hash_password, hash_secret, is_password, new_secret
from api.schema.people import Role
from api.store.audit import Actor, note
from api.store.engine import Store, retry_on_clash
from api.store.people_tables import FailureRow, PersonRow, SessionRow

LASTS = timedelta(hours=12)
FREE_TRIES = 5
"""Wrong passwords before a name is locked."""
_FIRST_LOCK = timedelta(minutes=1)
_LONGEST_LOCK = timedelta(minutes=15)
_FORGIVEN = timedelta(days=1)


class PasswordWrong(Exception):
    """The name is nobody's, its account is disabled, or the password is another."""


class Locked(Exception):
    """Too many wrong passwords came for this name; `wait_s` until the next try counts."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many wrong passwords for this name; try again in {wait_s} s")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a session belongs to."""

    person_id: int
    name: str
    display: str
    roles: frozenset[Role]
    assignments: frozenset[str] = frozenset()


def check_password(store: Store, name: str, password: str, now: datetime) -> int:
    """The number of the person whose name and password these are.

    A name that is nobody's is answered, and locked, as one that is somebody's.

    Raises:
        Locked: too many tries; the password was not looked at.
        PasswordWrong: this one was wrong.
    """
    with store.reading() as session:
        failed = session.get(FailureRow, name)
        wait = _locked_for(failed, now)
        person = session.scalar(select(PersonRow).where(PersonRow.name == name))
        found = None if person is None or person.disabled_at is not None else person
        number, hashed = (0, None) if found is None else (found.id, found.password)
    if wait is not None:
        raise Locked(wait)
    if is_password(password, hashed):
        if failed is not None:
            with store.writing() as session:
                session.execute(delete(FailureRow).where(FailureRow.name == name))
        return number
    _count_failure(store, name, now)
    raise PasswordWrong("the name or the password is wrong")


def _locked_for(failed: FailureRow | None, now: datetime) -> int | None:
    if failed is None or failed.count < FREE_TRIES:
        return None
    lock = min(_FIRST_LOCK * 2 ** min(failed.count - FREE_TRIES, 8), _LONGEST_LOCK)
    left = (failed.last_at + lock - now).total_seconds()
    return None if left <= 0 else int(left) + 1


@retry_on_clash
def _count_failure(store: Store, name: str, now: datetime) -> None:
    with store.writing() as session:
        session.execute(delete(FailureRow).where(FailureRow.last_at < now - _FORGIVEN))
        row = session.get(FailureRow, name, with_for_update=True)
        if row is None:
            session.add(FailureRow(name=name, count=1, last_at=now))
        else:
            row.count, row.last_at = row.count + 1, now


def open_session(store: Store, person_id: int, actor: Actor, now: datetime) -> str:
    """Sign a person in; the cookie's value, of which only a hash is kept."""
    secret = new_secret("fcs")
    with store.writing() as session:
        session.execute(delete(SessionRow).where(SessionRow.expires_at <= now))
        session.add(
            SessionRow(
                hash=hash_secret(secret),
                person_id=person_id,
                created_at=now,
                expires_at=now + LASTS,
            )
        )
        note(session, now, actor, "session.open", actor.name)
    return secret


def find_session(store: Store, secret: str, now: datetime) -> SignedIn | None:
    """Who is signed in with this cookie; None when it ended, or the account is disabled."""
    with store.reading() as session:
        row = session.get(SessionRow, hash_secret(secret))
        if row is None or row.expires_at <= now or row.person.disabled_at is not None:
            return None
        person = row.person
        roles = frozenset(Role(role) for role in person.roles)
        own = frozenset(person.assignments or ())
        return SignedIn(person.id, person.name, person.display, roles, own)


def close_session(store: Store, secret: str) -> None:
    """Sign out of one browser."""
    with store.writing() as session:
        session.execute(delete(SessionRow).where(SessionRow.hash == hash_secret(secret)))


def close_all_sessions(store: Store, person_id: int, actor: Actor, now: datetime) -> None:
    """Sign out everywhere."""
    with store.writing() as session:
        session.execute(delete(SessionRow).where(SessionRow.person_id == person_id))
        note(session, now, actor, "session.close-all", actor.name)


def change_password(
    store: Store, person_id: int, secret: str | None, new: str, actor: Actor, now: datetime
) -> None:
    """Set a person's own password, and end their sessions but the one of the cookie `secret`."""
    hashed = hash_password(new)
    kept = "" if secret is None else hash_secret(secret)
    with store.writing() as session:
        person = session.get_one(PersonRow, person_id)
        person.password = hashed
        session.execute(
            delete(SessionRow).where(SessionRow.person_id == person_id, SessionRow.hash != kept)
        )
        note(session, now, actor, "person.password", actor.name)
