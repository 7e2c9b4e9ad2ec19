"""What cases are found by; witnesses, addresses, tickets, callbacks.

Each case of before is given its one witness, and its place in columns.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from api.coordinates import cell_of
from api.places import kept_place
from api.schema import Spot

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BATCH = 1000
_INDEXES = {
    "ix_cases_place": ["cell", "service_code", "id", "latitude", "longitude"],
    "ix_cases_service_code_id": ["service_code", "id"],
    "ix_cases_source_id": ["source", "id"],
    "ix_cases_street_id": ["street", "id"],
    "ix_cases_community_id": ["community", "id"],
    "ix_cases_address_id_id": ["address_id", "id"],
}


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("source", sa.String(length=32), server_default="camera", nullable=False),
        sa.Column("service_code", sa.String(length=16), server_default="", nullable=False),
        sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("cell", sa.BigInteger(), nullable=True),
        sa.Column("component_id", sa.String(length=19), nullable=True),
        sa.Column("street", sa.String(length=64), nullable=True),
        sa.Column("community", sa.String(length=64), nullable=True),
        sa.Column("address_id", sa.BigInteger(), nullable=True),
        sa.Column("sighting_count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("recurs_of", sa.BigInteger(), nullable=True),
        sa.Column("thumbnail", sa.String(length=64), nullable=True),
    )


def upgrade() -> None:
    for column in _columns():
        op.add_column("cases", column)
    op.create_table(
        "addresses",
        sa.Column("id", _ID, nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        sa.UniqueConstraint("text", name=op.f("uq_addresses_text")),
    )
    op.create_table(
        "witnesses",
        sa.Column("violation_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("distance_m", sa.Float(), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["violation_id"],
            ["reports.violation_id"],
            name=op.f("fk_witnesses_violation_id_reports"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_witnesses_case_id_cases")),
        sa.PrimaryKeyConstraint("violation_id", name=op.f("pk_witnesses")),
        sa.UniqueConstraint("case_id", "position", name=op.f("uq_witnesses_case_id")),
    )
    op.create_table(
        "tickets",
        sa.Column("violation_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("source_ref", sa.String(length=300), nullable=False),
        sa.Column("caller_name", sa.String(length=64), nullable=True),
        sa.Column("caller_phone", sa.String(length=32), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_before", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["violation_id"], ["reports.violation_id"], name=op.f("fk_tickets_violation_id_reports")
        ),
        sa.PrimaryKeyConstraint("violation_id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("source", "source_ref", name=op.f("uq_tickets_source")),
    )
    op.create_index(op.f("ix_tickets_received_at"), "tickets", ["received_at"])
    op.create_table(
        "callbacks",
        sa.Column("id", _ID, nullable=False),
        sa.Column("violation_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["violation_id"],
            ["tickets.violation_id"],
            name=op.f("fk_callbacks_violation_id_tickets"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
    )
    op.create_index(op.f("ix_callbacks_violation_id"), "callbacks", ["violation_id"])
    _fill(op.get_bind())
    for name, columns in _INDEXES.items():
        op.create_index(name, "cases", columns)
    op.create_index("ix_witnesses_camera_id_case_id", "witnesses", ["camera_id", "case_id"])
    op.create_index("ix_witnesses_source_case_id", "witnesses", ["source", "case_id"])


def _fill(connection: sa.Connection) -> None:
    connection.execute(
        sa.text(
            "UPDATE cases SET service_code = COALESCE((SELECT s.service_code FROM case_standards s "
            "WHERE s.version = cases.catalogue_version AND s.kind = cases.kind AND "
            "s.standard = cases.standard), (SELECT c.service_code FROM categories c WHERE "
            "c.version = cases.catalogue_version AND c.kind = cases.kind)), "
            "thumbnail = (SELECT e.sha256 FROM evidence e WHERE e.violation_id = "
            "cases.violation_id AND e.role <> 'clip' ORDER BY e.role, e.id LIMIT 1), "
            "sighting_count = 1 + (SELECT COUNT(*) FROM sightings s WHERE s.violation_id = "
            "cases.violation_id AND s.status = 'still_there')"
        )
    )
    _witness = sa.text(
        "INSERT INTO witnesses (violation_id, case_id, position, source, camera_id, place, "
        "attached_at, cleared_at) SELECT violation_id, id, 1, 'camera', camera_id, :place, "
        "received_at, cleared_at FROM cases WHERE id = :id"
    ).bindparams(sa.bindparam("place", type_=sa.JSON()))
    _place = sa.text(
        "UPDATE cases SET longitude = :longitude, latitude = :latitude, cell = :cell, "
        "street = :street, community = :community, component_id = :component_id, "
        "address_id = :address_id WHERE id = :id"
    )
    batch = sa.text(
        "SELECT c.id, r.body FROM cases c JOIN reports r ON r.violation_id = c.violation_id "
        "WHERE c.id > :last ORDER BY c.id LIMIT :count"
    )
    addresses: dict[str, int] = {}
    last = 0
    while rows := connection.execute(batch, {"last": last, "count": _BATCH}).all():
        places: list[dict[str, Any]] = []
        for case_id, body in rows:
            document = json.loads(body) if isinstance(body, str) else body
            place = kept_place(Spot.model_validate(document["place"]))
            address = place.address
            if address and address not in addresses:
                addresses[address] = len(addresses) + 1
            longitude, latitude = place.longitude, place.latitude
            nowhere = longitude is None or latitude is None
            places.append(
                {
                    "id": case_id,
                    "place": place.model_dump(mode="json"),
                    "longitude": place.longitude,
                    "latitude": place.latitude,
                    "cell": None if nowhere else cell_of((longitude or 0.0, latitude or 0.0)),
                    "street": place.street,
                    "community": place.community,
                    "component_id": place.component_id,
                    "address_id": addresses.get(address),
                }
            )
        connection.execute(_witness, [{"id": row["id"], "place": row["place"]} for row in places])
        connection.execute(
            _place, [{k: v for k, v in row.items() if k != "place"} for row in places]
        )
        last = rows[-1][0]
    if addresses:
        texts = [{"id": number, "text": text} for text, number in addresses.items()]
        connection.execute(sa.text("INSERT INTO addresses (id, text) VALUES (:id, :text)"), texts)
        if connection.dialect.name == "postgresql":
            connection.execute(
                sa.text("SELECT setval(pg_get_serial_sequence('addresses', 'id'), :last)"),
                {"last": len(addresses)},
            )


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "cases")
    op.drop_table("callbacks")
    op.drop_table("tickets")
    op.drop_table("witnesses")
    op.drop_table("addresses")
    for column in _columns():
        op.drop_column("cases", column.name)
