"""Indexes that nothing goes by are gone; of what most cases have not, only the others are held."""

import sqlalchemy as sa
from alembic import op

revision = "0019b"
down_revision = "0019"
branch_labels = None
depends_on = None

_UNUSED = {
    "ix_cases_camera_id_id": ("cases", ["camera_id", "id"]),
    "ix_witnesses_source_case_id": ("witnesses", ["source", "case_id"]),
    "ix_approvals_status": ("approvals", ["status"]),
}
_URGENT = ("urgent = 1", "urgent")
"""The engines' spellings of a truth."""
_PARTIAL = {
    "ix_cases_street_id": (["street", "id"], "street IS NOT NULL"),
    "ix_cases_community_id": (["community", "id"], "community IS NOT NULL"),
    "ix_cases_address_id_id": (["address_id", "id"], "address_id IS NOT NULL"),
    "ix_cases_due_at_id": (["due_at", "id"], "due_at IS NOT NULL"),
    "ix_cases_department_id": (["department", "id"], "department IS NOT NULL"),
    "ix_cases_urgent_id": (["urgent", "id"], _URGENT),
    "ix_cases_recurs_of": (["recurs_of"], "recurs_of IS NOT NULL"),
}


def upgrade() -> None:
    for name, (table, _) in _UNUSED.items():
        op.drop_index(name, table)
    for name, (columns, where) in _PARTIAL.items():
        lite, post = map(sa.text, where if isinstance(where, tuple) else (where, where))
        op.drop_index(name, "cases")
        op.create_index(name, "cases", columns, sqlite_where=lite, postgresql_where=post)


def downgrade() -> None:
    for name, (columns, _) in _PARTIAL.items():
        op.drop_index(name, "cases")
        op.create_index(name, "cases", columns)
    for name, (table, columns) in _UNUSED.items():
        op.create_index(name, table, columns)
