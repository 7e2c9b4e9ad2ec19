"""An address is tried by a worker before it is a camera; its password is kept by nobody."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from api.schema.line import ORDER_TYPES
from api.store.engine import Store, open_store
from api.store.probes import end_probes
from api.store.secret_rows import locked, rotate
from tests.api.conftest import Api, evidence_of, picture
from tests.api.test_workers_line import Worker, camera, down, put

PASSWORD = "pa55-of-the-yard"
URL = f"rtsp://viewer:{PASSWORD}@192.0.2.7:554/101"
STREAM = {"codec": "hevc", "width": 1920, "height": 1080, "fps": 25.0, "gop_s": 2.0}
RULE = {"id": "kerb", "kind": "litter", "model": "litter", "classes": ["litter"]}
JPEG = picture()


@pytest.fixture
def worker(api: Api) -> Worker:
    return Worker(api, knows=",".join(ORDER_TYPES))


def ask(api: Api, **change: Any) -> Any:
    return api.post("/v1/cameras/probes", json={"worker": "w1", "url": URL} | change)


def asked(api: Api, **change: Any) -> dict[str, Any]:
    answer = ask(api, **change)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def probe(api: Api, number: int) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/v1/cameras/probes/{number}").json()
    return found


@contextmanager
def opened(api: Api) -> Iterator[Store]:
    store = open_store(api.settings)
    yield store
    store.engine.dispose()


def everything(api: Api) -> bytes:
    return b"".join(f.read_bytes() for f in api.settings.data.rglob("*") if f.is_file())


def give(worker: Worker, order: dict[str, Any]) -> None:
    """The worker's good answer."""
    declared = evidence_of(JPEG)
    result = {"request": order["order"]["request"], "stream": STREAM, "rules": [RULE]}
    answer = worker.answer(order, JPEG, type="probed", evidence=[declared], **result)
    assert answer.status_code == 204, answer.text


def test_a_worker_tries_the_address_and_the_camera_is_added(api: Api, worker: Worker) -> None:
    with worker.line() as line:
        first = asked(api)
        assert (first["state"], first["address"]) == (
            "waiting",
            "rtsp://viewer:***@192.0.2.7:554/101",
        )
        order = worker.take(line)
        assert (order["order"]["type"], order["order"]["url"]) == ("probe", URL)
        assert api.get(f"/v1/cameras/probes/{first['id']}/picture").status_code == 404
        give(worker, order)
        found = probe(api, first["id"])
        assert (found["state"], found["stream"], found["reason"]) == ("done", STREAM, "")
        assert [rule["id"] for rule in found["rules"]] == ["kerb"]
        assert api.get(found["url"]).content == JPEG
        assert api.get("/v1/cameras").json()["items"] == []

        put_as_new = {"worker": "w1", "config": camera("yard", url=URL, rules=found["rules"])}
        headers = {"If-None-Match": "*"}
        saved = api.put("/v1/cameras/yard", json=put_as_new, headers=headers)
        assert (saved.status_code, saved.json()["version"]) == (200, 1)
        assert api.put("/v1/cameras/yard", json=put_as_new, headers=headers).status_code == 412
        assert worker.take(line)["order"]["config"]["url"] == URL


def test_the_password_is_encrypted_and_gone_with_the_answer(api: Api, worker: Worker) -> None:
    with worker.line() as line:
        first = asked(api)
        with opened(api) as store, store.engine.connect() as connection:
            (kept,) = connection.execute(text("SELECT CAST(body AS TEXT) FROM line_orders")).one()
            assert json.loads(kept)["url"].startswith("fernet:")
            assert locked(store) is None
        order = worker.take(line)
        give(worker, order)
        with opened(api) as store, store.engine.connect() as connection:
            (kept,) = connection.execute(text("SELECT CAST(body AS TEXT) FROM line_orders")).one()
            assert "url" not in json.loads(kept)
            rotate(store)
    assert PASSWORD.encode() not in everything(api)
    assert PASSWORD not in json.dumps(probe(api, first["id"]))
    audit = api.get("/v1/audit?limit=200").text
    assert PASSWORD not in audit


def test_a_key_that_is_rotated_opens_what_was_not_sent_yet(api: Api, worker: Worker) -> None:
    with worker.line():
        pass
    with worker.line() as line:
        asked(api)
        worker.take(line, ack=False)
        with opened(api) as store:
            assert rotate(store) == 1
    worker.cursor, worker.last = 0, None
    with worker.line() as line:
        assert worker.take(line)["order"]["url"] == URL


def test_why_there_is_no_picture_is_passed_on(api: Api, worker: Worker) -> None:
    with worker.line() as line:
        first = asked(api)
        order = worker.take(line)
        said = {"problem": "auth_refused", "reason": "401: user or password is wrong or missing"}
        assert worker.answer(order, type="probed", request=first["id"], **said).status_code == 204
    found = probe(api, first["id"])
    assert (found["state"], found["url"], found["stream"]) == ("failed", None, None)
    assert (found["problem"], found["reason"]) == (said["problem"], said["reason"])


def test_networks_are_asked_and_tell_no_password(api: Api, worker: Worker) -> None:
    with worker.line() as line:
        wanted = {"worker": "w1", "user": "viewer", "password": PASSWORD}
        first = api.post("/v1/cameras/discoveries", json=wanted).json()
        assert PASSWORD.encode() not in everything(api)
        order = worker.take(line)
        assert (order["order"]["user"], order["order"]["password"]) == ("viewer", PASSWORD)
        one = {"host": "192.0.2.7", "name": "Yard", "url": "rtsp://192.0.2.7/101", "width": 1920}
        result = {"type": "discovered", "request": first["id"], "cameras": [one]}
        assert worker.answer(order, **result).status_code == 204
    found = api.get(f"/v1/cameras/discoveries/{first['id']}").json()
    assert (found["state"], found["cameras"][0]["url"]) == ("done", "rtsp://192.0.2.7/101")
    assert api.get(f"/v1/cameras/probes/{first['id']}").status_code == 404
    assert PASSWORD.encode() not in everything(api)


def test_an_older_worker_is_not_sent_what_it_does_not_know(api: Api) -> None:
    older = Worker(api)
    with older.line() as line:
        refused = ask(api)
        assert (refused.status_code, refused.json()["type"]) == (
            409,
            "urn:five-chief:problem:worker-outdated",
        )
        put(api, camera())
        assert older.take(line)["order"]["type"] == "configure"
        (state,) = api.get("/v1/line").json()["items"]
        assert (state["connected"], state["knows"]) == (True, [])


@pytest.mark.parametrize("ask_for", ["probe", "snapshot", "configure"])
def test_an_order_that_the_worker_does_not_know_is_not_waited_for(
    ask_for: str, api: Api, worker: Worker
) -> None:
    with worker.line() as line:
        if ask_for == "probe":
            first = asked(api)
        else:
            put(api, camera())
            order = worker.take(line)
        if ask_for == "snapshot":
            first = api.post("/v1/cameras/gate-3/snapshots").json()
        if ask_for != "configure":
            order = worker.take(line)
        answer = worker.answer(order, type="not_known", order_type=order["order"]["type"])
        assert answer.status_code == 204, answer.text
    if ask_for == "probe":
        found = probe(api, first["id"])
    elif ask_for == "snapshot":
        found = api.get(f"/v1/cameras/gate-3/snapshots/{first['id']}").json()
    else:
        found = api.get("/v1/cameras/gate-3").json()
    assert found["state"] in ("failed", "refused")
    assert "does not know such an order" in found["reason"]


def test_a_worker_that_is_away_or_unknown_is_not_asked(api: Api, worker: Worker) -> None:
    assert ask(api).json()["type"].endswith("worker-away")
    with worker.line():
        pass
    down(api)
    assert ask(api).json()["type"].endswith("worker-away")


def test_what_was_shown_masked_is_no_address(api: Api, worker: Worker) -> None:
    with worker.line():
        refused = ask(api, url="rtsp://viewer:***@192.0.2.7:554/101")
        assert refused.status_code == 422
        for url in ("http://192.0.2.7/", f"ftp://me:{PASSWORD}@192.0.2.7/"):
            refused = ask(api, url=url)
            assert refused.status_code == 422
            assert PASSWORD not in refused.text


def test_what_is_not_answered_ends_and_a_day_later_is_gone(api: Api, worker: Worker) -> None:
    with worker.line() as line:
        first = asked(api)
        worker.take(line, ack=False)
        with opened(api) as store:
            end_probes(store, datetime.now(UTC) + timedelta(minutes=2))
            found = probe(api, first["id"])
            assert (found["state"], found["problem"]) == ("failed", "silent")
            with store.engine.connect() as connection:
                query = "SELECT CAST(body AS TEXT) FROM line_orders"
                assert "fernet:" not in connection.execute(text(query)).scalar_one()
            end_probes(store, datetime.now(UTC) + timedelta(days=2))
        assert api.get(f"/v1/cameras/probes/{first['id']}").status_code == 404
