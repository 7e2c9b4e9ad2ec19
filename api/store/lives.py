"""What readers ask of a case's life: offers, history, approvals, transfers."""

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.life.actors import Actor
from api.life.machine import BY_ACTION
from api.life.standing import allowed, blocked
from api.schema import (
    Action,
    ActionOffer,
    ApprovalView,
    CaseStatus,
    HistoryEntry,
)
from api.schema.compliance import Transfer
from api.schema.life import BlockedAction, Missing
from api.store.engine import Store
from api.store.life_tables import ApprovalRow, CaseHistoryRow, TransferRow
from api.store.models import CaseRow
from api.store.standings import standing_of


def offers_for(
    store: Store, case_id: int, actor: Actor
) -> tuple[int, tuple[ActionOffer, ...], tuple[BlockedAction, ...]] | None:
    """The case's version, what the actor may do to it, and what it could do but for what is
    missing; None when there is no such case."""
    with store.reading() as session:
        row = session.get(CaseRow, case_id)
        if row is None:
            return None
        standing = standing_of(session, row)
        state = CaseStatus(row.status)
        items = tuple(
            ActionOffer(
                action=rule.action,
                name_zh=rule.name_zh,
                name_en=rule.name_en,
                after=rule.leads_to(state),
                fields=rule.takes.model_json_schema(),
            )
            for rule in allowed(standing, actor)
        )
        not_yet = tuple(
            BlockedAction(
                action=rule.action,
                name_zh=rule.name_zh,
                name_en=rule.name_en,
                missing=tuple(
                    Missing(
                        field=lack.field, camera_id=lack.camera_id, text_zh=lack.zh, text_en=lack.en
                    )
                    for lack in lacks
                ),
            )
            for rule, lacks in blocked(standing, actor)
        )
        return row.version, items, not_yet


def history_of(store: Store, case_id: int) -> tuple[HistoryEntry, ...] | None:
    """The steps of a case's life, oldest first; None when there is no such case."""
    with store.reading() as session:
        rows = _of_case(session, CaseHistoryRow, case_id)
        if rows is None:
            return None
        return tuple(
            HistoryEntry(
                number=row.number,
                action=Action(row.action),
                name_zh=BY_ACTION[Action(row.action)].name_zh,
                name_en=BY_ACTION[Action(row.action)].name_en,
                before=None if row.before is None else CaseStatus(row.before),
                after=CaseStatus(row.after),
                by=row.by,
                by_kind=row.by_kind,
                at=row.at,
                fields=row.fields,
            )
            for row in rows
        )


def approvals_of(store: Store, case_id: int) -> tuple[ApprovalView, ...] | None:
    """What was ever asked for a case, oldest first; None when there is no such case."""
    with store.reading() as session:
        rows = _of_case(session, ApprovalRow, case_id)
        if rows is None:
            return None
        return tuple(
            ApprovalView(
                number=row.number,
                kind=row.kind,
                status=row.status,
                asked_by=row.asked_by,
                asked_at=row.asked_at,
                fields=row.fields,
                decided_by=row.decided_by,
                decided_at=row.decided_at,
                note=row.note,
            )
            for row in rows
        )


def transfers_of(store: Store, case_id: int) -> tuple[Transfer, ...] | None:
    """How a case was handed over or taken in, oldest first; None when there is no such case."""
    with store.reading() as session:
        if session.get(CaseRow, case_id) is None:
            return None
        query = select(TransferRow).where(TransferRow.case_id == case_id).order_by(TransferRow.id)
        return tuple(
            Transfer.model_validate({name: getattr(row, name) for name in Transfer.model_fields})
            for row in session.scalars(query)
        )


_Row = TypeVar("_Row", CaseHistoryRow, ApprovalRow)


def _of_case(session: Session, table: type[_Row], case_id: int) -> list[_Row] | None:
    if session.get(CaseRow, case_id) is None:
        return None
    query = select(table).where(table.case_id == case_id).order_by(table.number)
    return list(session.scalars(query))
