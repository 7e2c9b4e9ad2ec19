"""The chain of manifests. What was filed before is sealed here, as it stands on this day."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from api.manifest import GENESIS, Source, link_hash, manifest_of
from api.store.models import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_reports = sa.table(
    "reports",
    sa.column("violation_id", sa.Uuid()),
    sa.column("digest", sa.String()),
    sa.column("body", sa.JSON()),
    sa.column("received_at", UtcDateTime()),
)
_sightings = sa.table(
    "sightings",
    sa.column("violation_id", sa.Uuid()),
    sa.column("number", sa.Integer()),
    sa.column("digest", sa.String()),
    sa.column("status", sa.String()),
    sa.column("at", UtcDateTime()),
    sa.column("body", sa.JSON()),
    sa.column("received_at", UtcDateTime()),
)
_files = sa.table(
    "evidence",
    sa.column("violation_id", sa.Uuid()),
    sa.column("sighting", sa.Integer()),
    sa.column("position", sa.Integer()),
    sa.column("sha256", sa.String()),
    sa.column("role", sa.String()),
    sa.column("media_type", sa.String()),
    sa.column("size", sa.BigInteger()),
    sa.column("captured_at", UtcDateTime()),
)
_witnesses = sa.table(
    "witnesses", sa.column("violation_id", sa.Uuid()), sa.column("case_id", sa.BigInteger())
)
_cases = sa.table(
    "cases",
    sa.column("id", sa.BigInteger()),
    sa.column("number", sa.String()),
    sa.column("catalogue_version", sa.String()),
)
_counters = sa.table("counters", sa.column("name", sa.String()), sa.column("value", sa.BigInteger))


def upgrade() -> None:
    chain = op.create_table(
        "evidence_chain",
        sa.Column("number", _ID, autoincrement=False, nullable=False),
        sa.Column("violation_id", sa.Uuid(), nullable=False),
        sa.Column("sighting", sa.Integer(), nullable=False),
        sa.Column("sealed_at", UtcDateTime(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["violation_id"],
            ["reports.violation_id"],
            name=op.f("fk_evidence_chain_violation_id_reports"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_evidence_chain")),
        sa.UniqueConstraint(
            "violation_id", "sighting", name=op.f("uq_evidence_chain_violation_id")
        ),
    )
    connection = op.get_bind()
    now = datetime.now(UTC)
    number, previous = 0, GENESIS
    reports = connection.execute(
        sa.select(_reports, _cases.c.number, _cases.c.catalogue_version)
        .join(_witnesses, _witnesses.c.violation_id == _reports.c.violation_id)
        .join(_cases, _cases.c.id == _witnesses.c.case_id)
        .order_by(_reports.c.received_at, _reports.c.violation_id)
    ).all()
    for report in reports:
        for sighting, kept, files in _brought(connection, report):
            number += 1
            source = Source(
                case=report.number,
                catalogue=report.catalogue_version,
                violation_id=str(report.violation_id),
                report=report.body,
                sighting=sighting,
                kept=kept,
                files=files,
            )
            manifest = manifest_of(source)
            link = {
                "number": number,
                "violation_id": report.violation_id,
                "sighting": 0 if sighting is None else sighting["number"],
                "sealed_at": now,
                "manifest": manifest,
                "previous": previous,
                "hash": link_hash(number, previous, now, manifest),
            }
            connection.execute(chain.insert(), link)
            previous = link["hash"]
    if number:
        connection.execute(_counters.insert(), {"name": "evidence chain", "value": number})


def _brought(connection: sa.Connection, report: Any) -> list[tuple[Any, dict[str, str], list[Any]]]:
    """The report itself and its sightings, each with its files."""
    files: dict[int, list[Any]] = {}
    for file in connection.execute(
        sa.select(_files).where(_files.c.violation_id == report.violation_id)
    ):
        files.setdefault(file.sighting or 0, []).append(
            (file.position, file.sha256, file.role, file.media_type, file.size, file.captured_at)
        )
    sightings = connection.execute(
        sa.select(_sightings)
        .where(_sightings.c.violation_id == report.violation_id)
        .order_by(_sightings.c.number)
    ).all()
    found = [(None, _kept(report), files.get(0, []))]
    for each in sightings:
        kept = _kept(each) | {"status": each.status, "at": each.at.isoformat()}
        found.append((each.body, kept, files.get(each.number, [])))
    return found


def _kept(row: Any) -> dict[str, str]:
    return {"digest": row.digest, "received_at": row.received_at.isoformat()}


def downgrade() -> None:
    op.drop_table("evidence_chain")
