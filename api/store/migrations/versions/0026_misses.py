"""What cameras missed, filed by hand from their pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "misses",
        sa.Column("number", ROW, nullable=False),
        sa.Column("violation_id", sa.Uuid(), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("box", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", ROW, nullable=True),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_misses_case_id_cases")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_misses")),
        sa.UniqueConstraint("violation_id", name=op.f("uq_misses_violation_id")),
    )
    op.create_index("ix_misses_at", "misses", ["at"])
    op.create_index("ix_misses_camera_id", "misses", ["camera_id"])
    op.create_index(op.f("ix_misses_sha256"), "misses", ["sha256"])


def downgrade() -> None:
    op.drop_table("misses")
