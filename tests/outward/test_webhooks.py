"""Events reach a receiver as CloudEvents with Standard Webhooks signatures."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from jsonschema import Draft202012Validator
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from api.outward.signing import new_secret
from tests.api.conftest import Api, picture, sighting_of
from tests.outward.receiver import Got, Receiver, Reply

JPEG = picture()


def subscribe(api: Api, receiver: Receiver, **more: Any) -> dict[str, Any]:
    wanted = {"name": "district", "url": f"{receiver.url}/hook", **more}
    answer = api.post("/v1/subscriptions", json=wanted)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/v1/subscriptions/{made['id']}"
    return made


def log(api: Api, subscription: dict[str, Any], **filters: Any) -> list[dict[str, Any]]:
    answer = api.get(f"/v1/subscriptions/{subscription['id']}/deliveries", params=filters)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def eventually(holds: Callable[[], Any], within_s: float = 10) -> Any:
    end = time.monotonic() + within_s
    while not (found := holds()):
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.02)
    return found


def test_a_strangers_sdk_and_verifier_take_what_is_sent(api: Api, receiver: Receiver) -> None:
    made = subscribe(api, receiver, types=["case.filed"])
    case = api.file(JPEG)
    (got,) = receiver.wait_for(1)
    assert got.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert Webhook(made["secret"]).verify(got.body, got.headers)["subject"] == case["number"]
    event = from_http_event(HTTPMessage(got.headers, got.body))
    assert event.get_id() == got.headers["webhook-id"]
    assert event.get_source() == "urn:five-chief:370114"
    assert event.get_type() == "case.filed"
    assert event.get_specversion() == "1.0"
    assert event.get_time() is not None
    data = event.get_data()
    assert isinstance(data, dict)
    assert data["url"] == f"https://chief.example/v1/cases/{case['id']}"
    assert data["service_code"] == "E-0102"
    assert data["status"] == "reported"
    assert data["evidence"][0]["url"] == f"https://chief.example{case['evidence'][0]['url']}"
    document = api.get("/v1/openapi.json").json()
    schema = {**document, "$ref": "#/components/schemas/CaseEvent"}
    Draft202012Validator(schema).validate(data)
    assert len(got.body) < 20_000


def test_only_the_types_that_are_wanted_come_in_the_order_of_the_case(
    api: Api, receiver: Receiver
) -> None:
    subscribe(api, receiver, types=["case.sighted"])
    case = api.file(JPEG)
    for number in (1, 2, 3):
        api.post(f"/v1/reports/{case['violation_id']}/sightings", json=sighting_of(number))
    got = receiver.wait_for(3)
    events = [each.json() for each in got]
    assert [event["type"] for event in events] == ["case.sighted"] * 3
    numbers = [event["sequence"] for event in events]
    assert numbers == sorted(numbers)


def test_a_try_that_fails_is_repeated_with_the_same_id_and_body_and_a_new_signature(
    api: Api, receiver: Receiver
) -> None:
    made = subscribe(api, receiver)
    receiver.answer = lambda _got: Reply(200 if len(receiver.got) else 500, b"not today")
    case = api.file(JPEG)
    first, second = receiver.wait_for(2)
    assert 4.9 < second.at - first.at < 8, "the second try comes after five seconds"
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    for got in (first, second):
        Webhook(made["secret"]).verify(got.body, got.headers)
    (entry,) = eventually(lambda: log(api, made, state="delivered"))
    assert [each["status"] for each in entry["tries"]] == [200, 500]
    assert entry["tries"][1]["detail"] == "HTTP 500: not today"
    assert entry["case_id"] == case["id"]


def test_a_case_that_fails_holds_up_neither_other_cases_nor_other_receivers(
    api: Api, receiver: Receiver
) -> None:
    subscribe(api, receiver)
    bad = api.file(JPEG)
    receiver.wait_for(1)

    def answer(got: Got) -> Reply:
        return Reply(500) if got.json()["subject"] == bad["number"] else Reply()

    receiver.answer = answer
    before = len(receiver.got)
    api.post(f"/v1/reports/{bad['violation_id']}/sightings", json=sighting_of(1))
    api.post(f"/v1/reports/{bad['violation_id']}/sightings", json=sighting_of(2))
    good = [api.file(JPEG)["number"] for _ in range(5)]
    got = [each.json() for each in receiver.wait_for(before + 6)[before:]]
    assert sorted(e["subject"] for e in got if e["subject"] != bad["number"]) == sorted(good)
    told = [e["sequence"] for e in got if e["subject"] == bad["number"]]
    assert len(set(told)) == 1, "the second sighting waits for the first"


def test_a_receiver_that_hangs_on_one_case_is_told_of_others_meanwhile(
    api: Api, receiver: Receiver
) -> None:
    subscribe(api, receiver)
    slow = api.file(JPEG)
    receiver.answer = lambda got: Reply(after_s=3 if got.json()["subject"] == slow["number"] else 0)
    api.post(f"/v1/reports/{slow['violation_id']}/sightings", json=sighting_of(1))
    started = time.monotonic()
    numbers = {api.file(JPEG)["number"] for _ in range(6)}
    eventually(lambda: numbers <= {got.json()["subject"] for got in receiver.got})
    assert time.monotonic() - started < 3


def test_410_ends_it_and_switching_it_on_again_loses_nothing(api: Api, receiver: Receiver) -> None:
    made = subscribe(api, receiver)
    receiver.answer = lambda _got: Reply(410)
    api.file(JPEG)
    found = eventually(lambda: disabled(api, made))
    assert "410" in found["reason"]
    api.file(JPEG)
    time.sleep(0.6)
    assert len(receiver.got) == 1
    receiver.answer = lambda _got: Reply()
    again = api.patch(f"/v1/subscriptions/{made['id']}", json={"state": "active"}).json()
    assert (again["state"], again["reason"]) == ("active", "")
    receiver.wait_for(3)
    eventually(lambda: len(log(api, made, state="delivered")) == 2)


def disabled(api: Api, made: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] = api.get(f"/v1/subscriptions/{made['id']}").json()
    return found if found["state"] == "disabled" else None


def test_a_busy_receiver_is_left_alone_for_as_long_as_it_asks(api: Api, receiver: Receiver) -> None:
    made = subscribe(api, receiver)
    receiver.answer = lambda _got: Reply(
        429 if len(receiver.got) == 0 else 204, headers={"Retry-After": "2"}
    )
    api.file(JPEG)
    receiver.wait_for(1)
    found = eventually(lambda: api.get(f"/v1/subscriptions/{made['id']}").json())
    eventually(lambda: api.get(f"/v1/subscriptions/{made['id']}").json()["left_alone_until"])
    assert found["state"] == "active"
    api.file(JPEG)
    got = receiver.wait_for(2)
    assert got[1].at - got[0].at >= 2, "another case waits, too"


def test_a_redirect_is_a_failure(api: Api, receiver: Receiver) -> None:
    made = subscribe(api, receiver)
    receiver.answer = lambda _got: Reply(308, headers={"Location": "http://169.254.169.254/"})
    api.file(JPEG)
    entry = eventually(lambda: [e for e in log(api, made) if e["tries"]])[0]
    assert entry["state"] == "waiting"
    assert "redirects are not followed" in entry["tries"][0]["detail"]


def test_while_a_secret_is_rotated_both_verify_and_then_only_the_new_one(
    api: Api, receiver: Receiver
) -> None:
    made = subscribe(api, receiver)
    address = f"/v1/subscriptions/{made['id']}/secrets"
    rotated = api.post(address, json={"overlap_s": 3600}).json()
    assert rotated["secret"] != made["secret"]
    api.file(JPEG)
    (got,) = receiver.wait_for(1)
    assert len(got.headers["webhook-signature"].split(" ")) == 2
    for secret in (made["secret"], rotated["secret"]):
        Webhook(secret).verify(got.body, got.headers)
    ours = new_secret()
    assert api.post(address, json={"secret": ours, "overlap_s": 0}).json()["secret"] == ours
    api.file(JPEG)
    last = receiver.wait_for(2)[1]
    Webhook(ours).verify(last.body, last.headers)
    for secret in (made["secret"], rotated["secret"]):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(last.body, last.headers)


def test_the_past_is_told_from_an_events_number_or_a_time_with_the_same_ids(
    api: Api, receiver: Receiver
) -> None:
    cases = [api.file(JPEG)["number"] for _ in range(3)]
    made = subscribe(api, receiver, from_event=2)
    first = receiver.wait_for(2)
    assert sorted(got.json()["subject"] for got in first) == cases[1:]
    eventually(lambda: len(log(api, made, state="delivered")) == 2)
    address = f"/v1/subscriptions/{made['id']}/replay"
    assert api.post(address, json={"from_event": 1}).json() == {"planned": 0, "again": 2}
    again = receiver.wait_for(5)[2:]
    assert sorted(got.json()["subject"] for got in again) == cases
    ids = {got.headers["webhook-id"] for got in first}
    assert ids < {got.headers["webhook-id"] for got in again}
    eventually(lambda: len(log(api, made, state="delivered")) == 3)
    since = log(api, made)[0]["tries"][-1]["at"]
    api.file(JPEG)
    receiver.wait_for(6)
    eventually(lambda: len(log(api, made, state="delivered")) == 4)
    answer = api.post(address, json={"since": since})
    assert answer.status_code == 202
    assert answer.json()["again"] == 1
    receiver.wait_for(7)
    for wrong in ({}, {"from_event": 1, "since": since}):
        assert api.post(address, json=wrong).status_code == 422


def test_a_paused_subscription_gathers_and_a_removed_one_is_forgotten(
    api: Api, receiver: Receiver
) -> None:
    made = subscribe(api, receiver)
    address = f"/v1/subscriptions/{made['id']}"
    assert api.patch(address, json={"state": "paused"}).json()["state"] == "paused"
    api.file(JPEG)
    time.sleep(0.6)
    assert receiver.got == []
    api.patch(address, json={"state": "active"})
    receiver.wait_for(1)
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404
    assert api.get("/v1/subscriptions").json() == {"items": []}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"url": "ftp://example.com/"}, "url"),
        ({"secret": "whsec_" + "A" * 26}, "secret"),
        ({"types": ["filed"]}, "types.0"),
        ({"types": ["case.filed", "case.nonsense"]}, "types.1"),
        ({"egova": {}}, "egova.client_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_work_is_refused_with_its_field(
    api: Api, wrong: dict[str, Any], field: str
) -> None:
    body = {"name": "x", "url": "http://127.0.0.1:1/"} | wrong
    answer = api.post("/v1/subscriptions", json=body)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert api.get("/v1/subscriptions").json() == {"items": []}
