"""The tables. Portable between SQLite and PostgreSQL; `migrations/` says the same in steps."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from api.store.finding_columns import FindingColumns
from api.store.moments import UtcDateTime as UtcDateTime

if TYPE_CHECKING:
    from api.store.component_tables import ComponentClassRow
    from api.store.life_tables import CaseFileRow, CaseStandardRow
    from api.store.merge_tables import AddressRow, WitnessRow


# SQLite numbers rows by itself only where the key's type is INTEGER to the letter.
RowId = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can speak of it on every engine."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class CatalogueVersionRow(Base):
    """A version of the catalogue; never changed once written."""

    __tablename__ = "catalogue_versions"

    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(200))
    seeded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CategoryRow(Base):
    """A kind of violation and its code, in one version of the catalogue."""

    __tablename__ = "categories"

    version: Mapped[str] = mapped_column(
        String(32), ForeignKey("catalogue_versions.version"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    scheme: Mapped[str] = mapped_column(String(32))
    type: Mapped[str] = mapped_column(String(8))
    code: Mapped[str] = mapped_column(String(8))
    service_code: Mapped[str] = mapped_column(String(16))
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))


class ReportRow(Base):
    """A report as it came, for ever; its key is what makes filing idempotent."""

    __tablename__ = "reports"

    violation_id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class EvidenceRow(Base):
    """A file of evidence that a report, or a sighting of it, cites."""

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("violation_id", "sighting", "position"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    violation_id: Mapped[UUID] = mapped_column(ForeignKey("reports.violation_id"))
    sighting: Mapped[int | None]
    position: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    role: Mapped[str] = mapped_column(String(16))
    media_type: Mapped[str] = mapped_column(String(32))
    size: Mapped[int] = mapped_column(BigInteger)
    captured_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SightingRow(Base):
    """A numbered follow-up to a report."""

    __tablename__ = "sightings"

    violation_id: Mapped[UUID] = mapped_column(ForeignKey("reports.violation_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


def _partial(name: str, where: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class CaseRow(FindingColumns, Base):
    """What became of a report."""

    __tablename__ = "cases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["catalogue_version", "kind"], ["categories.version", "categories.kind"]
        ),
        Index("ix_cases_status_id", "status", "id"),
        Index("ix_cases_place", "cell", "service_code", "id", "latitude", "longitude"),
        Index("ix_cases_service_code_id", "service_code", "id"),
        Index("ix_cases_source_id", "source", "id"),
        # What most cases have not costs nothing when they are filed.
        _partial("ix_cases_street_id", "street IS NOT NULL", "street", "id"),
        _partial("ix_cases_community_id", "community IS NOT NULL", "community", "id"),
        _partial("ix_cases_address_id_id", "address_id IS NOT NULL", "address_id", "id"),
        _partial("ix_cases_due_at_id", "due_at IS NOT NULL", "due_at", "id"),
        _partial("ix_cases_department_id", "department IS NOT NULL", "department", "id"),
        Index(
            "ix_cases_urgent_id",
            "urgent",
            "id",
            sqlite_where=text("urgent = 1"),
            postgresql_where=text("urgent"),
        ),
        _partial("ix_cases_recurs_of", "recurs_of IS NOT NULL", "recurs_of"),
        _partial("ix_cases_assigned_to_id", "assigned_to IS NOT NULL", "assigned_to", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    violation_id: Mapped[UUID] = mapped_column(ForeignKey("reports.violation_id"), unique=True)
    catalogue_version: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(32))
    standard: Mapped[str | None] = mapped_column(String(32))
    """The filing condition; None for cases from before there were any.

    No foreign key: SQLite could add one only by making the table anew, under those that refer
    to it. Conditions are never taken out of their table.
    """
    camera_id: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    last_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    dismiss_reason: Mapped[str | None] = mapped_column(String(500))
    dismiss_kind: Mapped[str | None] = mapped_column(String(32))
    assigned_to: Mapped[str | None] = mapped_column(String(80))
    """The operator who is to settle it; not the handler, who works on it later."""
    department: Mapped[str | None] = mapped_column(String(80))
    handler: Mapped[str | None] = mapped_column(String(80))
    reworks: Mapped[int] = mapped_column(server_default="0")
    postponed: Mapped[int] = mapped_column(server_default="0")
    """How often 延期 was granted."""
    shelved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    shelved_until: Mapped[date | None] = mapped_column(Date)
    reviewed_by: Mapped[str | None] = mapped_column(String(80))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer)

    report: Mapped[ReportRow] = relationship(lazy="joined")
    category: Mapped[CategoryRow] = relationship(lazy="joined")
    condition: Mapped["CaseStandardRow | None"] = relationship(
        primaryjoin="and_(foreign(CaseRow.catalogue_version) == CaseStandardRow.version,"
        "foreign(CaseRow.kind) == CaseStandardRow.kind,"
        "foreign(CaseRow.standard) == CaseStandardRow.standard)",
        viewonly=True,
        lazy="joined",
    )
    witnesses: Mapped[list["WitnessRow"]] = relationship(
        order_by="WitnessRow.position", viewonly=True, lazy="selectin"
    )
    files: Mapped[list["CaseFileRow"]] = relationship(
        order_by="CaseFileRow.id", viewonly=True, lazy="select"
    )
    evidence: Mapped[list[EvidenceRow]] = relationship(
        secondary="witnesses",
        primaryjoin="CaseRow.id == WitnessRow.case_id",
        secondaryjoin="foreign(EvidenceRow.violation_id) == foreign(WitnessRow.violation_id)",
        order_by=EvidenceRow.id,
        viewonly=True,
        lazy="selectin",
    )
    sightings: Mapped[list[SightingRow]] = relationship(
        secondary="witnesses",
        primaryjoin="CaseRow.id == WitnessRow.case_id",
        secondaryjoin="foreign(SightingRow.violation_id) == foreign(WitnessRow.violation_id)",
        order_by=lambda: (SightingRow.received_at, SightingRow.number),
        viewonly=True,
        lazy="selectin",
    )
    address: Mapped["AddressRow | None"] = relationship(
        primaryjoin="foreign(CaseRow.address_id) == AddressRow.id", viewonly=True
    )

    component_class: Mapped["ComponentClassRow | None"] = relationship(
        primaryjoin="and_(foreign(CaseRow.component_class_version) == ComponentClassRow.version,"
        "foreign(CaseRow.service_code) == ComponentClassRow.service_code)",
        viewonly=True,
        lazy="select",
    )

    @property
    def filed_as(self) -> "CategoryRow | CaseStandardRow | ComponentClassRow":
        """The class that it is filed as: its component's own, its condition's, else its kind's."""
        own = None if self.component_class_version is None else self.component_class
        return own or self.condition or self.category

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own convention)


class EventRow(Base):
    """Something that happened to a case, numbered in the order of commits, without gaps."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    # SQLite heeds no lengths, and would have to make the table anew to say another one.
    type: Mapped[str] = mapped_column(String(32).with_variant(String(16), "sqlite"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    step: Mapped[int | None]
    """The number of the case's history that it tells of, where it is a step of its life."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    case: Mapped[CaseRow] = relationship(lazy="joined")


class CounterRow(Base):
    """A counter that is taken from inside the transaction it numbers: no gaps, no clashes."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class WorkerRow(Base):
    """The last that was heard of a worker."""

    __tablename__ = "workers"

    worker: Mapped[str] = mapped_column(String(64), primary_key=True)
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
