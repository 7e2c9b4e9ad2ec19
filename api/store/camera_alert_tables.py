"""The table of what workers tell of their cameras' pictures."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.store.models import Base, UtcDateTime


class CameraAlertRow(Base):
    """An alert of a camera, as its latest message tells it."""

    __tablename__ = "camera_alerts"
    __table_args__ = (
        Index("ix_camera_alerts_camera_id_number", "camera_id", "number"),
        Index("ix_camera_alerts_until", "until"),
    )

    alert_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    """Of its latest change, in the order of commits; a reader follows by it."""
    worker: Mapped[str] = mapped_column(String(64))
    camera_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When its worker said the latest of it."""
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    """Of its picture."""
    media_type: Mapped[str | None] = mapped_column(String(32))
