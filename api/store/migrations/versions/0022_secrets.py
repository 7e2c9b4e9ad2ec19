"""Room for secrets that are encrypted; `api.store.migrate` encrypts what is there."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":  # which heeds no lengths
        op.alter_column("subscription_secrets", "secret", type_=sa.String(500))


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("subscription_secrets", "secret", type_=sa.String(120))
