"""The life of a case: filing conditions, history, approvals, looks again, transfers.

Cases of before get the history that their verdicts tell of.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "camera_compliance",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("legal_review_id", sa.String(length=80), nullable=True),
        sa.Column("legal_reviewed_on", sa.Date(), nullable=True),
        sa.Column("tech_review_id", sa.String(length=80), nullable=True),
        sa.Column("tech_reviewed_on", sa.Date(), nullable=True),
        sa.Column("published_location_url", sa.String(length=500), nullable=True),
        sa.Column("sign_posted_on", sa.Date(), nullable=True),
        sa.Column("updated_by", sa.String(length=80), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_camera_compliance")),
    )
    op.create_table(
        "case_standards",
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("standard", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("scheme", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("service_code", sa.String(length=16), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("condition_zh", sa.String(length=500), nullable=False),
        sa.Column("condition_en", sa.String(length=500), nullable=False),
        sa.Column("closing_zh", sa.String(length=500), nullable=False),
        sa.Column("closing_en", sa.String(length=500), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("closes_on_check", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["version", "kind"],
            ["categories.version", "categories.kind"],
            name=op.f("fk_case_standards_version_categories"),
        ),
        sa.PrimaryKeyConstraint("version", "kind", "standard", name=op.f("pk_case_standards")),
    )
    op.create_table(
        "approvals",
        sa.Column("id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_approvals_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_approvals_case_id")),
    )
    op.create_index("ix_approvals_status", "approvals", ["status"], unique=False)

    op.create_table(
        "case_history",
        sa.Column("id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=True),
        sa.Column("after", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("by_kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_history_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_history")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_case_history_case_id")),
    )
    op.create_table(
        "look_again",
        sa.Column("id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("violation_id", sa.Uuid(), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=True),
        sa.Column("taken_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=16), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pictures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_look_again_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_again")),
    )
    op.create_index(
        "ix_look_again_camera_id_status", "look_again", ["camera_id", "status"], unique=False
    )
    op.create_index("ix_look_again_case_id", "look_again", ["case_id"], unique=False)

    op.create_table(
        "stage_limits",
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("standard", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["version", "kind", "standard"],
            ["case_standards.version", "case_standards.kind", "case_standards.standard"],
            name=op.f("fk_stage_limits_version_case_standards"),
        ),
        sa.PrimaryKeyConstraint(
            "version", "kind", "standard", "stage", name=op.f("pk_stage_limits")
        ),
    )
    op.create_table(
        "transfers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("receipt", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.String(length=80), nullable=True),
        sa.Column("signed_by", sa.String(length=80), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_transfers_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("receipt", name=op.f("uq_transfers_receipt")),
    )
    op.create_index("ix_transfers_case_id", "transfers", ["case_id"], unique=False)

    op.add_column("cases", sa.Column("standard", sa.String(length=32), nullable=True))
    op.add_column("cases", sa.Column("department", sa.String(length=80), nullable=True))
    op.add_column("cases", sa.Column("handler", sa.String(length=80), nullable=True))
    op.add_column("cases", sa.Column("reworks", sa.Integer(), server_default="0", nullable=False))
    op.add_column("cases", sa.Column("postponed", sa.Integer(), server_default="0", nullable=False))
    op.add_column("cases", sa.Column("shelved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("shelved_until", sa.Date(), nullable=True))
    op.add_column("cases", sa.Column("reviewed_by", sa.String(length=80), nullable=True))
    op.add_column("cases", sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))

    op.add_column("events", sa.Column("step", sa.Integer(), nullable=True))
    if op.get_bind().dialect.name != "sqlite":  # which heeds no lengths
        op.alter_column("events", "type", type_=sa.String(length=32))
    _tell_of_before()


def _tell_of_before() -> None:
    """Each old case was filed; what was confirmed is registered, what was dismissed is void."""
    lite = op.get_bind().dialect.name == "sqlite"
    nothing = "'{}'" if lite else "CAST('{}' AS JSON)"
    reason = f"json{'' if lite else '_build'}_object('reason', dismiss_reason)"
    by = "COALESCE(decided_by, ''), 'person', decided_at"
    confirmed, dismissed = "WHERE status = 'confirmed'", "WHERE status = 'dismissed'"
    for values in (
        f"id, 1, 'file', NULL, 'reported', camera_id, 'worker', received_at, {nothing} FROM cases",
        f"id, 2, 'register', 'reported', 'accepted', {by}, {nothing} FROM cases {confirmed}",
        "id, 3, 'to_dispatch', 'accepted', 'pending_dispatch', 'system', 'system', decided_at, "
        f"{nothing} FROM cases {confirmed}",
        f"id, 2, 'void', 'reported', 'voided', {by}, {reason} FROM cases {dismissed}",
    ):
        op.execute(
            "INSERT INTO case_history "
            '(case_id, number, action, before, after, "by", by_kind, at, fields) '
            f"SELECT {values} ORDER BY id"
        )
    op.execute(f"UPDATE cases SET status = 'pending_dispatch' {confirmed}")  # noqa: S608
    op.execute(
        f"UPDATE cases SET status = 'voided', closed_at = decided_at {dismissed}"  # noqa: S608
    )


def downgrade() -> None:
    op.execute("UPDATE cases SET status = 'dismissed' WHERE status = 'voided'")
    op.execute(
        "UPDATE cases SET status = 'confirmed' WHERE status NOT IN ('reported', 'dismissed')"
    )
    op.execute(
        "UPDATE events SET type = 'case.updated' WHERE type NOT IN ('case.filed', 'case.sighted')"
    )
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("events", "type", type_=sa.String(length=16))
    op.drop_column("events", "step")
    op.drop_column("cases", "closed_at")
    op.drop_column("cases", "reviewed_at")
    op.drop_column("cases", "reviewed_by")
    op.drop_column("cases", "shelved_until")
    op.drop_column("cases", "shelved_at")
    op.drop_column("cases", "postponed")
    op.drop_column("cases", "reworks")
    op.drop_column("cases", "handler")
    op.drop_column("cases", "department")
    op.drop_column("cases", "standard")

    op.drop_index("ix_transfers_case_id", "transfers")

    op.drop_table("transfers")
    op.drop_table("stage_limits")
    op.drop_index("ix_look_again_case_id", "look_again")
    op.drop_index("ix_look_again_camera_id_status", "look_again")

    op.drop_table("look_again")
    op.drop_table("case_history")
    op.drop_index("ix_approvals_status", "approvals")

    op.drop_table("approvals")
    op.drop_table("case_standards")
    op.drop_table("camera_compliance")
