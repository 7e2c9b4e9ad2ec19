"""The tables of self-rectification (自行整改): shops that were told first."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.store.models import Base, RowId, UtcDateTime


class RectificationRow(Base):
    """A shop that was told to put something right, and what followed."""

    __tablename__ = "rectifications"
    __table_args__ = (
        Index("ix_rectifications_state_until", "state", "until"),
        Index("ix_rectifications_shop_opened_at", "shop", "opened_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    shop: Mapped[str] = mapped_column(String(40))
    service_code: Mapped[str] = mapped_column(String(16))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16))
    """waiting, rectified or filed."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))


class RectificationReportRow(Base):
    """A report that waits, or waited, for a shop to put it right."""

    __tablename__ = "rectification_reports"

    violation_id: Mapped[UUID] = mapped_column(ForeignKey("reports.violation_id"), primary_key=True)
    rectification_id: Mapped[int] = mapped_column(ForeignKey("rectifications.id"), index=True)
    source: Mapped[str] = mapped_column(String(32))
    last_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
