"""Dispatch: rules in versions, roles and chiefs, shops, components, imports."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_JSON = sa.JSON()


def upgrade() -> None:
    op.create_table(
        "rulesets",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", _JSON, nullable=False),
        sa.Column("seeded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_rulesets")),
    )
    op.create_index("ix_rulesets_name_seeded_at", "rulesets", ["name", "seeded_at"])
    op.create_table(
        "chief_roles",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("geometry", sa.String(length=16), nullable=False),
        sa.Column("width_m", sa.Float(), nullable=False),
        sa.Column("escalate_after", _JSON, nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_chief_roles")),
    )
    op.create_table(
        "chief_assignments",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("chief", _JSON, nullable=False),
        sa.Column("duty", _JSON, nullable=False),
        sa.Column("deputies", _JSON, nullable=False),
        sa.Column("geometry", _JSON, nullable=True),
        sa.Column("width_m", sa.Float(), nullable=True),
        sa.Column("ref", sa.String(length=80), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_chief_assignments")),
    )
    op.create_index(op.f("ix_chief_assignments_role"), "chief_assignments", ["role"])
    op.create_table(
        "shops",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("keeper", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("email", sa.String(length=120), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("outline", _JSON, nullable=True),
        sa.Column("contract", sa.String(length=80), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_shops")),
    )
    op.create_table(
        "components",
        sa.Column("code", sa.String(length=19), nullable=False),
        sa.Column("category", sa.String(length=4), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("email", sa.String(length=120), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_components")),
    )
    op.create_index(op.f("ix_components_owner"), "components", ["owner"])
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )


def downgrade() -> None:
    op.drop_table("imports")
    op.drop_index(op.f("ix_components_owner"), "components")
    op.drop_table("components")
    op.drop_table("shops")
    op.drop_index(op.f("ix_chief_assignments_role"), "chief_assignments")
    op.drop_table("chief_assignments")
    op.drop_table("chief_roles")
    op.drop_index("ix_rulesets_name_seeded_at", "rulesets")
    op.drop_table("rulesets")
