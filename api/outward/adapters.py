"""How each shape of receiver is told of an event."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from api.outward import signing
from api.outward.addresses import AddressRefused, Reach
from api.outward.calling import Answer, Caller, Unreachable
from api.outward.envelopes import CONTENT_TYPE
from api.outward.limits import WebhookLimits
from api.outward.outcome import Outcome, Result
from api.outward.retry_after import retry_after
from api.services import Services
from api.store.deliveries import Due
from api.store.subscriptions import Receiver, secrets_of


class Adapter(Protocol):
    """A shape in which receivers are told."""

    def send(self, due: Due, receiver: Receiver) -> Outcome:
        """Try once. Never raises for what the network or the receiver does."""
        ...


def caller_for(services: Services, time_limit_s: float) -> Caller:
    """Makes calls as the settings allow them."""
    return Caller(Reach.of(services.settings.outward_networks), time_limit_s)


@dataclass(frozen=True, slots=True)
class Webhook:
    """The message as it stands, signed: CloudEvents body, Standard Webhooks headers."""

    services: Services
    limits: WebhookLimits

    def send(self, due: Due, receiver: Receiver) -> Outcome:
        """POST it once."""
        now = datetime.now(UTC)
        valid = secrets_of(self.services.store, receiver.id, now)
        headers = {"Content-Type": CONTENT_TYPE}
        headers |= signing.headers(valid, due.message_id, int(now.timestamp()), due.body)
        try:
            caller = caller_for(self.services, self.limits.time_limit_s)
            answer = caller.call("POST", receiver.url, headers, due.body)
        except AddressRefused as error:
            # Not final: the name may come to stand for something else, or the settings change.
            return Outcome(Result.FAILED, str(error))
        except Unreachable as error:
            return Outcome(Result.FAILED, str(error))
        return read_status(answer, self.limits, datetime.now(UTC))


def read_status(answer: Answer, limits: WebhookLimits, now: datetime) -> Outcome:
    """What a receiver's status says, as Standard Webhooks has it."""
    status = answer.status
    detail = f"HTTP {status}" + (f": {answer.excerpt}" if answer.excerpt else "")
    if 200 <= status < 300:
        return Outcome(Result.DELIVERED, detail, status)
    if status == 410:
        return Outcome(Result.GONE, f"the receiver wants nothing any more ({detail})", status)
    if status in limits.throttling:
        wait_s = retry_after(answer.headers.get("retry-after"), now)
        return Outcome(Result.THROTTLED, detail, status, wait_s)
    if 300 <= status < 400:
        detail = f"HTTP {status}: redirects are not followed; give the address that it leads to"
    return Outcome(Result.FAILED, detail, status)
