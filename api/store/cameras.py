"""What happens to cameras' configurations; each change is one transaction, with its order."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.schema.cameras import Camera, CameraConfig, CameraWrite, ConfigState
from api.schema.line import Configure, Running, Settled
from api.store.camera_orders import order_waiting_looks
from api.store.camera_secrets import as_kept, open_body, readable, sealed, with_password
from api.store.camera_views import view_of
from api.store.engine import Store, retry_on_clash
from api.store.line_tables import CameraRow, CameraVersionRow
from api.store.orders import put_order, waiting_configuration
from api.vault import SecretsLocked, Vault

log = logging.getLogger(__name__)


class CameraError(Exception):
    """What was asked cannot be done to the camera."""


class UnknownCamera(CameraError):
    """There is no such camera, or no such version of it."""


class CameraOutdated(CameraError):
    """The camera's configuration changed since the writer saw it."""


@retry_on_clash
def write_camera(
    store: Store,
    camera_id: str,
    wanted: CameraWrite,
    author: str,
    versions: Collection[int] | None,
    now: datetime,
) -> Camera:
    """Give a camera a new version of its configuration, and its worker the order to run it.

    Args:
        versions: the newest versions that the writer may have seen; 0 for a camera that is new;
            None for any.

    Raises:
        CameraOutdated: the newest version is none of `versions`.
        PasswordWanted: an address that came masked leads to another host.
    """

    vault = store.vault

    def work(session: Session) -> Camera:
        row = _locked(session, camera_id)
        newest = 0 if row is None else row.version
        if versions is not None and newest not in versions:
            raise CameraOutdated(f"camera {camera_id} is now at version {newest}; read it again")
        config = wanted.config
        is_new_to_it = row is None or row.worker != wanted.worker
        if row is not None:
            before = _version(session, camera_id, newest)
            config = (
                config if before is None else with_password(config, readable(before.body, vault))
            )
        kept = sealed(config, vault)
        row = _add_version(session, row, camera_id, wanted.worker, kept, author, wanted.note, now)
        _order(session, row, row.worker, now)
        if is_new_to_it:  # after the order to run it: a worker looks with what it has
            order_waiting_looks(session, row.worker, camera_id, now)
        return view_of(session, row, vault)

    return store.write(work)


@retry_on_clash
def restore_version(
    store: Store,
    camera_id: str,
    version: int,
    author: str,
    versions: Collection[int] | None,
    now: datetime,
) -> Camera:
    """Make an old version the newest again.

    Raises:
        UnknownCamera, CameraOutdated.
    """

    def work(session: Session) -> Camera:
        row = _locked(session, camera_id)
        old = None if row is None else _version(session, camera_id, version)
        if row is None or old is None:
            raise UnknownCamera(f"camera {camera_id} has no version {version}")
        if versions is not None and row.version not in versions:
            raise CameraOutdated(f"camera {camera_id} is now at version {row.version}")
        config = as_kept(old.body)
        note = f"version {version} again"
        row = _add_version(session, row, camera_id, row.worker, config, author, note, now)
        _order(session, row, row.worker, now)
        return view_of(session, row, store.vault)

    return store.write(work)


@retry_on_clash
def reconcile(
    store: Store, worker: str, running: Sequence[Running], now: datetime
) -> dict[str, int]:
    """Hold what a worker runs against what it should run.

    A camera that the store has never heard of is taken over from the worker's own file; where
    the two differ, an order follows.

    Returns:
        The version of each camera that runs as it should.
    """

    def work(session: Session) -> dict[str, int]:
        right: dict[str, int] = {}
        for one in running:
            version = _meet(session, store.vault, worker, one, now)
            if version is not None:
                right[one.camera_id] = version
        told = {one.camera_id for one in running}
        for row in session.scalars(select(CameraRow).where(CameraRow.worker == worker)):
            if row.camera_id not in told:
                row.running = None
                _order(session, row, worker, now)
        return right

    return store.write(work)


def _meet(session: Session, vault: Vault, worker: str, one: Running, now: datetime) -> int | None:
    row = _locked(session, one.camera_id)
    if row is None:
        row = _taken_over(session, vault, None, worker, one, "from the worker's own file", now)
        order_waiting_looks(session, worker, row.camera_id, now)
        return row.version
    wanted = _wanted(session, row)
    try:
        body = open_body(wanted.body, vault)
    except SecretsLocked as error:
        if row.worker != worker:
            log.error("camera %s: %s", row.camera_id, error)
            return None
        # What it was to run cannot be read any more; what it runs has the password.
        note = "what the worker runs: the address that was kept cannot be decrypted"
        return _taken_over(session, vault, row, worker, one, note, now).version
    same = one.config.model_dump(mode="json") == body
    if row.worker == worker and same:  # by content: numbers may differ after a restored backup
        _settle(session, row.camera_id, wanted.version, ConfigState.APPLIED, "", now)
        row.running = wanted.version
        return wanted.version
    _order(session, row, worker, now)
    return None


def _taken_over(
    session: Session,
    vault: Vault,
    row: CameraRow | None,
    worker: str,
    one: Running,
    note: str,
    now: datetime,
) -> CameraRow:
    """A version of what a worker runs already."""
    config, author = sealed(one.config, vault), f"worker {worker}"
    row = _add_version(session, row, one.camera_id, worker, config, author, note, now)
    _settle(session, row.camera_id, row.version, ConfigState.APPLIED, "", now)
    row.running = row.version
    return row


def settle(session: Session, worker: str, said: Settled, now: datetime) -> None:
    """Write down what a worker says of a version that it was told to run."""
    state = ConfigState.APPLIED if said.applied else ConfigState.REFUSED
    _settle(session, said.camera_id, said.version, state, said.reason, now)
    row = session.get(CameraRow, said.camera_id)
    if row is not None and row.worker == worker and said.applied:
        row.running = said.version


def _settle(
    session: Session, camera_id: str, version: int, state: ConfigState, reason: str, now: datetime
) -> None:
    row = session.get(CameraVersionRow, (camera_id, version))
    if row is not None and row.state != state:
        row.state, row.reason, row.settled_at = state.value, reason, now


def _add_version(
    session: Session,
    row: CameraRow | None,
    camera_id: str,
    worker: str,
    config: CameraConfig,
    author: str,
    note: str,
    now: datetime,
) -> CameraRow:
    if row is None:
        row = CameraRow(camera_id=camera_id, worker=worker, version=0, running=None)
        session.add(row)
        session.flush()
    elif row.worker != worker:
        gone = Configure(
            camera_id=camera_id,
            version=row.version + 1,
            author=author,
            config=None,
            reason=f"the camera is now {worker}'s",
        )
        put_order(session, row.worker, gone, now)
        row.worker, row.running = worker, None
    session.execute(
        update(CameraVersionRow)
        .where(CameraVersionRow.camera_id == camera_id)
        .where(CameraVersionRow.state == ConfigState.WAITING.value)
        .values(state=ConfigState.REPLACED.value, settled_at=now)
    )
    row.version += 1
    session.add(
        CameraVersionRow(
            camera_id=camera_id,
            version=row.version,
            author=author,
            at=now,
            note=note,
            body=config.model_dump(mode="json"),
            state=ConfigState.WAITING.value,
            reason="",
        )
    )
    session.flush()
    return row


def _order(session: Session, row: CameraRow, worker: str, now: datetime) -> None:
    """Tell a worker what it is to run of a camera, unless it is being told already."""
    if row.worker != worker:
        reason = f"the camera is {row.worker}'s"
        order = Configure(
            camera_id=row.camera_id, version=row.version, author="", config=None, reason=reason
        )
        put_order(session, worker, order, now)
        return
    wanted = _wanted(session, row)
    if waiting_configuration(session, worker, row.camera_id) == wanted.version:
        return
    order = Configure(
        camera_id=row.camera_id,
        version=wanted.version,
        author=wanted.author,
        config=as_kept(wanted.body),
    )
    put_order(session, worker, order, now)


def _wanted(session: Session, row: CameraRow) -> CameraVersionRow:
    """The newest version that was not refused, or the newest at all."""
    newest_first = (
        select(CameraVersionRow)
        .where(CameraVersionRow.camera_id == row.camera_id)
        .order_by(CameraVersionRow.version.desc())
        .limit(1)
    )
    fit = newest_first.where(CameraVersionRow.state != ConfigState.REFUSED.value)
    return session.scalar(fit) or session.scalars(newest_first).one()


def _locked(session: Session, camera_id: str) -> CameraRow | None:
    return session.scalar(
        select(CameraRow).where(CameraRow.camera_id == camera_id).with_for_update()
    )


def _version(session: Session, camera_id: str, version: int) -> CameraVersionRow | None:
    return session.get(CameraVersionRow, (camera_id, version))
