"""The engine of delivery on its own, driven by hand, with short waits."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from api.app import create_app
from api.life.actors import Actor, Who
from api.life.machine import BY_ACTION
from api.outward.delivery import Deliverer
from api.outward.limits import shipped_limits
from api.outward.signing import new_secret
from api.schema import Action, Case, Report
from api.schema.subscriptions import Adapter, Delivery, Subscription, SubscriptionRequest
from api.services import Services
from api.settings import Settings
from api.store import delivery_log, subscriptions
from api.store.acting import act
from api.store.audit import Actor as Doer
from api.store.cases import file_report
from api.store.reading import newest_event
from tests.api.conftest import evidence_of, picture, report_of, sha256
from tests.outward.receiver import Receiver

LIMITS = shipped_limits().webhooks
QUICK = LIMITS.model_copy(
    update={"retry_after_s": (0.0, 0.05, 0.1), "time_limit_s": 0.3, "throttle_s": 0.2}
)
JPEG = picture()
ANYBODY = frozenset(Who)


@dataclass
class Engine:
    services: Services
    deliverer: Deliverer = field(default_factory=lambda: Deliverer(QUICK))

    def file(self, data: bytes = JPEG, **changes: Any) -> Case:
        report = Report.model_validate(report_of(evidence_of(data), **changes))
        self.services.evidence.keep({sha256(data): io.BytesIO(data)})
        now = datetime.now(UTC)
        return file_report(self.services.store, report, self.services.terms, now).case

    def act(self, case: Case, action: Action, by: str = "李", **fields: Any) -> Case:
        what = BY_ACTION[action].takes.model_validate(fields)
        who = ANYBODY - {Who.INTEGRATOR}
        now = datetime.now(UTC)
        return act(self.services.store, case.id, action, Actor(by, who), what, None, now).case

    def subscribe(self, receiver: Receiver, path: str = "/hook", **more: Any) -> Subscription:
        wanted = SubscriptionRequest(name="x", url=receiver.url + path, **more)
        secret = new_secret() if wanted.adapter is Adapter.WEBHOOK else None
        return subscriptions.make(
            self.services.store, wanted, secret, Doer("person", "me"), datetime.now(UTC)
        )

    def log(self, which: Subscription) -> list[Delivery]:
        return list(delivery_log.log_of(self.services.store, which.id, None, None, None, 100).items)

    def until(self, holds: Callable[[], Any], within_s: float = 10) -> Any:
        end = time.monotonic() + within_s
        while not (found := holds()):
            assert time.monotonic() < end, "it does not come about"
            self.deliverer.run(self.services, datetime.now(UTC))
            time.sleep(0.02)
        return found

    def until_settled(self, which: Subscription) -> list[Delivery]:
        """The log once all that happened is planned and settled."""
        newest = newest_event(self.services.store)

        def settled() -> bool:
            found = subscriptions.find(self.services.store, which.id, None)
            return found.planned >= newest and found.waiting == 0

        self.until(settled)
        return self.log(which)

    def stop(self) -> None:
        self.deliverer.stop()
        end = time.monotonic() + 5
        while any(self.deliverer._lanes.values()) and time.monotonic() < end:
            time.sleep(0.02)
        self.services.store.engine.dispose()


@contextmanager
def an_engine(settings: Settings) -> Iterator[Engine]:
    found = Engine(create_app(settings).state.services)
    try:
        yield found
    finally:
        found.stop()
