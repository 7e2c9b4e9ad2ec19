"""Who uses the system: people, their sessions, programs' keys, and the record of what all did."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.store.models import Base, RowId, UtcDateTime


class PersonRow(Base):
    """A person with an account; never deleted, for the records name them."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    """What they sign in with, in lower case."""
    display: Mapped[str] = mapped_column(String(80))
    roles: Mapped[list[str]] = mapped_column(JSON)
    assignments: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """A chief's: the cases of these alone are theirs. None: not tied to any."""
    password: Mapped[str | None] = mapped_column(String(200))
    """Argon2's own text form; None for those who sign in elsewhere."""
    subject: Mapped[str | None] = mapped_column(String(300), unique=True)
    """Issuer and subject of the OpenID provider who vouches for them."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SessionRow(Base):
    """Somebody signed in, in one browser; the cookie itself is not kept."""

    __tablename__ = "sessions"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    person: Mapped[PersonRow] = relationship(lazy="joined")


class ChiefLinkRow(Base):
    """The link of a notice, by its hash: who holds it is the chief of an assignment."""

    __tablename__ = "chief_links"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    assignment: Mapped[str] = mapped_column(String(48), index=True)
    name: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ChiefSessionRow(Base):
    """A chief who came in by a link, in one browser."""

    __tablename__ = "chief_sessions"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    assignment: Mapped[str] = mapped_column(String(48), index=True)
    name: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class FailureRow(Base):
    """Wrong passwords for a name, whether or not it is anyone's."""

    __tablename__ = "sign_in_failures"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class FirstRunRow(Base):
    """The one-time token that makes the first administrator, by its hash."""

    __tablename__ = "first_run"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KeyRow(Base):
    """A program's key; never deleted, for the records name it."""

    __tablename__ = "keys"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    secrets: Mapped[list["SecretRow"]] = relationship(
        back_populates="key", lazy="selectin", order_by="SecretRow.created_at"
    )


class SecretRow(Base):
    """What a program shows for its key, by its hash; two while a key is being rotated."""

    __tablename__ = "key_secrets"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("keys.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    key: Mapped[KeyRow] = relationship(back_populates="secrets", lazy="joined")


class AuditRow(Base):
    """Who saw an original picture, and who did what to people, keys and the server."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    kind: Mapped[str] = mapped_column(String(16))
    who: Mapped[str] = mapped_column(String(80), index=True)
    act: Mapped[str] = mapped_column(String(40), index=True)
    object: Mapped[str] = mapped_column(String(128), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    address: Mapped[str] = mapped_column(String(64))
