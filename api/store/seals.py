"""Seals what comes after a report: pictures of the work and the check, their steps, snapshots.

Each is one row that is never changed once written; its manifest holds all of it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from api.life.machine import RULES
from api.manifest import manifest_of_row
from api.store.chain import append
from api.store.chain_tables import LinkRow
from api.store.life_tables import CaseFileRow, CaseHistoryRow
from api.store.line_tables import SnapshotRow
from api.store.models import CaseRow

STEPS = frozenset(rule.action for rule in RULES if "pictures" in rule.takes.model_fields)
"""The actions that may name pictures."""
Row = CaseFileRow | CaseHistoryRow | SnapshotRow


@dataclass(frozen=True, slots=True)
class Sealed:
    """A kind of row that is sealed.

    Attributes:
        table: where it is.
        which: which rows of it.
        columns: what its manifest holds.
        of_case: whether it belongs to a case.
    """

    table: type[CaseFileRow] | type[CaseHistoryRow] | type[SnapshotRow]
    which: ColumnElement[bool]
    columns: tuple[str, ...]
    of_case: bool = True


KINDS: Mapping[str, Sealed] = {
    "file": Sealed(
        CaseFileRow,
        true(),
        ("id", "case_id", "sha256", "usage", "media_type", "size", "captured_at", "sent_by",
         "sent_at"),
    ),
    "step": Sealed(
        CaseHistoryRow,
        CaseHistoryRow.action.in_([action.value for action in STEPS]),
        ("id", "case_id", "number", "action", "before", "after", "by", "by_kind", "at", "fields"),
    ),
    "snapshot": Sealed(
        SnapshotRow,
        SnapshotRow.sha256.is_not(None),
        ("id", "camera_id", "asked_by", "asked_at", "captured_at", "sha256", "media_type"),
        of_case=False,
    ),
}  # fmt: skip


def seal_row(session: Session, kind: str, row: Row, now: datetime) -> None:
    """Append a row's manifest; call it last in the transaction, as `chain.seal`."""
    session.flush()
    case_id = getattr(row, "case_id", None)
    manifest = manifest_of_row(kind, _number(session, case_id), _said(kind, row))
    append(session, manifest, now, kind=kind, ref=row.id, case_id=case_id)


def seal_new(session: Session, case_id: int, now: datetime) -> None:
    """Append the manifests of a case's pictures and steps that have none."""
    for kind, sealed in KINDS.items():
        if sealed.of_case:
            for row in unsealed(session, kind, sealed.table.case_id == case_id):  # type: ignore[union-attr]
                seal_row(session, kind, row, now)


def unsealed(session: Session, kind: str, which: ColumnElement[bool]) -> list[Row]:
    """The rows of a kind that no link seals, oldest first."""
    sealed = KINDS[kind]
    link = select(LinkRow.number).where(LinkRow.kind == kind, LinkRow.ref == sealed.table.id)
    query = (
        select(sealed.table).where(sealed.which, which, ~link.exists()).order_by(sealed.table.id)
    )
    return list(session.scalars(query))


def rebuilt_rows(session: Session, kind: str, ids: Collection[int]) -> dict[int, str]:
    """The manifests that the store would give now of these rows, by id."""
    table = KINDS[kind].table
    rows: Iterable[Row] = session.scalars(select(table).where(table.id.in_(ids)))
    return {
        row.id: manifest_of_row(
            kind, _number(session, getattr(row, "case_id", None)), _said(kind, row)
        )
        for row in rows
    }


def _said(kind: str, row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in KINDS[kind].columns}


def _number(session: Session, case_id: int | None) -> str:
    if case_id is None:
        return ""
    return session.scalar(select(CaseRow.number).where(CaseRow.id == case_id)) or ""
