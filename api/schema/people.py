"""Who uses the system: what people may be, and what a key may be good for."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from api.schema.base import Moment, Name, Wire


class Role(StrEnum):
    """What a person does here; one person may have several."""

    OPERATOR = "operator"
    """操作员: watches the page, confirms and dismisses what the cameras see."""
    CLERK = "clerk"
    """坐席员: registers, dispatches, checks and closes cases."""
    CHIEF = "chief"
    """五长: one of the five chiefs; handles the cases of a place."""
    ENGINEER = "engineer"
    """工程师: tunes cameras, models and rules."""
    ADMIN = "admin"
    """管理员: people, keys, the audit; the one who looks after the server."""


class Scope(StrEnum):
    """What a key lets a program do; a key has one or more."""

    WORK = "work"
    """A worker: reports, sightings, heartbeats, its line to the API."""
    READ = "read"
    """Cases, what is watched, live alerts."""
    EVIDENCE = "evidence"
    """Original pictures and clips."""
    ACT = "act"
    """Move cases on, as a department's own system does."""
    INTAKE = "intake"
    """Bring in what others saw: vendor alarms, 12345 tickets, Open311 requests."""
    SUBSCRIBE = "subscribe"
    """Have events delivered."""


PersonName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._@-]{0,63}$")]
"""What a person signs in with: lower-case letters, digits, and . _ @ -"""
Password = Annotated[str, Field(min_length=10, max_length=128)]
KeyName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Login(Wire):
    """For a session: a name and its password, or the operator key alone."""

    key: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    name: Annotated[Name, Field(min_length=1, max_length=64)] | None = None
    password: Annotated[str, Field(min_length=1, max_length=128)] | None = None

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        as_person = self.name is not None and self.password is not None
        if as_person == (self.key is not None):
            raise ValueError("send either `name` and `password`, or `key`")
        return self


Assignments = Annotated[
    tuple[Annotated[Name, Field(min_length=1, max_length=48)], ...], Field(max_length=200)
]


class SignInWays(Wire):
    """How one may sign in here; the page asks this before it asks for anything else."""

    open: bool
    """This machine is answered without signing in."""
    password: bool
    key: bool
    oidc: str | None
    """What the other place is called, where one may sign in elsewhere."""
    first_run: bool
    """Nobody has an account yet: the token on the server's console makes the first."""


class Me(Wire):
    """Who the caller is taken for."""

    kind: Literal["person", "key", "local"]
    name: str
    display: str
    roles: tuple[Role, ...]
    scopes: tuple[Scope, ...]


class FirstRun(Wire):
    """Makes the first administrator, with the token that the server printed when it started."""

    token: Annotated[str, Field(min_length=1, max_length=128)]
    name: PersonName
    password: Password
    display: Annotated[Name, Field(max_length=80)] = ""


class PasswordChange(Wire):
    """A new password in place of the old one; ends the person's other sessions."""

    old: Annotated[str, Field(min_length=1, max_length=128)]
    new: Password


class ChiefEntry(Wire):
    """The secret of a chief's link: what stands behind its `#`."""

    token: Annotated[str, Field(min_length=1, max_length=128)]


class ChiefLinkWanted(Wire):
    """For whom a link is to be made."""

    assignment: Annotated[Name, Field(min_length=1, max_length=48)]
    name: Annotated[Name, Field(max_length=80)] = ""


class ChiefLink(Wire):
    """A chief's link: a path below the server's address; it is shown this once."""

    path: str
    expires_at: datetime


class NewPerson(Wire):
    """A person to be given an account; without a password they sign in elsewhere (OIDC)."""

    name: PersonName
    display: Annotated[Name, Field(max_length=80)] = ""
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    password: Password | None = None
    assignments: Assignments = ()
    """Of a chief: only the cases of these are theirs. Without any, the roles alone count."""


class PersonChange(Wire):
    """What is to be different about a person; what is left out stays as it is.

    A new password, and being disabled, end all of the person's sessions.
    """

    display: Annotated[Name, Field(max_length=80)] | None = None
    roles: Annotated[tuple[Role, ...], Field(min_length=1)] | None = None
    assignments: Assignments | None = None
    password: Password | None = None
    disabled: bool | None = None


class Person(Wire):
    """A person with an account."""

    id: int
    name: str
    display: str
    roles: tuple[Role, ...]
    assignments: tuple[str, ...]
    password: bool
    """Whether they have one; else they sign in elsewhere."""
    created_at: datetime
    disabled_at: datetime | None
    etag: str
    """For `If-Match`, when it is changed."""


class People(Wire):
    """Everyone who has or had an account."""

    items: tuple[Person, ...]


class NewKey(Wire):
    """A key to be made for a program."""

    name: KeyName
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    expires_at: Moment | None = None


class KeyRotation(Wire):
    """A new secret for a key; the present one goes on working for `overlap_s` seconds.

    `five-chief key rotate` has it in hours, as `--overlap-hours`.
    """

    overlap_s: Annotated[int, Field(ge=0, le=30 * 86400)] = 86400


class KeySecret(Wire):
    """One secret of a key, by the first letters of its hash."""

    hash: str
    created_at: datetime
    expires_at: datetime | None


class Key(Wire):
    """A program's key; what it shows is kept as a hash alone."""

    id: int
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To the minute."""
    secrets: tuple[KeySecret, ...]


class MadeKey(Key):
    """A key that was just made or rotated, with what to show for it: this once and never again."""

    secret: str


class Keys(Wire):
    """All keys, those that no longer work too."""

    items: tuple[Key, ...]


class AuditEntry(Wire):
    """Something that was seen or done."""

    id: int
    at: datetime
    kind: str
    who: str
    act: str
    object: str
    detail: dict[str, Any]
    address: str


class AuditPage(Wire):
    """A page of the audit, newest first; `next` is the cursor of the page after it, or None."""

    items: tuple[AuditEntry, ...]
    next: int | None
