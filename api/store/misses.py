"""Misses in the store, and what they say of the cameras in service."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from api.doors.sources import CAMERA
from api.schema import CaseStatus
from api.schema.misses import Miss, MissPage, MissWrite, Recall, RecallOfKind
from api.store.alert_tables import DismissalReasonRow, MissRow
from api.store.audit import Actor, note
from api.store.engine import Store, retry_on_clash
from api.store.merge_tables import WitnessRow
from api.store.models import CaseRow

FORMULA = (
    "recall = found / (found + missed); precision = found / (found + false_positives). found: "
    "cases of cameras' reports that were not voided; missed: filed by hand from a camera's "
    "picture, where there was no case; false_positives: dismissed as such. By time of receipt."
)


@retry_on_clash
def keep_miss(
    store: Store,
    camera_id: str,
    wanted: MissWrite,
    picture: tuple[str, datetime],
    by: str,
    case_id: int | None,
    doer: Actor,
    now: datetime,
) -> Miss:
    """Write a miss down, once.

    Args:
        picture: SHA-256 and capture time.
        case_id: its case; None while a shop is told first.
    """
    with store.writing() as session:
        row = session.scalar(select(MissRow).where(MissRow.violation_id == wanted.id))
        if row is None:
            first = select(WitnessRow.violation_id).where(
                WitnessRow.case_id == case_id, WitnessRow.position == 1
            )
            row = MissRow(
                violation_id=wanted.id,
                camera_id=camera_id,
                kind=wanted.kind,
                label=wanted.label or wanted.kind,
                box=list(wanted.box),
                sha256=picture[0],
                captured_at=picture[1],
                note=wanted.note,
                by=by,
                at=now,
                case_id=case_id,
                known=case_id is not None and session.scalar(first) != wanted.id,
            )
            session.add(row)
            note(session, now, doer, "miss", str(wanted.id), {"camera": camera_id})
            session.flush()
        number = select(CaseRow.number).where(CaseRow.id == row.case_id)
        return _view(row, session.scalar(number))


def list_misses(store: Store, camera_id: str | None, before: int | None, limit: int) -> MissPage:
    """A page of misses, the newest first, from below the cursor `before`."""
    query = (
        select(MissRow, CaseRow.number)
        .outerjoin(CaseRow, CaseRow.id == MissRow.case_id)
        .order_by(MissRow.number.desc())
        .limit(limit + 1)
    )
    if camera_id is not None:
        query = query.where(MissRow.camera_id == camera_id)
    if before is not None:
        query = query.where(MissRow.number < before)
    with store.reading() as session:
        rows = session.execute(query).all()
    items = tuple(_view(row, number) for row, number in rows[:limit])
    return MissPage(items=items, next=rows[limit - 1][0].number if len(rows) > limit else None)


def all_misses(store: Store, since: datetime, until: datetime) -> Iterator[Miss]:
    """The misses of a time, oldest first."""
    query = (
        select(MissRow, CaseRow.number)
        .outerjoin(CaseRow, CaseRow.id == MissRow.case_id)
        .where(MissRow.at >= since, MissRow.at < until)
        .order_by(MissRow.number)
    )
    with store.reading() as session:
        yield from (_view(row, number) for row, number in session.execute(query).all())


def recall(store: Store, since: datetime, until: datetime) -> Recall:
    """How cameras did among what came in a time."""
    within = CaseRow.received_at >= since, CaseRow.received_at < until, CaseRow.source == CAMERA
    wrong = select(DismissalReasonRow.code).where(DismissalReasonRow.false_positive)
    by_hand = select(MissRow.violation_id).where(MissRow.violation_id == CaseRow.violation_id)
    stands = CaseRow.status != CaseStatus.VOIDED.value
    with store.reading() as session:

        def count(*where: ColumnElement[bool]) -> Counter[str]:
            query = select(CaseRow.kind, func.count()).where(*within, *where)
            return Counter(dict(iter(session.execute(query.group_by(CaseRow.kind)))))

        found = count(stands, ~by_hand.exists())
        false = count(CaseRow.dismiss_kind.in_(wrong), ~stands)
        query = select(MissRow.kind, func.count()).where(MissRow.at >= since, MissRow.at < until)
        of_misses = query.where(MissRow.known.is_(False)).group_by(MissRow.kind)
        missed = Counter(dict(iter(session.execute(of_misses))))
    kinds = sorted({*found, *false, *missed})
    items = tuple(_of_kind(kind, found[kind], missed[kind], false[kind]) for kind in kinds)
    return Recall(since=since, until=until, formula=FORMULA, kinds=items)


def _of_kind(kind: str, found: int, missed: int, false: int) -> RecallOfKind:
    return RecallOfKind(
        kind=kind,
        found=found,
        missed=missed,
        false_positives=false,
        recall=found / (found + missed) if found + missed else None,
        precision=found / (found + false) if found + false else None,
    )


def _view(row: MissRow, case_number: str | None) -> Miss:
    box: Sequence[float] = row.box
    return Miss(
        id=row.violation_id,
        camera_id=row.camera_id,
        kind=row.kind,
        label=row.label,
        box=(box[0], box[1], box[2], box[3]),
        picture=f"/v1/evidence/{row.sha256}",
        captured_at=row.captured_at,
        note=row.note,
        by=row.by,
        at=row.at,
        case_id=row.case_id,
        case_number=case_number,
        known=row.known,
    )
