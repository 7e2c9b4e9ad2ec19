"""Chiefs come in by the link of a notice; accounts of chiefs are tied to assignments."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("assignments", sa.JSON(), nullable=True))
    op.create_table(
        "chief_links",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("assignment", sa.String(length=48), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_chief_links")),
    )
    op.create_index(op.f("ix_chief_links_assignment"), "chief_links", ["assignment"])
    op.create_index(op.f("ix_chief_links_expires_at"), "chief_links", ["expires_at"])
    op.create_table(
        "chief_sessions",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("assignment", sa.String(length=48), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_chief_sessions")),
    )
    op.create_index(op.f("ix_chief_sessions_assignment"), "chief_sessions", ["assignment"])
    op.create_index(op.f("ix_chief_sessions_expires_at"), "chief_sessions", ["expires_at"])


def downgrade() -> None:
    op.drop_table("chief_sessions")
    op.drop_table("chief_links")
    op.drop_column("people", "assignments")
