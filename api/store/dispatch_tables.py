"""The tables of dispatch: roles and chiefs, shops, components."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Float, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from api.store.models import Base, UtcDateTime


class ChiefRoleRow(Base):
    """A kind of chief."""

    __tablename__ = "chief_roles"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    order: Mapped[int] = mapped_column(Integer)
    geometry: Mapped[str] = mapped_column(String(16))
    width_m: Mapped[float] = mapped_column(Float)
    escalate_after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class ChiefAssignmentRow(Base):
    """Somebody in a role, in charge of a place, for a time."""

    __tablename__ = "chief_assignments"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    role: Mapped[str] = mapped_column(String(40), index=True)
    place: Mapped[str] = mapped_column(String(80))
    chief: Mapped[dict[str, Any]] = mapped_column(JSON)
    duty: Mapped[dict[str, Any]] = mapped_column(JSON)
    deputies: Mapped[list[Any]] = mapped_column(JSON)
    geometry: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    width_m: Mapped[float | None] = mapped_column(Float)
    ref: Mapped[str] = mapped_column(String(80))
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class ShopRow(Base):
    """A shop with its 门前五包 contract."""

    __tablename__ = "shops"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    keeper: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(300))
    longitude: Mapped[float] = mapped_column(Float)
    latitude: Mapped[float] = mapped_column(Float)
    outline: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    contract: Mapped[str] = mapped_column(String(80))
    signed_on: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class ComponentRow(Base):
    """A surveyed 部件 and its owner."""

    __tablename__ = "components"

    code: Mapped[str] = mapped_column(String(19), primary_key=True)
    category: Mapped[str] = mapped_column(String(4))
    scheme: Mapped[str] = mapped_column(String(32), server_default="cjj214-2")
    name: Mapped[str] = mapped_column(String(80))
    owner: Mapped[str] = mapped_column(String(80), index=True)
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(120))
    longitude: Mapped[float] = mapped_column(Float)
    latitude: Mapped[float] = mapped_column(Float)


class ImportRow(Base):
    """An import that was done: who brought what, when."""

    __tablename__ = "imports"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    what: Mapped[str] = mapped_column(String(24))
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
