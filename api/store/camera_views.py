"""Cameras as readers see them: without passwords."""

from dataclasses import dataclass

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from api.schema.cameras import Camera, CameraPage, CameraVersion, ConfigState
from api.schema.places import Place
from api.store.camera_secrets import masked, readable
from api.store.engine import Store
from api.store.line_tables import CameraRow, CameraVersionRow, LineRow
from api.vault import Vault


@dataclass(frozen=True, slots=True)
class CameraFilter:
    """Which cameras to list; None asks nothing."""

    worker: str | None = None
    state: ConfigState | None = None


def list_cameras(store: Store, wanted: CameraFilter, after: str, limit: int) -> CameraPage:
    """A page of cameras by id, beyond the cursor `after`."""
    query = _joined().where(CameraRow.camera_id > after).order_by(CameraRow.camera_id)
    if wanted.worker is not None:
        query = query.where(CameraRow.worker == wanted.worker)
    if wanted.state is not None:
        query = query.where(CameraVersionRow.state == wanted.state.value)
    with store.reading() as session:
        rows = session.execute(query.limit(limit + 1)).all()
    items = tuple(_camera(row, store.vault) for row in rows[:limit])
    return CameraPage(items=items, next=items[-1].camera_id if len(rows) > limit else None)


@dataclass(frozen=True, slots=True)
class Stood:
    """A camera without its rules: where it stands, whose it is, whether it is watched."""

    camera_id: str
    worker: str
    version: int
    place: Place
    enabled: bool


def all_cameras(store: Store) -> list[Stood]:
    """All cameras, by id."""
    with store.reading() as session:
        found = session.execute(_joined().order_by(CameraRow.camera_id)).all()
    return [
        Stood(
            row.camera_id,
            row.worker,
            row.version,
            Place.model_validate(version.body["place"]),
            bool(version.body["enabled"]),
        )
        for row, version, _ in found
    ]


def get_camera(store: Store, camera_id: str) -> Camera | None:
    """A camera with its newest configuration, or None."""
    with store.reading() as session:
        row = session.execute(_joined().where(CameraRow.camera_id == camera_id)).one_or_none()
        return None if row is None else _camera(row, store.vault)


def versions_of(store: Store, camera_id: str) -> list[CameraVersion]:
    """The versions of a camera's configuration, newest first."""
    query = (
        select(CameraVersionRow)
        .where(CameraVersionRow.camera_id == camera_id)
        .order_by(CameraVersionRow.version.desc())
    )
    with store.reading() as session:
        rows = session.scalars(query)
        return [CameraVersion.model_validate(_said(row, store.vault)) for row in rows]


def _joined() -> Select[CameraRow, CameraVersionRow, str]:
    return (
        select(CameraRow, CameraVersionRow, LineRow.connection)
        .join(
            CameraVersionRow,
            (CameraVersionRow.camera_id == CameraRow.camera_id)
            & (CameraVersionRow.version == CameraRow.version),
        )
        .outerjoin(LineRow, LineRow.worker == CameraRow.worker)
    )


def view_of(session: Session, row: CameraRow, vault: Vault) -> Camera:
    """A camera as it stands in a transaction."""
    session.flush()
    found = session.execute(_joined().where(CameraRow.camera_id == row.camera_id)).one()
    return _camera(found, vault)


def _camera(found: Row[CameraRow, CameraVersionRow, str], vault: Vault) -> Camera:
    row, version, connection = found
    own = {"worker": row.worker, "running": row.running, "connected": bool(connection)}
    return Camera.model_validate(_said(version, vault) | own)


def _said(row: CameraVersionRow, vault: Vault) -> dict[str, object]:
    return {
        "camera_id": row.camera_id,
        "version": row.version,
        "author": row.author,
        "at": row.at,
        "note": row.note,
        "state": row.state,
        "reason": row.reason,
        "settled_at": row.settled_at,
        "config": masked(readable(row.body, vault)),
    }
