"""Reasons why an alert is none."""

from collections.abc import Sequence

from sqlalchemy import func, select

from api.schema.settling import DismissalReason, DismissalReasonWrite
from api.store.alert_tables import DismissalReasonRow
from api.store.engine import Store, retry_on_clash


def seed_dismissals(store: Store, reasons: Sequence[DismissalReason]) -> None:
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
    store: Store, code: str, wanted: DismissalReasonWrite
) -> tuple[DismissalReason, bool]:
    """Write a reason; says too whether it is new."""
    with store.writing() as session:
        row = session.get(DismissalReasonRow, code)
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
        return _view(row), new


def _view(row: DismissalReasonRow) -> DismissalReason:
    return DismissalReason(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        false_positive=row.false_positive,
        active=row.active,
    )
