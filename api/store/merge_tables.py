"""Tables of merging and of the other doors in: witnesses, addresses, tickets, callbacks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.store.models import Base, ReportRow, RowId, UtcDateTime


class WitnessRow(Base):
    """A report of a case: the first that made it, and each that was attached to it."""

    __tablename__ = "witnesses"
    __table_args__ = (
        UniqueConstraint("case_id", "position"),
        Index("ix_witnesses_camera_id_case_id", "camera_id", "case_id"),
    )

    violation_id: Mapped[UUID] = mapped_column(ForeignKey("reports.violation_id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    position: Mapped[int]
    """From 1, in the order of coming."""
    source: Mapped[str] = mapped_column(String(32))
    camera_id: Mapped[str] = mapped_column(String(64))
    """Empty where no camera is known. A camera that is watched by a worker of ours, and so says
    when it is gone, is one whose source is `camera`."""
    place: Mapped[dict[str, Any]] = mapped_column(JSON)
    """`CasePlace`: in WGS 84, with what the source said."""
    attached_at: Mapped[datetime] = mapped_column(UtcDateTime)
    distance_m: Mapped[float | None] = mapped_column(Float)
    """From the case's place; None for the first."""
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    report: Mapped[ReportRow] = relationship(lazy="joined")


class AddressRow(Base):
    """An address, once: searching words in a few thousand of them beats doing so in each case."""

    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    text: Mapped[str] = mapped_column(String(300), unique=True)


class TicketRow(Base):
    """What came by another door than the workers': whose it is, and who told of it."""

    __tablename__ = "tickets"
    __table_args__ = (UniqueConstraint("source", "source_ref"),)

    violation_id: Mapped[UUID] = mapped_column(ForeignKey("reports.violation_id"), primary_key=True)
    source: Mapped[str] = mapped_column(String(32))
    source_ref: Mapped[str] = mapped_column(String(300))
    caller_name: Mapped[str | None] = mapped_column(String(64))
    caller_phone: Mapped[str | None] = mapped_column(String(32))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    known_before: Mapped[bool]
    """Somebody who is no citizen had told of it: 未诉先办."""


class CallbackRow(Base):
    """What a caller answered when asked (回访)."""

    __tablename__ = "callbacks"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    violation_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.violation_id"), index=True)
    level: Mapped[int]
    answer: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(500))
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
