"""When a case is due, as a column; what lists are found by."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("grid", sa.String(length=20), nullable=True))
    op.execute(
        "UPDATE cases SET due_at = (SELECT MIN(deadline) FROM timers WHERE case_id = cases.id)"
    )
    op.create_index("ix_cases_due_at_id", "cases", ["due_at", "id"])
    op.create_index("ix_notices_assignment_case_id", "notices", ["assignment", "case_id"])


def downgrade() -> None:
    op.drop_index("ix_notices_assignment_case_id", "notices")
    op.drop_index("ix_cases_due_at_id", "cases")
    op.drop_column("cases", "grid")
    op.drop_column("cases", "due_at")
