"""Classes of surveyed components: a case of one takes its own class, not that of its condition."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "component_class_versions",
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("seeded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_component_class_versions")),
    )
    op.create_table(
        "component_classes",
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("service_code", sa.String(length=16), nullable=False),
        sa.Column("scheme", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"],
            ["component_class_versions.version"],
            name=op.f("fk_component_classes_version_component_class_versions"),
        ),
        sa.PrimaryKeyConstraint("version", "service_code", name=op.f("pk_component_classes")),
    )
    op.add_column(
        "components",
        sa.Column("scheme", sa.String(32), nullable=False, server_default="cjj214-2"),
    )
    op.add_column("cases", sa.Column("component_class_version", sa.String(32), nullable=True))


def downgrade() -> None:
    op.drop_column("cases", "component_class_version")
    op.drop_column("components", "scheme")
    op.drop_table("component_classes")
    op.drop_table("component_class_versions")
