"""Cases filed into somebody else's Open311 endpoint, which takes a repeat for a new request."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.outward.polling import poll
from api.schema import Action, Case
from api.schema.subscriptions import Replay
from api.settings import Settings
from api.store.audit import CONSOLE
from api.store.delivery_log import replay
from api.store.handovers import case_of_number
from tests.outward.engine import Engine, an_engine
from tests.outward.receiver import Got, Receiver, Reply

XML = {"Content-Type": "text/xml; charset=utf-8"}


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    with an_engine(settings) as found:
        yield found


class City:
    """A GeoReport v2 endpoint of another make; XML, or JSON with an object around it."""

    def __init__(self, receiver: Receiver) -> None:
        self.filed: list[dict[str, str]] = []
        self.receiver = receiver
        self.token = False
        self.json = False
        self.status = "open"
        receiver.answer = self.answer

    def answer(self, got: Got) -> Reply:
        if got.method == "POST":
            form = got.form
            if form["api_key"] != "KEY":
                return Reply(403, b"<errors><error><code>403</code></error></errors>", XML)
            self.filed.append(form)
            number = f"SR-{len(self.filed)}"
            inner = f"<token>T{number}</token>" if self.token else f"<id>{number}</id>"
            inner = inner.replace("id>", "service_request_id>")
            if self.json:
                return Reply(201, f'[{{"service_request_id": "{number}"}}]'.encode())
            text = f"<service_requests><request>{inner}</request></service_requests>"
            return Reply(201, text.encode(), XML)
        if "/tokens/" in got.path:
            token = got.path.split("/tokens/")[1].split(".xml")[0]
            text = f"<request><service_request_id>{token[1:]}</service_request_id></request>"
            return Reply(200, f"<service_requests>{text}</service_requests>".encode(), XML)
        if "/requests/" in got.path:
            number = got.path.split("/requests/")[1].split(".xml")[0]
            text = (
                f"<request><service_request_id>{number}</service_request_id>"
                f"<status>{self.status}</status><status_notes>swept</status_notes></request>"
            )
            return Reply(200, f"<service_requests>{text}</service_requests>".encode(), XML)
        items = "".join(
            f"<request><service_request_id>SR-{number}</service_request_id>"
            f"<description>{form['description']}</description></request>"
            for number, form in enumerate(self.filed, 1)
            if form["service_code"] == got.query.get("service_code")
        )
        return Reply(200, f"<service_requests>{items}</service_requests>".encode(), XML)


def hand_over(engine: Engine, receiver: Receiver, **more: Any) -> Any:
    options = {"api_key": "KEY", "services": {"E-0102": "001"}} | more
    made = engine.subscribe(receiver, "/api/v2", georeport=options)
    case = engine.file()
    engine.act(case, Action.REGISTER)
    log = {entry.type: entry for entry in engine.until_settled(made)}
    return case, log["case.registered"]


def test_a_registered_case_becomes_a_request_of_the_mapped_service(
    engine: Engine, receiver: Receiver
) -> None:
    city = City(receiver)
    case, entry = hand_over(engine, receiver, jurisdiction_id="city.example")
    assert (entry.state, entry.reference) == ("delivered", "SR-1")
    (form,) = city.filed
    assert form["service_code"] == "001"
    assert form["jurisdiction_id"] == "city.example"
    assert (form["lat"], form["long"]) == (str(case.place.latitude), str(case.place.longitude))
    assert case.number in form["description"]
    assert form["address_string"] == "经十路 3 号"
    assert form["media_url"].startswith("https://chief.example/v1/links/")
    assert [got.path for got in receiver.got] == ["/api/v2/requests.xml"]


def test_json_and_tokens_are_understood_too(engine: Engine, receiver: Receiver) -> None:
    city = City(receiver)
    city.json = True
    assert hand_over(engine, receiver)[1].reference == "SR-1"
    city.json, city.token = False, True
    assert hand_over(engine, receiver)[1].reference.startswith("token:TSR-")


def test_a_request_whose_answer_was_lost_is_found_again_and_not_doubled(
    engine: Engine, receiver: Receiver
) -> None:
    city = City(receiver)

    def loses_one(got: Got) -> Reply:
        reply = city.answer(got)
        return Reply(hang_up=True) if len(receiver.got) == 0 else reply

    receiver.answer = loses_one
    _, entry = hand_over(engine, receiver)
    assert len(city.filed) == 1
    assert (entry.state, entry.reference) == ("delivered", "SR-1")
    assert entry.tries[0].detail == "an earlier try had reached it"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(403, b"<errors/>", XML), "HTTP 403"),
        (Reply(200, b"<service_requests/>", XML), "neither an id nor a token"),
        (Reply(200, b"thanks"), "neither XML nor JSON"),
        (
            Reply(200, b'<!DOCTYPE x [<!ENTITY a "b">]><service_requests>&a;</service_requests>'),
            "neither XML nor JSON",
        ),
    ],
)
def test_what_is_no_success_is_tried_again_and_said(
    engine: Engine, receiver: Receiver, reply: Reply, why: str
) -> None:
    receiver.answer = lambda _got: reply
    _, entry = hand_over(engine, receiver)
    assert entry.state == "failed"
    assert why in entry.tries[-1].detail


def looks(engine: Engine, later_s: float = 0) -> None:
    poll(engine.services, datetime.now(UTC) + timedelta(seconds=later_s))


def status_of(engine: Engine, case: Case) -> str:
    return case_of_number(engine.services.store, case.number).status


def test_what_is_done_there_is_reported_as_done_here_and_is_checked_not_closed(
    engine: Engine, receiver: Receiver
) -> None:
    city = City(receiver)
    case, _ = hand_over(engine, receiver)
    looks(engine)
    assert receiver.got[-1].path.startswith("/api/v2/requests/SR-1.xml?")
    assert status_of(engine, case) == "pending_dispatch"
    count = len(receiver.got)
    looks(engine, 10)
    assert len(receiver.got) == count, "it is asked again after `poll_s`, not before"
    city.status = "closed"
    looks(engine, 301)
    assert status_of(engine, case) == "pending_check"
    looks(engine, 9999)
    assert len(receiver.got) == count + 1, "there is no more to ask"


def test_a_token_is_traded_for_an_id(engine: Engine, receiver: Receiver) -> None:
    city = City(receiver)
    city.token, city.status = True, "closed"
    case, _ = hand_over(engine, receiver)
    looks(engine)
    assert "/tokens/TSR-1.xml" in receiver.got[-2].path
    assert "/requests/SR-1.xml" in receiver.got[-1].path
    assert status_of(engine, case) == "pending_check"


def test_an_endpoint_that_fails_is_asked_again_later(engine: Engine, receiver: Receiver) -> None:
    city = City(receiver)
    case, _ = hand_over(engine, receiver)
    receiver.answer = lambda _got: Reply(500)
    looks(engine)
    city.status, receiver.answer = "closed", city.answer
    looks(engine, 301)
    assert status_of(engine, case) == "pending_check"


def test_a_replay_files_nothing_twice(engine: Engine, receiver: Receiver) -> None:
    city = City(receiver)
    options = {"api_key": "KEY"}
    made = engine.subscribe(receiver, "/api/v2", georeport=options)
    engine.act(engine.file(), Action.REGISTER)
    engine.until_settled(made)
    replay(engine.services.store, made.id, Replay(from_event=1), CONSOLE, datetime.now(UTC))
    log = engine.until_settled(made)
    assert len(city.filed) == 1
    assert {entry.reference for entry in log if entry.type == "case.registered"} == {"SR-1"}
