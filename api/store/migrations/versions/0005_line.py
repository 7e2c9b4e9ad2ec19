"""Cameras, their configurations, and the line to the workers."""

import sqlalchemy as sa
from alembic import op

from api.store.models import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cameras",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("worker", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("running", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_cameras")),
    )
    op.create_index(op.f("ix_cameras_worker"), "cameras", ["worker"], unique=False)
    op.create_table(
        "line_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=140), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("folded", sa.Boolean(), nullable=False),
        sa.Column("acked_at", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_orders")),
        sa.UniqueConstraint("worker", "number", name=op.f("uq_line_orders_worker")),
    )
    op.create_index("ix_line_orders_seq", "line_orders", ["seq"], unique=False)
    op.create_index(
        "ix_line_orders_worker_subject", "line_orders", ["worker", "subject"], unique=False
    )
    op.create_table(
        "lines",
        sa.Column("worker", sa.String(length=64), nullable=False),
        sa.Column("instance", sa.String(length=64), nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("beat", sa.Integer(), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.Column("connected_at", UtcDateTime(), nullable=True),
        sa.Column("refused", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_lines")),
    )
    op.create_table(
        "camera_versions",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.camera_id"], name=op.f("fk_camera_versions_camera_id_cameras")
        ),
        sa.PrimaryKeyConstraint("camera_id", "version", name=op.f("pk_camera_versions")),
    )
    op.create_table(
        "snapshots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("captured_at", UtcDateTime(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("media_type", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.camera_id"], name=op.f("fk_snapshots_camera_id_cameras")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshots")),
    )
    op.create_index(op.f("ix_snapshots_camera_id"), "snapshots", ["camera_id"], unique=False)


def downgrade() -> None:
    op.drop_table("snapshots")
    op.drop_table("camera_versions")
    op.drop_table("lines")
    op.drop_table("line_orders")
    op.drop_table("cameras")
