"""Tells receivers of events, at least once, in order within a case.

A few threads a receiver, each taking the next message whose case none other is telling of: a case
that hangs or fails waits by itself, and no receiver waits for another. All that must outlive the
process is in the store: between the receiver's answer and our record of it lies the one gap, and
what falls into it is sent again under the same id.
"""

import logging
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from api.outward.adapters import Adapter, Webhook
from api.outward.egova import Egova
from api.outward.envelopes import describe, envelope, message_id, source_of
from api.outward.georeport import GeoReport
from api.outward.limits import WebhookLimits, shipped_limits
from api.outward.outcome import Outcome, Result
from api.schema.subscriptions import Adapter as Shape
from api.services import Services
from api.store import deliveries, delivery_log
from api.store.deliveries import Due, Planned
from api.store.models import EventRow
from api.store.subscriptions import Receiver, receivers
from api.store.telling import tell
from api.vault import SecretsLocked

log = logging.getLogger(__name__)

_LANES = 4
"""Messages under way to one receiver at most."""
_TURN_S = 2.0
"""A lane ends after so long, so that it stops soon after the job does."""
_KEPT = timedelta(days=30)


class Deliverer:
    """The job that delivers, with what is under way in this process."""

    def __init__(self, limits: WebhookLimits | None = None) -> None:
        self._limits = shipped_limits().webhooks if limits is None else limits
        self._lock = threading.Lock()
        self._telling: dict[UUID, set[int]] = defaultdict(set)
        """The cases that each receiver is being told of."""
        self._lanes: dict[UUID, int] = defaultdict(int)
        self._adapters: dict[Shape, Adapter] = {}
        self._stopped = False
        self._swept_at: datetime | None = None

    def run(self, services: Services, now: datetime) -> None:
        """Plan what happened, and see that lanes are open where something is due."""
        if self._swept_at is None or now - self._swept_at > timedelta(hours=1):
            delivery_log.sweep(services.store, now - _KEPT)
            self._swept_at = now
        for receiver in receivers(services.store, now):
            while deliveries.plan(
                services.store, receiver.id, _Writer(services, self._limits), now
            ):
                pass
            self._open_lanes(services, receiver)

    def stop(self) -> None:
        """Take nothing new."""
        self._stopped = True

    def _adapter(self, services: Services, shape: Shape) -> Adapter:
        with self._lock:
            if shape not in self._adapters:
                self._adapters[shape] = _make(services, shape, self._limits)
            return self._adapters[shape]

    def _open_lanes(self, services: Services, receiver: Receiver) -> None:
        for _ in range(_LANES):
            with self._lock:
                if self._lanes[receiver.id] >= _LANES:
                    return
                self._lanes[receiver.id] += 1
            due = self._take(services, receiver)
            if due is None:
                with self._lock:
                    self._lanes[receiver.id] -= 1
                return
            threading.Thread(
                target=self._lane,
                args=(services, receiver, due),
                name=f"deliver {receiver.id}",
                daemon=True,
            ).start()

    def _take(self, services: Services, receiver: Receiver) -> Due | None:
        """The next message, its case marked as being told of."""
        with self._lock:
            if self._stopped:
                return None
            telling = self._telling[receiver.id]
            due = deliveries.next_due(services.store, receiver.id, datetime.now(UTC), telling)
            if due is not None:
                telling.add(due.case_id)
            return due

    def _lane(self, services: Services, receiver: Receiver, due: Due) -> None:
        end = time.monotonic() + _TURN_S
        following: Due | None = due
        try:
            while following is not None:
                self._deliver(services, receiver, following)
                late = time.monotonic() >= end
                following = None if late else self._take(services, receiver)
        except Exception:
            # The store is away: nothing is lost, the message is as due as it was.
            log.exception("deliveries to %s stop for a moment", receiver.id)
        finally:
            with self._lock:
                self._lanes[receiver.id] -= 1

    def _deliver(self, services: Services, receiver: Receiver, due: Due) -> None:
        began = datetime.now(UTC)
        try:
            outcome = _try(self._adapter(services, receiver.adapter), due, receiver)
            now = datetime.now(UTC)
            deliveries.settle(services.store, due, outcome, began, now, self._limits)
        finally:
            with self._lock:
                self._telling[receiver.id].discard(due.case_id)
        if outcome.result not in (Result.DELIVERED, Result.NOT_WANTED):
            log.warning(
                "event %d to %s: %s (%s)", due.event, receiver.id, outcome.result, outcome.detail
            )


def _make(services: Services, shape: Shape, limits: WebhookLimits) -> Adapter:
    if shape is Shape.EGOVA:
        return Egova(services, shipped_limits().egova)
    if shape is Shape.GEOREPORT:
        return GeoReport(services, shipped_limits().open311)
    return Webhook(services, limits)


def _try(adapter: Adapter, due: Due, receiver: Receiver) -> Outcome:
    try:
        return adapter.send(due, receiver)
    except SecretsLocked as error:
        log.error("event %d to %s: %s", due.event, receiver.id, error)
        return Outcome(Result.FAILED, "its secret cannot be opened; the server's log says why")
    except Exception as error:
        # An error of our own counts as a try, else the message would be tried without end.
        log.exception("event %d to %s", due.event, receiver.id)
        return Outcome(Result.FAILED, f"an error of ours: {type(error).__name__}")


class _Writer:
    """Makes an event's message."""

    def __init__(self, services: Services, limits: WebhookLimits) -> None:
        self._source = source_of(services.settings.district)
        self._root = (services.settings.public_url or "").rstrip("/")
        self._limits = limits

    def __call__(self, session: Session, event: EventRow) -> Planned:
        what = tell(session, event)
        identity = message_id(self._source, event.id, what.case, event.type, event.at)
        data = describe(what, self._root)
        most = self._limits.max_body_bytes
        body = envelope(self._source, identity, event.id, event.type, event.at, data, most)
        return Planned(identity, body.decode())
