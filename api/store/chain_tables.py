"""The chain of manifests: only ever added to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.store.models import Base, RowId, UtcDateTime


class LinkRow(Base):
    """The manifest of what a report, or a sighting of it, brought; linked to the one before."""

    __tablename__ = "evidence_chain"
    __table_args__ = (UniqueConstraint("violation_id", "sighting"),)

    number: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    """From 1, without gaps."""
    violation_id: Mapped[UUID] = mapped_column(ForeignKey("reports.violation_id"))
    sighting: Mapped[int]
    """0 for the report itself."""
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    manifest: Mapped[str] = mapped_column(Text)
    """Canonical JSON, to the letter: its hash is taken of this text."""
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
