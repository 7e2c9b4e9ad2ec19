"""Pictures that people ask of cameras."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.schema.cameras import Snapshot, SnapshotState
from api.schema.line import SnapshotTaken, TakeSnapshot
from api.store.cameras import UnknownCamera
from api.store.engine import Store, retry_on_clash
from api.store.line_tables import CameraRow, SnapshotRow
from api.store.orders import put_order
from api.store.seals import seal_row

WITHIN = timedelta(minutes=2)
"""A picture that comes later is no longer wanted."""


@retry_on_clash
def ask_snapshot(store: Store, camera_id: str, by: str, now: datetime) -> Snapshot:
    """Ask a camera's worker for a current picture.

    Raises:
        UnknownCamera: there is no such camera.
    """

    def work(session: Session) -> Snapshot:
        camera = session.get(CameraRow, camera_id)
        if camera is None:
            raise UnknownCamera(f"there is no camera {camera_id}")
        row = SnapshotRow(
            camera_id=camera_id,
            state=SnapshotState.WAITING.value,
            reason="",
            asked_by=by,
            asked_at=now,
            expires_at=now + WITHIN,
        )
        session.add(row)
        session.flush()
        order = TakeSnapshot(request=row.id, camera_id=camera_id, expires_at=row.expires_at)
        put_order(session, camera.worker, order, now)
        return _view(row, now)

    return store.write(work)


def snapshot_taken(session: Session, taken: SnapshotTaken, now: datetime) -> None:
    """A worker answers: a picture, which is sealed, or why there is none."""
    row = session.get(SnapshotRow, taken.request)
    if row is None or row.state != SnapshotState.WAITING.value:
        return
    if not taken.evidence:
        row.state, row.reason = SnapshotState.FAILED.value, taken.reason
        return
    (file,) = taken.evidence
    row.state, row.reason = SnapshotState.DONE.value, ""
    row.sha256, row.media_type, row.captured_at = file.sha256, file.media_type, file.captured_at
    seal_row(session, "snapshot", row, now)


def get_snapshot(store: Store, camera_id: str, snapshot_id: int, now: datetime) -> Snapshot | None:
    """A picture that was asked for, or None."""
    query = select(SnapshotRow).where(
        SnapshotRow.id == snapshot_id, SnapshotRow.camera_id == camera_id
    )
    with store.reading() as session:
        row = session.scalar(query)
        return None if row is None else _view(row, now)


def _view(row: SnapshotRow, now: datetime) -> Snapshot:
    late = row.state == SnapshotState.WAITING.value and now > row.expires_at
    return Snapshot(
        id=row.id,
        camera_id=row.camera_id,
        state=SnapshotState.FAILED if late else SnapshotState(row.state),
        reason="the worker did not answer in time: is its line up?" if late else row.reason,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        captured_at=row.captured_at,
        sha256=row.sha256,
        url=None
        if row.sha256 is None
        else f"/v1/cameras/{row.camera_id}/snapshots/{row.id}/picture",
    )
