"""An index of what had to be handled by when, for figures."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

WHERE = sa.text("stage = 'handle'")


def upgrade() -> None:
    op.create_index(
        "ix_timers_handle_last_deadline",
        "timers",
        ["last_deadline"],
        sqlite_where=WHERE,
        postgresql_where=WHERE,
    )


def downgrade() -> None:
    op.drop_index("ix_timers_handle_last_deadline", "timers")
