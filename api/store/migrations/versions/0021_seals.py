"""Links of pictures of the work, of checks and of snapshots, beside those of reports."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("evidence_chain") as table:
        table.alter_column("violation_id", existing_type=sa.Uuid(), nullable=True)
        table.add_column(
            sa.Column("kind", sa.String(length=16), nullable=False, server_default="report")
        )
        table.add_column(sa.Column("ref", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("case_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_evidence_chain_kind_ref", "evidence_chain", ["kind", "ref"])
    op.create_index("ix_evidence_chain_case_id", "evidence_chain", ["case_id"])


def downgrade() -> None:
    op.drop_index("ix_evidence_chain_case_id", "evidence_chain")
    op.drop_index("ix_evidence_chain_kind_ref", "evidence_chain")
    with op.batch_alter_table("evidence_chain") as table:
        table.drop_column("case_id")
        table.drop_column("ref")
        table.drop_column("kind")
