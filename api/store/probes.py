"""Addresses that workers try, and cameras that they ask their networks for.

What holds a password is in the order alone, encrypted, and goes when the order is over.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.schema.cameras import SnapshotState
from api.schema.line import Discover, Probe
from api.schema.new_cameras import (
    Discovered,
    DiscoveryView,
    DiscoveryWrite,
    Probed,
    ProbeView,
    ProbeWrite,
)
from api.store.camera_secrets import masked_url, without_secrets
from api.store.engine import Store, retry_on_clash
from api.store.line_tables import LineRow, OrderRow, ProbeRow
from api.store.orders import put_order

WITHIN = timedelta(seconds=60)
"""Whoever looks for a camera waits for no longer."""
_KEPT = timedelta(days=1)
_LATE = "the worker did not answer in time: is its line up?"


class WorkerUnable(Exception):
    """The worker that was named cannot be asked.

    Attributes:
        slug: a short stable name of the reason.
        zh: the reason in Chinese.
    """

    def __init__(self, slug: str, text: str, zh: str) -> None:
        super().__init__(text)
        self.slug = slug
        self.zh = zh


@retry_on_clash
def ask_probe(store: Store, wanted: ProbeWrite, by: str, now: datetime) -> ProbeView:
    """Ask a worker to try an address.

    Raises:
        WorkerUnable: its line is down, or its release does not know how.
        SecretsLocked: the address cannot be encrypted.
    """

    def work(session: Session) -> ProbeView:
        row = _ask(session, "probe", wanted.worker, masked_url(wanted.url), by, now)
        order = Probe(
            request=row.id, url=wanted.url, transport=wanted.transport, expires_at=row.expires_at
        )
        sealed = order.model_copy(update={"url": store.vault.seal(order.url)})
        put_order(session, row.worker, sealed, now)
        return probe_view(row, now)

    return store.write(work)


@retry_on_clash
def ask_discovery(store: Store, wanted: DiscoveryWrite, by: str, now: datetime) -> DiscoveryView:
    """Ask a worker's networks for cameras; else as `ask_probe`."""

    def work(session: Session) -> DiscoveryView:
        row = _ask(session, "discover", wanted.worker, "", by, now)
        password = store.vault.seal(wanted.password) if wanted.password else ""
        order = Discover(
            request=row.id, user=wanted.user, password=password, expires_at=row.expires_at
        )
        put_order(session, row.worker, order, now)
        return discovery_view(row, now)

    return store.write(work)


def answered(session: Session, order: OrderRow, said: Probed | Discovered) -> None:
    """A worker answers; the order has nothing to say any more."""
    _over(order)
    row = session.get(ProbeRow, said.request)
    if row is None or row.state != SnapshotState.WAITING.value or row.worker != order.worker:
        return
    row.reason = said.reason
    failed = SnapshotState.FAILED.value
    if isinstance(said, Discovered):
        row.state = failed if said.reason else SnapshotState.DONE.value
        row.found = said.model_dump(mode="json", include={"cameras"})
        return
    row.problem = said.problem
    if not said.evidence or said.stream is None:
        row.state = failed
        return
    (file,) = said.evidence
    row.state = SnapshotState.DONE.value
    row.found = said.model_dump(mode="json", include={"stream", "rules"})
    row.sha256, row.media_type, row.captured_at = file.sha256, file.media_type, file.captured_at


def find_probe(store: Store, what: str, probe_id: int) -> ProbeRow | None:
    """What was asked under this number, as `probe` or `discover`; None: nothing was."""
    query = select(ProbeRow).where(ProbeRow.id == probe_id, ProbeRow.what == what)
    with store.reading() as session:
        return session.scalar(query)


def end_probes(store: Store, now: datetime) -> None:
    """Forget what was not answered in time, and what is a day old; evidence goes by itself."""
    late = select(ProbeRow).where(
        ProbeRow.expires_at < now, ProbeRow.state == SnapshotState.WAITING.value
    )
    with store.reading() as session:
        idle = session.scalar(late.limit(1)) is None
        oldest = session.scalar(select(ProbeRow.id).where(ProbeRow.asked_at < now - _KEPT).limit(1))
    if idle and oldest is None:
        return

    def work(session: Session) -> None:
        for row in session.scalars(late):
            row.state, row.problem, row.reason = SnapshotState.FAILED.value, "silent", _LATE
            subject = f"{row.what} {row.id}"
            orders = select(OrderRow).where(
                OrderRow.worker == row.worker, OrderRow.subject == subject
            )
            for order in session.scalars(orders):
                _over(order)
        session.execute(delete(ProbeRow).where(ProbeRow.asked_at < now - _KEPT))

    store.write(work)


def probe_view(row: ProbeRow, now: datetime) -> ProbeView:
    """A tried address as it is shown."""
    return ProbeView.model_validate(
        {
            **_asked(row, now),
            "address": row.address,
            "captured_at": row.captured_at,
            "stream": row.found.get("stream"),
            "rules": row.found.get("rules", ()),
            "url": None if row.sha256 is None else f"/v1/cameras/probes/{row.id}/picture",
        }
    )


def discovery_view(row: ProbeRow, now: datetime) -> DiscoveryView:
    """A search as it is shown."""
    found = row.found.get("cameras", ())
    return DiscoveryView.model_validate({**_asked(row, now), "cameras": found})


def _asked(row: ProbeRow, now: datetime) -> dict[str, object]:
    late = row.state == SnapshotState.WAITING.value and now > row.expires_at
    return {
        "id": row.id,
        "worker": row.worker,
        "state": SnapshotState.FAILED if late else SnapshotState(row.state),
        "problem": "silent" if late else row.problem,
        "reason": _LATE if late else row.reason,
        "asked_by": row.asked_by,
        "asked_at": row.asked_at,
    }


def _ask(
    session: Session, what: str, worker: str, address: str, by: str, now: datetime
) -> ProbeRow:
    line = session.scalar(select(LineRow).where(LineRow.worker == worker))
    if line is None or not line.connection:
        zh = f"工作机 {worker} 不在线"
        raise WorkerUnable("worker-away", f"the line to the worker {worker} is not up", zh)
    if what not in line.knows.split(","):
        zh = f"工作机 {worker} 的版本太旧，不能试连或查找摄像机，请先升级"
        text = f"the worker {worker} is of a release that cannot look for cameras: upgrade it"
        raise WorkerUnable("worker-outdated", text, zh)
    row = ProbeRow(
        what=what,
        worker=worker,
        address=address,
        state=SnapshotState.WAITING.value,
        problem="",
        reason="",
        asked_by=by,
        asked_at=now,
        expires_at=now + WITHIN,
        found={},
    )
    session.add(row)
    session.flush()
    return row


def _over(order: OrderRow) -> None:
    order.body, order.folded = without_secrets(order.body), True
