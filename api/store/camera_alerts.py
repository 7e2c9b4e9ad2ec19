"""What workers tell of their cameras' pictures: kept by the alert's id, the latest word stands."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.schema.camera_alerts import CameraAlert, CameraAlertPage, CameraAlertView
from api.store.camera_alert_tables import CameraAlertRow
from api.store.engine import Store, retry_on_clash, take_number
from api.store.errors import Conflict

_COUNTER = "camera alerts"
_MOST_OPEN = 500


@retry_on_clash
def keep_alert(store: Store, alert: CameraAlert, now: datetime) -> tuple[CameraAlertView, bool]:
    """Keep what a worker says; the alert as it stands then, and whether this changed it.

    Raises:
        Conflict: the id is an alert of another camera, or of another kind.
    """

    def work(session: Session) -> tuple[CameraAlertView, bool]:
        row = session.get(CameraAlertRow, alert.alert_id, with_for_update=True)
        if row is None:
            row = CameraAlertRow(
                alert_id=alert.alert_id, camera_id=alert.camera_id, kind=alert.kind
            )
        elif (row.camera_id, row.kind) != (alert.camera_id, alert.kind):
            raise Conflict(
                f"alert {alert.alert_id} is already one of camera {row.camera_id}, {row.kind}; "
                "each alert has an id of its own"
            )
        elif alert.at <= row.at:
            return view(row), False
        row.worker, row.at, row.since, row.until = alert.worker, alert.at, alert.since, alert.until
        row.body, row.heard_at = alert.model_dump(mode="json"), now
        for picture in alert.evidence:
            row.sha256, row.media_type = picture.sha256, picture.media_type
        row.number = take_number(session, _COUNTER)
        session.add(row)
        session.flush()
        return view(row), True

    return store.write(work)


def list_alerts(
    store: Store, camera_id: str | None, *, open_only: bool, before: int | None, limit: int
) -> CameraAlertPage:
    """A page, those that changed last first, from below the cursor `before`."""
    query = select(CameraAlertRow).order_by(CameraAlertRow.number.desc()).limit(limit + 1)
    if camera_id is not None:
        query = query.where(CameraAlertRow.camera_id == camera_id)
    if open_only:
        query = query.where(CameraAlertRow.until.is_(None))
    if before is not None:
        query = query.where(CameraAlertRow.number < before)
    with store.reading() as session:
        rows = session.scalars(query).all()
        items = tuple(view(row) for row in rows[:limit])
    return CameraAlertPage(items=items, next=rows[limit - 1].number if len(rows) > limit else None)


def open_alerts(store: Store) -> tuple[CameraAlertView, ...]:
    """Those that are not over."""
    return list_alerts(store, None, open_only=True, before=None, limit=_MOST_OPEN).items


def newest_alert(session: Session) -> int:
    """The number of the latest change of any alert, 0 when there is none."""
    return session.scalar(select(func.max(CameraAlertRow.number))) or 0


def alerts_after(
    store: Store, number: int, limit: int = 50
) -> Sequence[tuple[int, CameraAlertView]]:
    """The alerts that changed after `number`, by the number of their latest change."""
    query = (
        select(CameraAlertRow)
        .where(CameraAlertRow.number > number)
        .order_by(CameraAlertRow.number)
        .limit(limit)
    )
    with store.reading() as session:
        return [(row.number, view(row)) for row in session.scalars(query)]


def view(row: CameraAlertRow) -> CameraAlertView:
    """As readers see it."""
    body = row.body
    return CameraAlertView(
        alert_id=row.alert_id,
        worker=row.worker,
        camera_id=row.camera_id,
        kind=row.kind,
        since=row.since,
        until=row.until,
        holds=body["holds"],
        text_zh=body["text_zh"],
        text_en=body["text_en"],
        data=body["data"],
        heard_at=row.heard_at,
        picture=None if row.sha256 is None else f"/v1/evidence/{row.sha256}",
        picture_sha256=row.sha256,
    )
