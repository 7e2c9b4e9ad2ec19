"""Reasons why an alert is none."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select

from api.schema.settling import DismissalReason, DismissalReasonWrite, FirstDismissalReason
from api.store.alert_tables import DismissalReasonRow
from api.store.audit import Actor, note
from api.store.engine import Store, retry_on_clash
from api.store.errors import Outdated
from api.store.tags import tag_of


def seed_dismissals(store: Store, reasons: Sequence[FirstDismissalReason]) -> None:
    """Put the first reasons into an empty table."""
    with store.writing() as session:
        if session.scalar(select(func.count()).select_from(DismissalReasonRow)) == 0:
            session.add_all(
                DismissalReasonRow(**reason.model_dump(), position=index)
                for index, reason in enumerate(reasons)
            )


def read_reasons(store: Store) -> tuple[DismissalReason, ...]:
    """All reasons, in the order in which they are offered."""
    query = select(DismissalReasonRow).order_by(
        DismissalReasonRow.position, DismissalReasonRow.code
    )
    with store.reading() as session:
        return tuple(_view(row) for row in session.scalars(query))


def find_reason(store: Store, code: str) -> DismissalReason | None:
    """A reason that may be given now, or None."""
    with store.reading() as session:
        row = session.get(DismissalReasonRow, code)
        return None if row is None or not row.active else _view(row)


@retry_on_clash
def put_reason(
    store: Store,
    code: str,
    wanted: DismissalReasonWrite,
    doer: Actor,
    now: datetime,
    tags: Collection[str] | None = None,
) -> tuple[DismissalReason, bool]:
    """Write a reason; says too whether it is new.

    Args:
        tags: of the reason as the writer may have seen it; None for any.

    Raises:
        Outdated: it was changed since it was seen.
    """
    with store.writing() as session:
        row = session.get(DismissalReasonRow, code)
        if tags is not None and (row is None or _view(row).etag not in tags):
            raise Outdated(f"the reason {code} was changed since; look again")
        new = row is None
        if row is None:
            last = session.scalar(select(func.max(DismissalReasonRow.position)))
            row = DismissalReasonRow(code=code, position=0 if last is None else last + 1)
            session.add(row)
        given = wanted.model_dump(exclude={"position"})
        if wanted.position is not None:
            given["position"] = wanted.position
        for name, value in given.items():
            setattr(row, name, value)
        session.flush()
        note(session, now, doer, "reason.put", code, wanted.model_dump(exclude_none=True))
        return _view(row), new


def _view(row: DismissalReasonRow) -> DismissalReason:
    said = (row.name_zh, row.name_en, row.false_positive, row.active, row.position)
    return DismissalReason(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        false_positive=row.false_positive,
        active=row.active,
        position=row.position,
        etag=tag_of(*said),
    )
