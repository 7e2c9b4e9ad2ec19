"""A timer keeps the deadline that it ran with last, for exports of what is over."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("timers", sa.Column("last_deadline", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE timers SET last_deadline = deadline")


def downgrade() -> None:
    op.drop_column("timers", "last_deadline")
