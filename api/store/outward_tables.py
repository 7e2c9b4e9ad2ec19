"""The tables of outward delivery: who wants to hear, what is on its way, and every try."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.store.models import Base, RowId, UtcDateTime


class SubscriptionRow(Base):
    """A receiver of events. `planned` is its cursor in the events: all up to it have deliveries."""

    __tablename__ = "subscriptions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    adapter: Mapped[str] = mapped_column(String(16))
    url: Mapped[str] = mapped_column(String(2000))
    types: Mapped[list[str]] = mapped_column(JSON)
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Secret ones encrypted (`api.vault`)."""
    state: Mapped[str] = mapped_column(String(16))
    """active, paused (by a person) or disabled (by the receiver's 410)."""
    reason: Mapped[str] = mapped_column(String(300))
    planned: Mapped[int] = mapped_column(BigInteger)
    left_alone_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))


class SubscriptionSecretRow(Base):
    """A secret that messages are signed with; several are valid while they are rotated."""

    __tablename__ = "subscription_secrets"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    subscription_id: Mapped[UUID] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), index=True
    )
    # Encrypted (`api.vault`). SQLite heeds no lengths, and would have to make the table anew.
    secret: Mapped[str] = mapped_column(String(500).with_variant(String(120), "sqlite"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeliveryRow(Base):
    """One event on its way to one receiver; its body never changes, whatever the case does."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("subscription_id", "event_id"),
        Index("ix_deliveries_due", "subscription_id", "state", "next_at"),
        Index("ix_deliveries_order", "subscription_id", "case_id", "state", "event_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    subscription_id: Mapped[UUID] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE")
    )
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    type: Mapped[str] = mapped_column(String(32))
    message_id: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    """waiting, delivered, failed (tries are used up), refused or not_wanted."""
    tries: Mapped[int]
    """So many since it was planned or replayed."""
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reference: Mapped[str | None] = mapped_column(String(120))


class DeliveryTryRow(Base):
    """One try of one delivery."""

    __tablename__ = "delivery_tries"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("deliveries.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    took_ms: Mapped[int]
    result: Mapped[str] = mapped_column(String(16))
    status: Mapped[int | None]
    detail: Mapped[str] = mapped_column(String(500))


class HandoverRow(Base):
    """A case that another system has taken, and how that system says that it stands."""

    __tablename__ = "handovers"

    subscription_id: Mapped[UUID] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True
    )
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(String(120))
    """The other system's own number, empty where it gave none; or `token:` and a token."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(16))
    notes: Mapped[str] = mapped_column(String(500))
    next_look_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """When to ask it how the case stands; None when there is no more to ask."""


class EgovaMessageRow(Base):
    """A platform's action that was done, by which a repeat is known."""

    __tablename__ = "egova_messages"

    sender: Mapped[str] = mapped_column(String(80), primary_key=True)
    uid: Mapped[str] = mapped_column(String(120), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(32))
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
