"""The table of timers."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.store.models import Base, RowId, UtcDateTime

HANDLE = "handle"
"""The stage whose limits figures hold departments to."""


class TimerRow(Base):
    """A timer of a stage of a case's life, with the limit as it was when the stage began."""

    __tablename__ = "timers"
    __table_args__ = (
        UniqueConstraint("case_id", "stage", "number"),
        # What runs out next is looked for every few seconds.
        Index("ix_timers_announced_at_deadline", "announced_at", "deadline"),
        # What fell due in a time; partial, so that filing a case pays nothing for it.
        Index(
            "ix_timers_handle_last_deadline",
            "last_deadline",
            sqlite_where=text("stage = 'handle'"),
            postgresql_where=text("stage = 'handle'"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    stage: Mapped[str] = mapped_column(String(32))
    number: Mapped[int]
    """How often the case was in the stage, this time included."""
    amount: Mapped[str] = mapped_column(String(16))
    unit: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    running_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    banked_us: Mapped[int] = mapped_column(BigInteger)
    """Spent before it last began to run, on the limit's clock, in microseconds."""
    extra_us: Mapped[int] = mapped_column(BigInteger)
    """What 延期 added, likewise."""
    deadline: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """While it runs; None while it stands still."""
    last_deadline: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The deadline that it ran with last: what its stage was held to, once it is over."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(80))
    lapsed: Mapped[bool]
    announced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the event that it is late was written; that is once."""
