"""The chain of manifests: only ever added to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.store.models import Base, RowId, UtcDateTime


class LinkRow(Base):
    """A manifest, linked to the one before.

    `kind` says of what: of a report or a sighting of it (`violation_id`, `sighting`), of a picture
    that came with a case (`file`), a step that names pictures (`step`), a `snapshot`: `ref` is then
    that row's id, and `case_id` its case's.
    """

    __tablename__ = "evidence_chain"
    __table_args__ = (
        UniqueConstraint("violation_id", "sighting"),
        Index("ix_evidence_chain_kind_ref", "kind", "ref"),
        Index("ix_evidence_chain_case_id", "case_id"),
    )

    number: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    """From 1, without gaps."""
    violation_id: Mapped[UUID | None] = mapped_column(ForeignKey("reports.violation_id"))
    sighting: Mapped[int]
    """0 for the report itself."""
    kind: Mapped[str] = mapped_column(String(16), server_default="report")
    ref: Mapped[int | None] = mapped_column(BigInteger)
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    manifest: Mapped[str] = mapped_column(Text)
    """Canonical JSON, to the letter: its hash is taken of this text."""
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
