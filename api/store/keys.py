"""Keys of programs: made, rotated with an overlap, revoked; what they show is kept as a hash."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from api.passwords import hash_secret, new_secret
from api.schema.people import Key, KeySecret, MadeKey, NewKey, Scope
from api.store.audit import Actor, note
from api.store.engine import Store
from api.store.people_tables import KeyRow, SecretRow

PREFIX = "fck"


class KeyProblem(Exception):
    """What was asked cannot be done to the key."""


class UnknownKey(KeyProblem):
    """There is no key of this name or number."""


class KeyNameTaken(KeyProblem):
    """A key has this name already, or had it before it was revoked."""


class KeyEnded(KeyProblem):
    """The key was revoked or has expired; a new one is needed."""


@dataclass(frozen=True, slots=True)
class GoodKey:
    """A key that works at this moment."""

    key_id: int
    name: str
    scopes: frozenset[Scope]
    last_used_at: datetime | None


def list_keys(store: Store) -> tuple[Key, ...]:
    """All keys, by name."""
    with store.reading() as session:
        return tuple(map(_view, session.scalars(select(KeyRow).order_by(KeyRow.name))))


def find_key_id(store: Store, name: str) -> int:
    """The number of the key of this name.

    Raises:
        UnknownKey: there is none.
    """
    with store.reading() as session:
        found = session.scalar(select(KeyRow.id).where(KeyRow.name == name))
    if found is None:
        raise UnknownKey(f"there is no key called {name!r}")
    return found


def add_key(store: Store, new: NewKey, actor: Actor, now: datetime) -> MadeKey:
    """Make a key; the answer is the only place that its secret is ever in.

    Raises:
        KeyNameTaken: a key has or had this name.
    """
    secret = new_secret(PREFIX)
    with store.writing() as session:
        row = KeyRow(
            name=new.name,
            scopes=_sorted(new.scopes),
            created_at=now,
            created_by=actor.name,
            expires_at=new.expires_at,
        )
        row.secrets.append(SecretRow(hash=hash_secret(secret), created_at=now))
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:
            raise KeyNameTaken(f"a key is or was called {new.name!r}; take another name") from error
        note(session, now, actor, "key.add", new.name, {"scopes": row.scopes})
        return MadeKey(**_view(row).model_dump(), secret=secret)


def rotate_key(
    store: Store, key_id: int, overlap: timedelta, actor: Actor, now: datetime
) -> MadeKey:
    """Give a key a new secret; the present one works for `overlap` longer, older ones end.

    Raises:
        UnknownKey: there is no such key.
        KeyEnded: it does not work any more.
    """
    secret = new_secret(PREFIX)
    with store.writing() as session:
        row = session.get(KeyRow, key_id, with_for_update=True)
        if row is None:
            raise UnknownKey(f"there is no key {key_id}")
        if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
            raise KeyEnded(f"the key {row.name} was revoked or has expired; make a new one")
        for old in row.secrets:
            latest = old is row.secrets[-1]
            end = now + overlap if latest else now
            old.expires_at = end if old.expires_at is None else min(old.expires_at, end)
        row.secrets.append(SecretRow(hash=hash_secret(secret), created_at=now))
        session.flush()
        said = {"overlap_s": overlap.total_seconds()}
        note(session, now, actor, "key.rotate", row.name, said)
        return MadeKey(**_view(row).model_dump(), secret=secret)


def revoke_key(store: Store, key_id: int, actor: Actor, now: datetime) -> Key:
    """End a key at once, with all its secrets; again does nothing.

    Raises:
        UnknownKey: there is no such key.
    """
    with store.writing() as session:
        row = session.get(KeyRow, key_id, with_for_update=True)
        if row is None:
            raise UnknownKey(f"there is no key {key_id}")
        if row.revoked_at is None:
            row.revoked_at = now
            note(session, now, actor, "key.revoke", row.name)
        return _view(row)


def find_good_key(store: Store, secret: str, now: datetime) -> GoodKey | None:
    """The key that this is a secret of, if it works at this moment."""
    alive = [or_(end.is_(None), end > now) for end in (SecretRow.expires_at, KeyRow.expires_at)]
    query = (
        select(KeyRow)
        .join(SecretRow)
        .where(SecretRow.hash == hash_secret(secret), KeyRow.revoked_at.is_(None), *alive)
    )
    with store.reading() as session:
        row = session.scalar(query)
        if row is None:
            return None
        scopes = frozenset(Scope(scope) for scope in row.scopes)
        return GoodKey(row.id, row.name, scopes, row.last_used_at)


def touch_key(store: Store, key_id: int, now: datetime) -> None:
    """Remember that a key was used."""
    with store.writing() as session:
        session.execute(update(KeyRow).where(KeyRow.id == key_id).values(last_used_at=now))


def _sorted(scopes: Iterable[Scope]) -> list[str]:
    return sorted({scope.value for scope in scopes})


def _view(row: KeyRow) -> Key:
    return Key(
        id=row.id,
        name=row.name,
        scopes=tuple(Scope(scope) for scope in row.scopes),
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        secrets=tuple(
            KeySecret(hash=each.hash[:8], created_at=each.created_at, expires_at=each.expires_at)
            for each in row.secrets
        ),
    )
