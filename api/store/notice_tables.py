"""The tables of notices: who was told, when, through what, and whether it arrived."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.store.models import Base, RowId, UtcDateTime


class NoticeRow(Base):
    """Something that somebody is told through one channel; an outbox and its record in one."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_state_next_at", "state", "next_at"),
        Index("ix_notices_assignment_case_id", "assignment", "case_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    """What it is about and for whom: the same thing is never told twice."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    audience: Mapped[str] = mapped_column(String(16))
    """chief, keeper or department."""
    text_kind: Mapped[str] = mapped_column(String(16))
    role: Mapped[str] = mapped_column(String(80))
    """As people read it: 路长."""
    assignment: Mapped[str] = mapped_column(String(48))
    name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(120))
    why: Mapped[str] = mapped_column(String(16))
    """duty, deputy, off_duty, or empty."""
    channel: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(String(2000))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16))
    """waiting, sent or failed."""
    tries: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it is tried next; while it is being tried, when others may take that for broken off."""
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(String(400))

    tried: Mapped[list["NoticeTryRow"]] = relationship(
        order_by="NoticeTryRow.number", lazy="selectin", viewonly=True
    )


class NoticeTryRow(Base):
    """A try of a notice, and what came of it."""

    __tablename__ = "notice_tries"
    __table_args__ = (UniqueConstraint("notice_id", "number"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"))
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    result: Mapped[str] = mapped_column(String(16))
    """As `api.outward.outcome.Result` has it; `begun` while nobody knows."""
    status: Mapped[int | None]
    detail: Mapped[str] = mapped_column(String(400))


class EscalationRow(Base):
    """How far up a dispatched case has been told of, while nobody has taken it on."""

    __tablename__ = "escalations"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    step: Mapped[int]
    """The step of the case's history that dispatched it."""
    role: Mapped[str] = mapped_column(String(40))
    order: Mapped[int]
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """When the next one is told; None when there is none, or while the case is shelved."""
