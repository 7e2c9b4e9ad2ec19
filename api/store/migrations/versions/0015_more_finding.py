"""Lists by department, by urgency, and of what has come back."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_cases_department_id", "cases", ["department", "id"])
    op.create_index("ix_cases_urgent_id", "cases", ["urgent", "id"])
    op.create_index("ix_cases_recurs_of", "cases", ["recurs_of"])


def downgrade() -> None:
    op.drop_index("ix_cases_recurs_of", "cases")
    op.drop_index("ix_cases_urgent_id", "cases")
    op.drop_index("ix_cases_department_id", "cases")
