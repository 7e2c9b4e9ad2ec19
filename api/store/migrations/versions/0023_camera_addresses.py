"""Cameras' addresses are encrypted; `api.store.migrate` encrypts what is there.

Nothing of the tables changes. The revision is for older programs, which would send what is
encrypted to workers as an address: they do not open such a store.
"""

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """See above."""


def downgrade() -> None:
    """See above."""
