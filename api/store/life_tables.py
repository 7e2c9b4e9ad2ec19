"""The tables of a case's life: filing conditions, history, approvals, looks wanted, transfers,
and what is on record of a camera."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.store.models import Base, RowId, UtcDateTime


class CaseStandardRow(Base):
    """A filing condition (立案条件) of a kind, in one version of the catalogue."""

    __tablename__ = "case_standards"
    __table_args__ = (
        ForeignKeyConstraint(["version", "kind"], ["categories.version", "categories.kind"]),
    )

    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    standard: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int]
    """Order within the kind; the first whose labels fit a report is its default."""
    labels: Mapped[list[str]] = mapped_column(JSON)
    zones: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Kinds of zone: a report that touches one is filed under it, whatever its label."""
    scheme: Mapped[str] = mapped_column(String(32))
    type: Mapped[str] = mapped_column(String(8))
    code: Mapped[str] = mapped_column(String(8))
    service_code: Mapped[str] = mapped_column(String(16))
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    condition_zh: Mapped[str] = mapped_column(String(500))
    condition_en: Mapped[str] = mapped_column(String(500))
    closing_zh: Mapped[str] = mapped_column(String(500))
    closing_en: Mapped[str] = mapped_column(String(500))
    grade: Mapped[str] = mapped_column(String(1))
    department: Mapped[str] = mapped_column(String(80))
    closes_on_check: Mapped[bool]
    source: Mapped[str] = mapped_column(String(200))

    limits: Mapped[list["StageLimitRow"]] = relationship(
        order_by="StageLimitRow.position", lazy="selectin"
    )


class StageLimitRow(Base):
    """How long one stage may take under a filing condition."""

    __tablename__ = "stage_limits"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version", "kind", "standard"],
            ["case_standards.version", "case_standards.kind", "case_standards.standard"],
        ),
    )

    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    standard: Mapped[str] = mapped_column(String(32), primary_key=True)
    stage: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int]
    amount: Mapped[float] = mapped_column(Float)
    unit: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(200))


class CaseHistoryRow(Base):
    """A step of a case's life; never changed once written."""

    __tablename__ = "case_history"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    action: Mapped[str] = mapped_column(String(24))
    before: Mapped[str | None] = mapped_column(String(16))
    after: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(80))
    by_kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)


class ApprovalRow(Base):
    """Something asked for a case by one and decided by another."""

    __tablename__ = "approvals"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    """open, granted, refused, withdrawn or lapsed."""
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(String(500))


class LookAgainRow(Base):
    """A look that a camera is asked for, after a department said that it is done."""

    __tablename__ = "look_again"
    __table_args__ = (Index("ix_look_again_camera_id_status", "camera_id", "status"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    violation_id: Mapped[UUID]
    camera_id: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    """waiting, taken, answered or dropped (the case went on without it)."""
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_by: Mapped[str | None] = mapped_column(String(64))
    taken_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str | None] = mapped_column(String(16))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pictures: Mapped[list[str]] = mapped_column(JSON)


class CaseFileRow(Base):
    """A picture of the work done, or of the check; its file is in the evidence folder."""

    __tablename__ = "case_files"
    __table_args__ = (UniqueConstraint("case_id", "sha256"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    usage: Mapped[str] = mapped_column(String(16))
    """handled or checked."""
    media_type: Mapped[str] = mapped_column(String(32))
    size: Mapped[int] = mapped_column(BigInteger)
    captured_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_by: Mapped[str] = mapped_column(String(80))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TransferRow(Base):
    """A lead handed over to another authority, or taken in from one (双移交), with its receipt."""

    __tablename__ = "transfers"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    direction: Mapped[str] = mapped_column(String(8))
    """out, in or penalty."""
    receipt: Mapped[str] = mapped_column(String(40), unique=True)
    """Our own number of it, given in the same transaction, without gaps."""
    agency: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(500))
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    document: Mapped[str | None] = mapped_column(String(80))
    """The other side's own number, from when it is known."""
    signed_by: Mapped[str | None] = mapped_column(String(80))
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CameraComplianceRow(Base):
    """What is on record of a camera that a penalty file would need (行政处罚法 art. 41)."""

    __tablename__ = "camera_compliance"

    camera_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    legal_review_id: Mapped[str | None] = mapped_column(String(80))
    legal_reviewed_on: Mapped[date | None] = mapped_column(Date)
    tech_review_id: Mapped[str | None] = mapped_column(String(80))
    tech_reviewed_on: Mapped[date | None] = mapped_column(Date)
    published_location_url: Mapped[str | None] = mapped_column(String(500))
    sign_posted_on: Mapped[date | None] = mapped_column(Date)
    updated_by: Mapped[str] = mapped_column(String(80))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own convention)
