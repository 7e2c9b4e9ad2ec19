"""Timers of cases."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "timers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("amount", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("started_at", _AT, nullable=False),
        sa.Column("running_since", _AT, nullable=True),
        sa.Column("banked_us", sa.BigInteger(), nullable=False),
        sa.Column("extra_us", sa.BigInteger(), nullable=False),
        sa.Column("deadline", _AT, nullable=True),
        sa.Column("ended_at", _AT, nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.Column("lapsed", sa.Boolean(), nullable=False),
        sa.Column("announced_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_timers_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timers")),
        sa.UniqueConstraint("case_id", "stage", "number", name=op.f("uq_timers_case_id")),
    )
    op.create_index("ix_timers_announced_at_deadline", "timers", ["announced_at", "deadline"])


def downgrade() -> None:
    op.drop_index("ix_timers_announced_at_deadline", "timers")
    op.drop_table("timers")
