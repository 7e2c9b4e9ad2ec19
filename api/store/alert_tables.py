"""Tables of what operators do with alerts before, and beside, the steps of a case's life."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.store.models import Base, RowId, UtcDateTime


class DismissalReasonRow(Base):
    """Why an alert is none: what the page offers."""

    __tablename__ = "dismissal_reasons"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    false_positive: Mapped[bool]
    active: Mapped[bool]
    position: Mapped[int]


class HeldVerdictRow(Base):
    """A verdict that takes effect at a moment, unless it is taken back before; one a case."""

    __tablename__ = "held_verdicts"
    __table_args__ = (Index("ix_held_verdicts_due_at", "due_at"),)

    case_id: Mapped[int] = mapped_column(
        ForeignKey("cases.id"), primary_key=True, autoincrement=False
    )
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(500))
    reason_kind: Mapped[str | None] = mapped_column(String(32))
    by: Mapped[str] = mapped_column(String(80))
    caller: Mapped[str] = mapped_column(String(80))
    """By which account or key, for a key does not tell which person it is."""
    who: Mapped[list[Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SnoozeRow(Base):
    """A place in a camera's picture in which a kind of alert waits until a moment."""

    __tablename__ = "snoozes"
    __table_args__ = (Index("ix_snoozes_until", "until"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    camera_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    place: Mapped[list[Any]] = mapped_column(JSON)
    """x0, y0, x1, y1 as shares of the picture."""
    note: Mapped[str] = mapped_column(String(500))
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(80))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MissRow(Base):
    """Something that a camera missed, and somebody filed by hand from its picture."""

    __tablename__ = "misses"
    __table_args__ = (Index("ix_misses_at", "at"), Index("ix_misses_camera_id", "camera_id"))

    number: Mapped[int] = mapped_column(RowId, primary_key=True)
    violation_id: Mapped[UUID] = mapped_column(unique=True)
    camera_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    label: Mapped[str] = mapped_column(String(64))
    box: Mapped[list[Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    captured_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(String(500))
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    known: Mapped[bool]
    """There was a case of it already: nothing was missed."""
