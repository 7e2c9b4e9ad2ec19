"""What an administrator sees of subscriptions and does to them: one sent again, no clash lost."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.settings import Settings
from tests.api.conftest import WORKER_KEY, Api, picture, sighting_of
from tests.outward.receiver import LOCAL, Receiver, Reply, receiving
from tests.outward.test_webhooks import eventually, log, subscribe

JPEG = picture()


@pytest.fixture
def settings(tmp_path: Path, new_store: Callable[[], str | None]) -> Settings:
    data = tmp_path / "data"
    return Settings(data, (WORKER_KEY,), database_url=new_store(), outward_networks=LOCAL)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def acts(api: Api) -> list[tuple[str, str]]:
    entries = api.get("/v1/audit", params={"limit": 500}).json()["items"]
    return [(one["act"], one["object"]) for one in entries if one["act"] != "session.open"]


def test_one_message_is_sent_again_with_its_id_and_the_others_are_not(
    api: Api, receiver: Receiver
) -> None:
    made = subscribe(api, receiver)
    case = api.file(JPEG)
    api.post(f"/v1/reports/{case['violation_id']}/sightings", json=sighting_of(1))
    first, _ = receiver.wait_for(2)
    _, entry = eventually(lambda: (found := log(api, made, state="delivered"))[1:] and found)
    deliveries = f"/v1/subscriptions/{made['id']}/deliveries"
    answer = api.post(f"{deliveries}/{entry['id']}/replay")
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    again = receiver.wait_for(3)[2]
    assert again.headers["webhook-id"] == first.headers["webhook-id"]
    assert again.body == first.body
    settled = eventually(lambda: [one for one in log(api, made) if len(one["tries"]) == 2])
    assert [one["id"] for one in settled] == [entry["id"]]
    assert len(receiver.got) == 3
    assert acts(api)[:2] == [("delivery.replay", made["id"]), ("subscription.add", made["id"])]


def test_a_delivery_of_another_receiver_is_not_found(api: Api, receiver: Receiver) -> None:
    one, other = subscribe(api, receiver), subscribe(api, receiver)
    api.file(JPEG)
    receiver.wait_for(2)
    (entry,) = log(api, one)
    for which, number in ((other["id"], entry["id"]), (one["id"], 999)):
        answer = api.post(f"/v1/subscriptions/{which}/deliveries/{number}/replay")
        assert answer.status_code == 404


def test_what_is_stuck_is_seen_at_once(api: Api, receiver: Receiver) -> None:
    receiver.answer = lambda _got: Reply(500, b"not today")
    made = subscribe(api, receiver)
    assert made["oldest_waiting_at"] is None
    api.file(JPEG)
    receiver.wait_for(1)

    def seen() -> dict[str, Any]:
        found: dict[str, Any] = api.get("/v1/subscriptions").json()["items"][0]
        return found

    found = eventually(lambda: (one := seen())["waiting"] and one)
    (entry,) = eventually(lambda: [one for one in log(api, made) if one["tries"]])
    assert found["oldest_waiting_at"] == entry["made_at"]
    assert entry["next_at"] > entry["tries"][0]["at"]


def test_who_changes_a_subscription_second_is_told(api: Api, receiver: Receiver) -> None:
    made = subscribe(api, receiver)
    address = f"/v1/subscriptions/{made['id']}"
    seen = {"If-Match": made["etag"]}
    paused = api.patch(address, json={"state": "paused"}, headers=seen)
    assert paused.json()["state"] == "paused"
    late = api.patch(address, json={"name": "other"}, headers=seen)
    assert (late.status_code, late.json()["type"]) == (412, "urn:five-chief:problem:outdated")
    now = {"If-Match": paused.json()["etag"]}
    assert api.patch(address, json={"state": "active"}, headers=now).is_success
    api.post(f"{address}/secrets", json={})
    api.delete(address)
    kinds = ["remove", "rotate", "change", "change", "add"]
    assert acts(api) == [(f"subscription.{kind}", made["id"]) for kind in kinds]
