"""The tables of classes of surveyed components."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.store.models import Base, UtcDateTime


class ComponentClassVersionRow(Base):
    """A version of the classes; never changed once written."""

    __tablename__ = "component_class_versions"

    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(200))
    seeded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ComponentClassRow(Base):
    """A class of surveyed components, in one version."""

    __tablename__ = "component_classes"

    version: Mapped[str] = mapped_column(
        String(32), ForeignKey("component_class_versions.version"), primary_key=True
    )
    service_code: Mapped[str] = mapped_column(String(16), primary_key=True)
    scheme: Mapped[str] = mapped_column(String(32))
    type: Mapped[str] = mapped_column(String(8))
    code: Mapped[str] = mapped_column(String(8))
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
