"""The live stream: nothing missed, nothing twice, whoever wrote it."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.api.conftest import Api, picture, running, sighting_of

JPEG = picture()


@dataclass(frozen=True)
class Event:
    id: int
    type: str
    case: dict[str, Any] | None


def events(answer: httpx.Response) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            data = json.loads(fields["data"]) if "data" in fields else None
            yield Event(int(fields["id"]), fields.get("event", ""), data)
            fields = {}


@contextmanager
def stream(api: Api, after: int | None = None) -> Iterator[Iterator[Event]]:
    """The events; the opening one, which has an id alone, is taken off."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    with api.stream("GET", "/v1/alerts/stream", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        found = events(answer)
        assert next(found).case is None
        yield found


def test_filing_sighting_and_deciding_arrive_in_order_with_the_case(api: Api) -> None:
    with stream(api) as live:
        case = api.file(JPEG)
        filed = next(live)
        assert (filed.type, filed.case) == ("case.filed", case)
        api.post(f"/v1/reports/{case['violation_id']}/sightings", json=sighting_of(1))
        assert next(live).type == "case.sighted"
        api.post(f"/v1/cases/{case['id']}/verdict", json={"verdict": "confirmed"})
        updated = next(live)
        assert updated.type == "case.registered"
        assert updated.case is not None
        assert updated.case["status"] == "pending_dispatch"
        assert updated.id == filed.id + 2


def test_repeats_are_no_events(api: Api) -> None:
    with stream(api) as live:
        case = api.file(JPEG)
        for _ in range(2):
            api.post(f"/v1/cases/{case['id']}/verdict", json={"verdict": "confirmed"})
            api.post(f"/v1/reports/{case['violation_id']}/sightings", json=sighting_of(1))
        api.file(JPEG)
        assert [next(live).type for _ in range(5)] == [
            "case.filed",
            "case.registered",
            "case.dispatch_asked",
            "case.sighted",
            "case.filed",
        ]


def test_a_reader_that_comes_back_gets_what_it_missed(api: Api) -> None:
    with stream(api) as live:
        api.file(JPEG)
        last = next(live).id
    with ThreadPoolExecutor(8) as pool:  # more than are read from the store at once
        missed = list(pool.map(lambda _: api.file(JPEG)["id"], range(55)))
    with stream(api, after=last) as live:
        got = [next(live) for _ in missed]
    assert sorted(event.case["id"] for event in got if event.case) == sorted(missed)
    assert [event.id for event in got] == list(range(last + 1, last + 56))


def test_a_stream_opens_with_the_place_to_come_back_to(api: Api) -> None:
    api.file(JPEG)
    with api.stream("GET", "/v1/alerts/stream") as answer:
        opening = next(events(answer))
    missed = api.file(JPEG)
    with stream(api, after=opening.id) as live:
        assert next(live).case == missed


def test_an_id_from_another_store_starts_from_here(api: Api) -> None:
    with stream(api, after=10_000) as live:
        case = api.file(JPEG)
        assert next(live).case == case


@pytest.mark.parametrize("wrong", ["x", "-1", str(2**80)])
def test_an_id_that_is_no_number_is_a_problem(shared: Api, wrong: str) -> None:
    answer = shared.get("/v1/alerts/stream", headers={"Last-Event-ID": wrong})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "last-event-id"


def test_what_another_process_writes_arrives_too(api: Api) -> None:
    """Two servers on one store: they share nothing but its tables."""
    with running(api.settings) as url, Api(url, api.settings) as other, stream(other) as live:
        case = api.file(JPEG)
        assert next(live).case == case


def test_a_server_with_open_streams_stops_at_once(api: Api) -> None:
    ended = threading.Event()
    opened = threading.Event()

    def follow(url: str) -> None:
        with Api(url, api.settings) as reader, stream(reader) as live:
            opened.set()
            assert list(live) == []
        ended.set()

    with running(api.settings) as url:
        thread = threading.Thread(target=follow, args=(url,))
        thread.start()
        assert opened.wait(10)
        started = time.monotonic()
    assert time.monotonic() - started < 3
    assert ended.wait(3)
    thread.join()
