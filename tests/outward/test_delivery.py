"""The engine of delivery, with short waits: what it gives up, what it repeats, what it keeps."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.app import create_app
from api.outward.adapters import read_status
from api.outward.calling import Answer
from api.outward.delivery import Deliverer
from api.outward.limits import shipped_limits
from api.outward.outcome import Result
from api.outward.retry_after import retry_after
from api.outward.signing import new_secret
from api.schema import Report
from api.schema.subscriptions import Delivery, SubscriptionRequest
from api.services import Services
from api.settings import Settings
from api.store import deliveries, subscriptions
from api.store.cases import Numbering, file_report
from tests.api.conftest import evidence_of, report_of
from tests.outward.receiver import Receiver, Reply

LIMITS = shipped_limits().webhooks
QUICK = LIMITS.model_copy(
    update={"retry_after_s": (0.0, 0.05, 0.1), "time_limit_s": 0.3, "throttle_s": 0.2}
)


@dataclass
class Engine:
    services: Services
    deliverer: Deliverer = field(default_factory=lambda: Deliverer(QUICK))

    def file(self, **changes: Any) -> str:
        report = Report.model_validate(report_of(evidence_of(b"x"), **changes))
        settings = self.services.settings
        numbering = Numbering(settings.district, settings.zone)
        version, now = self.services.catalogue.version, datetime.now(UTC)
        return file_report(self.services.store, report, version, numbering, now).case.number

    def subscribe(self, receiver: Receiver, **more: Any) -> subscriptions.Subscription:
        wanted = SubscriptionRequest(name="x", url=receiver.url + "/hook", **more)
        now = datetime.now(UTC)
        return subscriptions.make(self.services.store, wanted, new_secret(), "me", now)

    def log(self, which: subscriptions.Subscription) -> list[Delivery]:
        page = deliveries.log_of(self.services.store, which.id, None, None, None, 100)
        return list(page.items)

    def until(self, holds: Callable[[], Any], within_s: float = 10) -> None:
        end = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < end, "it does not come about"
            self.deliverer.run(self.services, datetime.now(UTC))
            time.sleep(0.02)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    services: Services = create_app(settings).state.services
    found = Engine(services)
    yield found
    found.deliverer.stop()
    end = time.monotonic() + 5
    while any(found.deliverer._lanes.values()) and time.monotonic() < end:
        time.sleep(0.02)
    services.store.engine.dispose()


def test_tries_that_are_used_up_are_said_and_the_case_goes_on(
    engine: Engine, receiver: Receiver
) -> None:
    made = engine.subscribe(receiver)
    receiver.answer = lambda _got: Reply(500)
    engine.file()
    engine.until(lambda: [e for e in engine.log(made) if e.state == "failed"])
    assert len(receiver.got) == len(QUICK.retry_after_s)
    assert subscriptions.find(engine.services.store, made.id, None).failed == 1
    receiver.answer = lambda _got: Reply()
    engine.file()
    engine.until(lambda: [e for e in engine.log(made) if e.state == "delivered"])


def test_a_receiver_that_takes_it_and_then_times_out_gets_the_same_id_again(
    engine: Engine, receiver: Receiver
) -> None:
    made = engine.subscribe(receiver)
    receiver.answer = lambda _got: Reply(after_s=0 if receiver.got else 1)
    number = engine.file()
    engine.until(lambda: [e for e in engine.log(made) if e.state == "delivered"])
    assert len(receiver.got) == 2
    assert {got.headers["webhook-id"] for got in receiver.got} == {engine.log(made)[0].message_id}
    assert {got.json()["subject"] for got in receiver.got} == {number}
    late = engine.log(made)[0].tries[-1]
    assert (late.status, late.result) == (None, "failed")
    assert "no answer" in late.detail
    assert late.took_ms >= 250


def test_a_receiver_that_hangs_up_or_is_not_there_is_tried_again(
    engine: Engine, receiver: Receiver
) -> None:
    made = engine.subscribe(receiver)
    receiver.answer = lambda _got: Reply(hang_up=len(receiver.got) == 0)
    engine.file()
    engine.until(lambda: [e for e in engine.log(made) if e.state == "delivered"])
    assert [each.result for each in engine.log(made)[0].tries] == ["delivered", "failed"]


def test_many_events_reach_it_each_once_and_each_case_in_order(
    engine: Engine, receiver: Receiver
) -> None:
    made = engine.subscribe(receiver, from_event=0)
    numbers = [engine.file() for _ in range(60)]
    engine.until(lambda: len(receiver.got) >= 60, 30)
    engine.until(lambda: not [e for e in engine.log(made) if e.state == "waiting"])
    assert sorted(got.json()["subject"] for got in receiver.got) == numbers


def test_a_crowd_of_evidence_is_left_out_before_the_message_grows_too_large(
    engine: Engine, receiver: Receiver
) -> None:
    engine.subscribe(receiver)
    address = "垃" * 300
    place = {"camera_id": "c", "address": address, "longitude": None, "latitude": None}
    files = [evidence_of(bytes([i])) for i in range(16)]
    report = report_of(*files, place=place)
    settings = engine.services.settings
    tight = QUICK.model_copy(update={"max_body_bytes": 4000})
    engine.deliverer = Deliverer(tight)
    file_report(
        engine.services.store,
        Report.model_validate(report),
        engine.services.catalogue.version,
        Numbering(settings.district, settings.zone),
        datetime.now(UTC),
    )
    engine.until(lambda: receiver.got)
    data = receiver.got[0].json()["data"]
    assert len(receiver.got[0].body) <= 4000
    assert data["address"] == address
    assert data["evidence_left_out"] == 16 - len(data["evidence"]) > 0


def test_settled_messages_are_forgotten_in_time_and_can_be_told_again(
    engine: Engine, receiver: Receiver
) -> None:
    made = engine.subscribe(receiver)
    engine.file()
    engine.until(lambda: [e for e in engine.log(made) if e.state == "delivered"])
    first = receiver.got[0]
    deliveries.sweep(engine.services.store, datetime.now(UTC) + timedelta(days=1))
    assert engine.log(made) == []
    wanted = deliveries.Replay(from_event=1)
    deliveries.replay(engine.services.store, made.id, wanted, datetime.now(UTC))
    engine.until(lambda: len(receiver.got) == 2)
    assert receiver.got[1].headers["webhook-id"] == first.headers["webhook-id"]


def test_an_error_of_our_own_counts_as_a_try(
    engine: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = engine.subscribe(receiver)

    def breaks(*_: object) -> None:
        raise RuntimeError("bug")

    monkeypatch.setattr("api.outward.signing.headers", breaks)
    engine.file()
    engine.until(lambda: [e for e in engine.log(made) if e.state == "failed"])
    assert engine.log(made)[0].tries[0].detail == "an error of ours: RuntimeError"


def test_the_schedule_is_the_specifications() -> None:
    hours = [0, 5, 5 * 60, 30 * 60, *(h * 3600 for h in (2, 5, 10, 14, 20, 24))]
    assert list(LIMITS.retry_after_s) == hours
    assert 15 <= LIMITS.time_limit_s <= 30
    assert LIMITS.max_body_bytes <= 20_000


@pytest.mark.parametrize(
    ("status", "result"),
    [
        *((status, Result.DELIVERED) for status in (200, 201, 202, 204)),
        *((status, Result.FAILED) for status in (301, 307, 400, 401, 404, 415, 500, 503)),
        *((status, Result.THROTTLED) for status in (429, 502, 504)),
        (410, Result.GONE),
    ],
)
def test_what_an_answer_means(status: int, result: Result) -> None:
    answer = Answer(status, {"retry-after": "7"}, b"")
    outcome = read_status(answer, LIMITS, datetime.now(UTC))
    assert outcome.result is result
    assert outcome.wait_s == (7 if result is Result.THROTTLED else None)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Wed, 25 Nov 2026 08:00:30 GMT", 30),
        ("Wed, 25 Nov 2026 07:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("9" * 400, 999999999999),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, wait: float | None) -> None:
    assert retry_after(value, datetime(2026, 11, 25, 8, tzinfo=UTC)) == wait
