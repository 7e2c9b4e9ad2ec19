"""Tables of cameras and of the line to the workers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.store.models import Base, UtcDateTime


class CameraRow(Base):
    """A camera; its configuration is in its versions."""

    __tablename__ = "cameras"

    camera_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    worker: Mapped[str] = mapped_column(String(64), index=True)
    version: Mapped[int]
    """The newest."""
    running: Mapped[int | None]
    """The version that its worker last said it runs."""


class CameraVersionRow(Base):
    """A version of a camera's configuration; only its state changes once it is written."""

    __tablename__ = "camera_versions"

    camera_id: Mapped[str] = mapped_column(ForeignKey("cameras.camera_id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    author: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(String(500))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(2000))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LineRow(Base):
    """Who holds the line of a worker's name; `beat` grows while the holder lives."""

    __tablename__ = "lines"

    worker: Mapped[str] = mapped_column(String(64), primary_key=True)
    instance: Mapped[str] = mapped_column(String(64))
    """The worker's own mark, from its state folder."""
    connection: Mapped[str] = mapped_column(String(64))
    """The connection that is up; empty when none is."""
    beat: Mapped[int]
    newest: Mapped[int]
    """The number of the newest order."""
    connected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused: Mapped[str] = mapped_column(String(300))
    knows: Mapped[str] = mapped_column(String(300), server_default="")
    """The types of orders that its release knows, commas between them; older ones do not say."""


class OrderRow(Base):
    """An order to a worker."""

    __tablename__ = "line_orders"
    __table_args__ = (
        UniqueConstraint("worker", "number"),
        Index("ix_line_orders_worker_subject", "worker", "subject"),
        Index("ix_line_orders_seq", "seq"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    worker: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    seq: Mapped[int]
    """Over all workers, in the order of commits."""
    subject: Mapped[str] = mapped_column(String(140))
    """A newer order of the same subject makes this one void."""
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    folded: Mapped[bool]
    acked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SnapshotRow(Base):
    """A picture that somebody asked of a camera."""

    __tablename__ = "snapshots"

    id: Mapped[int] = mapped_column(primary_key=True)
    camera_id: Mapped[str] = mapped_column(ForeignKey("cameras.camera_id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(500))
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    captured_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sha256: Mapped[str | None] = mapped_column(String(64))
    media_type: Mapped[str | None] = mapped_column(String(32))


class ProbeRow(Base):
    """An address that a worker was to try, or its networks that it was to ask for cameras.

    The address and the password are in the order alone, and only until it is answered.
    """

    __tablename__ = "probes"

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(16))
    """`probe` or `discover`."""
    worker: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(500))
    """As readers see it; empty of a search."""
    state: Mapped[str] = mapped_column(String(16))
    problem: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(500))
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    found: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Of a probe `stream` and `rules`, of a search `cameras`; empty without an answer."""
    captured_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sha256: Mapped[str | None] = mapped_column(String(64))
    media_type: Mapped[str | None] = mapped_column(String(32))


class RememberedRow(Base):
    """A dismissal that a camera remembers, as its worker last told it."""

    __tablename__ = "remembered"
    __table_args__ = (Index("ix_remembered_camera_id", "camera_id"),)

    violation_id: Mapped[UUID] = mapped_column(primary_key=True)
    camera_id: Mapped[str] = mapped_column(String(64))
    worker: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    wanted: Mapped[bool | None]
    """What somebody asked for; None once the worker has said that it is so."""
    wanted_by: Mapped[str | None] = mapped_column(String(80))
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
