"""Shops that are told first: windows, and the reports that wait in them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "rectifications",
        sa.Column("id", _ID, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("service_code", sa.String(length=16), nullable=False),
        sa.Column("opened_at", _AT, nullable=False),
        sa.Column("until", _AT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ended_at", _AT, nullable=True),
        sa.Column("case_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_rectifications_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectifications")),
        sa.UniqueConstraint("number", name=op.f("uq_rectifications_number")),
    )
    op.create_index("ix_rectifications_state_until", "rectifications", ["state", "until"])
    op.create_index("ix_rectifications_shop_opened_at", "rectifications", ["shop", "opened_at"])
    op.create_table(
        "rectification_reports",
        sa.Column("violation_id", sa.Uuid(), nullable=False),
        sa.Column("rectification_id", _ID, nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("last_seen", _AT, nullable=False),
        sa.Column("cleared_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["rectification_id"],
            ["rectifications.id"],
            name=op.f("fk_rectification_reports_rectification_id_rectifications"),
        ),
        sa.ForeignKeyConstraint(
            ["violation_id"],
            ["reports.violation_id"],
            name=op.f("fk_rectification_reports_violation_id_reports"),
        ),
        sa.PrimaryKeyConstraint("violation_id", name=op.f("pk_rectification_reports")),
    )
    op.create_index(
        op.f("ix_rectification_reports_rectification_id"),
        "rectification_reports",
        ["rectification_id"],
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_rectification_reports_rectification_id"), "rectification_reports")
    op.drop_table("rectification_reports")
    op.drop_index("ix_rectifications_shop_opened_at", "rectifications")
    op.drop_index("ix_rectifications_state_until", "rectifications")
    op.drop_table("rectifications")
