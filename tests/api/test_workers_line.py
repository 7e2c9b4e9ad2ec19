"""The line to a worker, spoken by hand: orders, acknowledgements, what is folded, who is let in."""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.api.conftest import OPERATOR_KEY, WORKER_KEY, Api, evidence_of, picture, running
from tests.api.test_life import handled

JPEG = picture()


def camera(camera_id: str = "gate-3", **changes: Any) -> dict[str, Any]:
    return {
        "place": {"camera_id": camera_id, "camera_name": "三号门"},
        "url": "rtsp://viewer:pass@192.0.2.10:554/101",
        "rules": [{"id": "kerb", "kind": "litter", "model": "litter", "classes": ["litter"]}],
    } | changes


class Worker:
    """A worker's side of the line, one message at a time."""

    def __init__(self, api: Api, name: str = "w1", knows: str | None = None) -> None:
        self.api = api
        self.knows = knows
        self.name = name
        self.instance = uuid.uuid4().hex
        self.cursor = 0
        self.last: str | None = None
        self.welcome: dict[str, Any] = {}

    @contextmanager
    def line(self, *runs: dict[str, Any], key: str = WORKER_KEY) -> Iterator[ClientConnection]:
        address = f"{self.api.url.replace('http', 'ws')}/v1/line"
        query = f"worker={self.name}&instance={self.instance}"
        query += "" if self.knows is None else f"&knows={self.knows}"
        headers = {"Authorization": f"Bearer {key}"}
        with connect(f"{address}?{query}", additional_headers=headers, proxy=None) as line:
            hello = {
                "type": "hello",
                "cursor": self.cursor,
                "last": self.last,
                "running": list(runs),
            }
            line.send(json.dumps(hello))
            self.welcome = json.loads(line.recv(5))
            assert self.welcome["type"] == "welcome"
            self.cursor = self.welcome["cursor"]
            yield line

    def take(self, line: ClientConnection, *, ack: bool = True) -> dict[str, Any]:
        order: dict[str, Any] = json.loads(line.recv(5))
        assert order["after"] == self.cursor
        self.cursor, self.last = order["number"], order["id"]
        if ack:
            line.send(json.dumps({"type": "ack", "number": order["number"]}))
        return order

    def nothing_more(self, line: ClientConnection) -> bool:
        try:
            line.recv(0.3)
        except TimeoutError:
            return True
        return False

    def answer(self, order: dict[str, Any], *files: bytes, **result: Any) -> Any:
        body = {
            "worker": self.name,
            "order": order["id"],
            "at": "2025-11-25T08:00:00Z",
            "result": result,
        }
        parts: list[Any] = [("answer", (None, json.dumps(body), "application/json"))]
        parts += [("files", (evidence_of(data)["sha256"], data)) for data in files]
        return self.api.post("/v1/line/answers", files=parts)


def put(api: Api, config: dict[str, Any], worker: str = "w1", match: str = "*") -> dict[str, Any]:
    answer = api.put(
        f"/v1/cameras/{config['place']['camera_id']}",
        json={"worker": worker, "config": config},
        headers={"If-Match": match},
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def down(api: Api) -> None:
    """Wait until the server has noticed that all lines are down."""
    end = time.monotonic() + 5
    while any(line["connected"] for line in api.get("/v1/line").json()["items"]):
        assert time.monotonic() < end, "a line stays up"
        time.sleep(0.02)


def test_what_the_workers_file_says_is_taken_over_once(api: Api) -> None:
    worker = Worker(api)
    runs = {"camera_id": "gate-3", "version": None, "config": camera()}
    with worker.line(runs) as line:
        assert worker.welcome["versions"] == {"gate-3": 1}
        assert worker.nothing_more(line)
    found = api.get("/v1/cameras/gate-3").json()
    assert (found["state"], found["running"], found["author"]) == ("applied", 1, "worker w1")
    assert found["config"]["url"] == "rtsp://viewer:***@192.0.2.10:554/101"
    with worker.line(runs):
        assert worker.welcome["versions"] == {"gate-3": 1}
    assert len(api.get("/v1/cameras/gate-3/versions").json()) == 1


def test_a_sub_streams_password_is_as_well_kept(api: Api) -> None:
    worker = Worker(api)
    written = camera(sub_url="rtsp://viewer:secret@192.0.2.10:554/102")
    with worker.line({"camera_id": "gate-3", "version": None, "config": written}) as line:
        shown = api.get("/v1/cameras/gate-3").json()["config"]
        assert shown["sub_url"] == "rtsp://viewer:***@192.0.2.10:554/102"
        put(api, camera(sub_url=shown["sub_url"], read_timeout_s=20), match='"1"')
        sent = worker.take(line)["order"]["config"]
        assert sent["sub_url"] == "rtsp://viewer:secret@192.0.2.10:554/102"


def test_a_new_configuration_is_sent_at_once_and_its_outcome_is_seen(api: Api) -> None:
    worker = Worker(api)
    with worker.line({"camera_id": "gate-3", "version": None, "config": camera()}) as line:
        put(api, camera(read_timeout_s=20), match='"1"')
        order = worker.take(line)
        assert order["order"]["config"]["read_timeout_s"] == 20
        assert order["order"]["version"] == 2
        worker.answer(
            order, type="settled", camera_id="gate-3", version=2, applied=False, reason="no model"
        )
        found = api.get("/v1/cameras/gate-3").json()
        assert (found["state"], found["reason"], found["running"]) == ("refused", "no model", 1)
        put(api, camera(read_timeout_s=5))
        order = worker.take(line)
        worker.answer(order, type="settled", camera_id="gate-3", version=3, applied=True)
        found = api.get("/v1/cameras/gate-3").json()
        assert (found["state"], found["running"], found["connected"]) == ("applied", 3, True)
    down(api)
    assert api.get("/v1/cameras/gate-3").json()["connected"] is False


def test_a_worker_that_opens_its_first_line_after_the_work_was_done_is_asked_to_look(
    api: Api,
) -> None:
    """The case was reported, and handled, while its worker had no line."""
    case = handled(api, place={"camera_id": "gate-9"})
    worker = Worker(api)
    runs = {"camera_id": "gate-9", "version": None, "config": camera("gate-9")}
    with worker.line(runs) as line:
        order = worker.take(line)
        assert order["order"]["type"] == "look_again"
        assert order["order"]["violation_id"] == case["violation_id"]
        result = {"request": order["order"]["request"], "verdict": "cleared"}
        worker.answer(order, type="looked", **result)
        assert api.get(f"/v1/cases/{case['id']}").json()["status"] == "closed"
        assert worker.nothing_more(line)
    with worker.line(runs) as line:
        assert worker.nothing_more(line)


def test_a_look_goes_with_the_camera_to_its_next_worker(api: Api) -> None:
    first, second = Worker(api, "w1"), Worker(api, "w2")
    runs = {"camera_id": "gate-9", "version": None, "config": camera("gate-9")}
    with first.line(runs):
        pass
    down(api)
    handled(api, place={"camera_id": "gate-9"})
    put(api, camera("gate-9"), worker="w2")
    with second.line() as line:
        kinds = [second.take(line)["order"]["type"] for _ in range(2)]
    assert kinds == ["configure", "look_again"]


def test_a_worker_that_was_away_gets_the_newest_configuration_and_all_else_in_order(
    api: Api,
) -> None:
    worker = Worker(api)
    with worker.line({"camera_id": "gate-3", "version": None, "config": camera()}):
        pass
    put(api, camera(read_timeout_s=11))
    first = api.post("/v1/cameras/gate-3/snapshots").json()
    put(api, camera(read_timeout_s=12))
    second = api.post("/v1/cameras/gate-3/snapshots").json()
    put(api, camera(read_timeout_s=13))
    runs = {"camera_id": "gate-3", "version": 1, "config": camera()}
    with worker.line(runs) as line:
        orders = [worker.take(line)["order"] for _ in range(3)]
        assert worker.nothing_more(line)
    assert [order["type"] for order in orders] == ["snapshot", "snapshot", "configure"]
    assert [orders[0]["request"], orders[1]["request"]] == [first["id"], second["id"]]
    assert orders[2]["config"]["read_timeout_s"] == 13
    states = [one["state"] for one in api.get("/v1/cameras/gate-3/versions").json()]
    assert states == ["waiting", "replaced", "replaced", "applied"]


def test_what_was_not_acknowledged_is_sent_again(api: Api) -> None:
    worker = Worker(api)
    runs = {"camera_id": "gate-3", "version": None, "config": camera()}
    with worker.line(runs) as line:
        api.post("/v1/cameras/gate-3/snapshots")
        sent = json.loads(line.recv(5))  # and lost before it was on disk
    with worker.line(runs) as line:
        assert worker.take(line)["id"] == sent["id"]
    with worker.line(runs) as line:
        assert worker.nothing_more(line)


@pytest.mark.parametrize("cursor", [0, 900])
def test_a_worker_or_store_that_was_set_back_gets_all_that_is_open(api: Api, cursor: int) -> None:
    worker = Worker(api)
    runs = {"camera_id": "gate-3", "version": None, "config": camera()}
    with worker.line(runs) as line:
        api.post("/v1/cameras/gate-3/snapshots")
        worker.take(line)
        api.post("/v1/cameras/gate-3/snapshots")
        open_one = worker.take(line, ack=False)
    worker.cursor, worker.last = cursor, str(uuid.uuid4())
    with worker.line(runs) as line:
        assert worker.take(line)["id"] == open_one["id"]
        assert worker.nothing_more(line)


def test_a_second_worker_of_the_same_name_is_refused_and_told_why(api: Api) -> None:
    first, second = Worker(api), Worker(api)
    with first.line(), pytest.raises(InvalidStatus) as refused, second.line():
        pass
    assert refused.value.response.status_code == 409
    problem = json.loads(refused.value.response.body or b"")
    assert problem["type"].endswith("name-taken")
    assert "name of its own" in problem["detail"]
    (state,) = api.get("/v1/line").json()["items"]
    assert state["refused"].startswith("a second worker came as w1")
    down(api)
    with second.line():
        pass


def test_the_same_worker_may_come_back_while_its_old_line_hangs(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.line.connection.CONFIRM_S", 0.2)
    worker = Worker(api)
    with worker.line() as old, worker.line() as line:
        put(api, camera())
        assert worker.take(line)["order"]["version"] == 1
        with suppress(ConnectionClosed):
            while True:  # it may have heard of the order too
                old.recv(10)
        assert old.close_code == 4409


def test_the_line_wants_a_workers_key_and_a_hello(guarded: Any) -> None:
    api = guarded(WORKER_KEY)
    for key, status in (("wrong", 401), (OPERATOR_KEY, 403)):
        with pytest.raises(InvalidStatus) as refused, Worker(api).line(key=key):
            pass
        assert refused.value.response.status_code == status
    worker = Worker(api, "..")
    with pytest.raises(InvalidStatus) as refused, worker.line():
        pass
    assert refused.value.response.status_code == 422
    address = f"{api.url.replace('http', 'ws')}/v1/line?worker=w&instance=i"
    headers = {"Authorization": f"Bearer {WORKER_KEY}"}
    with connect(address, additional_headers=headers, proxy=None) as line:
        line.send('{"type": "ack", "number": 1}')
        with pytest.raises(ConnectionClosed) as closed:
            line.recv(5)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (
        4400,
        "a ack came before the hello",
    )


def test_a_camera_moves_to_another_worker(api: Api) -> None:
    old, new = Worker(api, "old"), Worker(api, "new")
    runs = {"camera_id": "gate-3", "version": None, "config": camera()}
    with old.line(runs) as first, new.line() as second:
        put(api, camera(), worker="new")
        gone, here = old.take(first)["order"], new.take(second)["order"]
        assert (gone["config"], gone["reason"]) == (None, "the camera is now new's")
        assert here["config"]["place"]["camera_id"] == "gate-3"
    # The old one's file still names it.
    with old.line(runs) as first:
        assert old.take(first)["order"]["reason"] == "the camera is new's"


def test_a_snapshot_comes_back_as_it_was_taken(api: Api) -> None:
    worker = Worker(api)
    with worker.line({"camera_id": "gate-3", "version": None, "config": camera()}) as line:
        asked = api.post("/v1/cameras/gate-3/snapshots").json()
        order = worker.take(line)
    address = f"/v1/cameras/gate-3/snapshots/{asked['id']}"
    assert api.get(address).json()["state"] == "waiting"
    assert api.get(f"{address}/picture").status_code == 404
    taken = {"type": "snapshot", "request": asked["id"], "evidence": [evidence_of(JPEG)]}
    assert worker.answer(order, **taken).status_code == 422  # the picture is not with it
    for _ in range(2):
        assert worker.answer(order, JPEG, **taken).status_code == 204
    found = api.get(address).json()
    assert found["state"] == "done"
    assert api.get(found["url"]).content == JPEG
    assert Worker(api, "w2").answer(order, JPEG, **taken).status_code == 404


def test_orders_outlive_the_server(api: Api) -> None:
    worker = Worker(api)
    with worker.line({"camera_id": "gate-3", "version": None, "config": camera()}):
        pass
    asked = api.post("/v1/cameras/gate-3/snapshots").json()
    with running(api.settings) as url, Api(url, api.settings) as other:
        worker.api = other
        with worker.line({"camera_id": "gate-3", "version": 1, "config": camera()}) as line:
            assert worker.take(line)["order"]["request"] == asked["id"]


def test_live_pictures_come_while_somebody_looks_and_end_with_the_line(api: Api) -> None:
    worker = Worker(api)
    assert api.get("/v1/cameras/gate-3/live").status_code == 404
    with worker.line({"camera_id": "gate-3", "version": None, "config": camera()}) as line:
        with api.stream("GET", "/v1/cameras/gate-3/live") as live:
            told = json.loads(line.recv(5))
            assert (told["type"], told["camera_id"]) == ("live", "gate-3")
            assert told["for_s"] > 0
            head = {"type": "picture", "camera_id": "gate-3", "at": "2025-11-25T08:00:00Z"}
            line.send(json.dumps(head).encode() + b"\n" + JPEG)
            got = b""
            for chunk in live.iter_raw():
                got += chunk
                if JPEG in got:
                    break
            assert b"Content-Type: image/jpeg" in got
        assert json.loads(line.recv(10))["for_s"] == 0
    down(api)
    assert api.get("/v1/cameras/gate-3/live").status_code == 503


def test_the_camera_is_asked_of_a_case_that_a_citizen_told_of_first(api: Api) -> None:
    place = {"camera_id": "gate-3", "address": "市场路", "longitude": 117.5, "latitude": 36.7}
    ticket = {
        "id": "T-1", "at": "2025-11-25T08:00:00+08:00", "type": "事件", "code": "0102",
        "description": "垃圾", "place": {**place, "camera_id": "", "crs": "wgs84"},
    }  # fmt: skip
    case = api.post("/v1/intake/12345", json=ticket).json()["case_id"]
    worker = Worker(api)
    running = [
        {"camera_id": name, "version": None, "config": camera(name)}
        for name in ("gate-3", "gate-4")
    ]
    with worker.line(*running) as line:
        seen = [
            api.file(picture(number), place=place | {"camera_id": f"gate-{number}"})
            for number in (3, 4)
        ]
        assert [one["id"] for one in seen] == [case, case]

        def do(action: str, **fields: Any) -> None:
            answer = api.post(f"/v1/cases/{case}/actions/{action}", json=fields)
            assert answer.status_code == 200, answer.text

        for action in ("verify", "register"):
            do(action, by="李")
        do("dispatch", by="李", department="环卫")
        do("sign", by="王")
        do("assign", by="王", handler="王")
        do("finish", by="王", opinion="清了")
        look = worker.take(line)["order"]
        assert (look["type"], look["camera_id"]) == ("look_again", "gate-3")
        do("ask_void", by="王", reason="误报")
        do("grant_void", by="李")
        told = [worker.take(line)["order"] for _ in range(2)]
        assert [(one["type"], one["camera_id"]) for one in told] == [
            ("dismiss", "gate-3"),
            ("dismiss", "gate-4"),
        ]
