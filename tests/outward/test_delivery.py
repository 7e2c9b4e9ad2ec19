"""The engine of delivery, with short waits: what it gives up, what it repeats, what it keeps."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from api.outward.adapters import read_status
from api.outward.calling import Answer
from api.outward.delivery import Deliverer
from api.outward.outcome import Result
from api.outward.retry_after import retry_after
from api.schema import Report
from api.schema.subscriptions import Replay
from api.settings import Settings
from api.store import delivery_log, subscriptions
from api.store.audit import CONSOLE
from api.store.cases import file_report
from tests.api.conftest import evidence_of, report_of
from tests.outward.engine import LIMITS, QUICK, Engine, an_engine
from tests.outward.receiver import Receiver, Reply


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    with an_engine(settings) as found:
        yield found


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
    number = engine.file().number
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
    numbers = [engine.file().number for _ in range(60)]
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
    tight = QUICK.model_copy(update={"max_body_bytes": 4000})
    engine.deliverer = Deliverer(tight)
    services, now = engine.services, datetime.now(UTC)
    file_report(services.store, Report.model_validate(report), services.terms, now)
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
    delivery_log.sweep(engine.services.store, datetime.now(UTC) + timedelta(days=1))
    assert engine.log(made) == []
    wanted = Replay(from_event=1)
    delivery_log.replay(engine.services.store, made.id, wanted, CONSOLE, datetime.now(UTC))
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
