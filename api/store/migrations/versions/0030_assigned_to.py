"""Alerts are given to an operator to settle."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

GIVEN = sa.text("assigned_to IS NOT NULL")


def upgrade() -> None:
    op.add_column("cases", sa.Column("assigned_to", sa.String(length=80), nullable=True))
    op.create_index(
        "ix_cases_assigned_to_id",
        "cases",
        ["assigned_to", "id"],
        sqlite_where=GIVEN,
        postgresql_where=GIVEN,
    )


def downgrade() -> None:
    op.drop_index("ix_cases_assigned_to_id", "cases")
    op.drop_column("cases", "assigned_to")
