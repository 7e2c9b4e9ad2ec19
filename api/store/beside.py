"""What stands beside a case that waits for a verdict: one that is held, a snooze of its place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.schema.life import CaseStatus
from api.schema.settling import Settling, Snooze
from api.store.alert_tables import HeldVerdictRow, SnoozeRow
from api.store.models import CaseRow

WAITING = frozenset({CaseStatus.REPORTED, CaseStatus.PENDING_VERIFY, CaseStatus.PENDING_REGISTER})
_SHARED = 0.3
"""Of the smaller of two boxes: from there on they are one place."""
Shares = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Beside:
    """See the module."""

    settling: Settling | None = None
    snoozed: Snooze | None = None


NOTHING = Beside()


def beside(session: Session | None, rows: Sequence[CaseRow]) -> Mapping[int, Beside]:
    """What stands beside those of some cases that wait for a verdict, by the case's id."""
    waiting = [row for row in rows if row.status in WAITING]
    if session is None or not waiting:
        return {}
    query = select(HeldVerdictRow).where(HeldVerdictRow.case_id.in_([row.id for row in waiting]))
    held = {row.case_id: settling_view(row) for row in session.scalars(query)}
    snoozes = holding(session, (row.camera_id for row in waiting), datetime.now(UTC))
    return {row.id: Beside(held.get(row.id), snooze_of(row, snoozes)) for row in waiting}


def settling_view(row: HeldVerdictRow) -> Settling:
    """A held verdict as readers see it."""
    return Settling.model_validate(
        {
            "verdict": row.verdict,
            "reason": row.reason,
            "kind": row.reason_kind,
            "by": row.by or row.caller,
            "at": row.at,
            "due_at": row.due_at,
        }
    )


def holding(session: Session, cameras: Iterable[str], now: datetime) -> Sequence[SnoozeRow]:
    """The snoozes that hold now for some cameras."""
    query = (
        select(SnoozeRow)
        .where(SnoozeRow.until > now, SnoozeRow.ended_at.is_(None))
        .where(SnoozeRow.camera_id.in_(set(cameras)))
        .order_by(SnoozeRow.until.desc())
    )
    return session.scalars(query).all()


def snooze_of(row: CaseRow, snoozes: Sequence[SnoozeRow]) -> Snooze | None:
    """The snooze under which a case is, the longest one; None for what is urgent."""
    own = [one for one in snoozes if (one.camera_id, one.kind) == (row.camera_id, row.kind)]
    place = place_of(row.report.body) if own and not row.urgent else None
    if place is None:
        return None
    found = next((one for one in own if _shared(tuple(one.place), place) >= _SHARED), None)
    return None if found is None else snooze_view(found)


def place_of(body: Mapping[str, Any]) -> Shares | None:
    """Where a report's box is, as shares of the picture."""
    box, width, height = (body.get(name) for name in ("box", "frame_width", "frame_height"))
    if not box or not width or not height:
        return None
    return box["x0"] / width, box["y0"] / height, box["x1"] / width, box["y1"] / height


def _shared(one: Sequence[float], other: Sequence[float]) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min(_area(one), _area(other))
    return max(across, 0.0) * max(down, 0.0) / smaller if smaller > 0 else 0.0


def _area(box: Sequence[float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def snooze_view(row: SnoozeRow) -> Snooze:
    """A snooze as readers see it."""
    names = [column.key for column in row.__table__.columns]
    return Snooze.model_validate({name: getattr(row, name) for name in names})
