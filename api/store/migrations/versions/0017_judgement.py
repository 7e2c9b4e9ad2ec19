"""What workers tell of their cameras' pictures; filing conditions that go by kinds of zone."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_standards", sa.Column("zones", sa.JSON(), nullable=True))
    op.create_table(
        "camera_alerts",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.String(length=64), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("media_type", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_camera_alerts")),
        sa.UniqueConstraint("number", name=op.f("uq_camera_alerts_number")),
    )
    op.create_index("ix_camera_alerts_camera_id_number", "camera_alerts", ["camera_id", "number"])
    op.create_index("ix_camera_alerts_until", "camera_alerts", ["until"])
    op.create_index(op.f("ix_camera_alerts_sha256"), "camera_alerts", ["sha256"])


def downgrade() -> None:
    op.drop_table("camera_alerts")
    op.drop_column("case_standards", "zones")
