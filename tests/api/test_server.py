"""The server as a process: it starts, stops, and dies without losing or doubling a case."""

import json
import multiprocessing
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from api.errors import AddressInUse
from api.server import serve
from api.settings import Settings
from tests.api.conftest import WORKER_KEY, Api, evidence_of, picture, report_of

PROGRAM = """
import sys
from pathlib import Path
from api.server import serve
from api.settings import Settings
serve(Settings(Path(sys.argv[1]), (sys.argv[2],)), port=0, ready=lambda url: print(url, flush=True))
print("stopped", flush=True)
"""
JPEG = picture()
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.api.test_server"])


def serve_here(data: Path, address: Connection) -> None:
    """Runs in the server's process."""
    serve(Settings(data, (WORKER_KEY,)), port=0, ready=address.send)


class Process:
    """A server in a process of its own, forked from one that has its modules loaded already."""

    def __init__(self, settings: Settings) -> None:
        ours, theirs = FORKS.Pipe(duplex=False)
        self.process = FORKS.Process(target=serve_here, args=(settings.data, theirs))
        self.process.start()
        theirs.close()
        assert ours.poll(30), "the server does not come up"
        self.url: str = ours.recv()
        ours.close()
        self.api = Api(self.url, settings)

    def kill(self) -> None:
        self.process.kill()
        self.process.join(10)
        assert self.process.exitcode == -signal.SIGKILL
        self.api.close()


class Fleet(list[Process]):
    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings

    def start(self) -> Process:
        self.append(Process(self._settings))
        return self[-1]


@pytest.fixture
def fleet(settings: Settings) -> Iterator[Fleet]:
    started = Fleet(settings)
    yield started
    for server in started:
        if server.process.is_alive():
            server.kill()


def test_ctrl_c_stops_it_cleanly_and_at_once(settings: Settings) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(settings.data), WORKER_KEY],
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        url = program.stdout.readline().strip()
        with Api(url, settings) as api, api.stream("GET", "/v1/alerts/stream") as answer:
            next(answer.iter_lines())
            started = time.monotonic()
            program.send_signal(signal.SIGINT)
            out, _ = program.communicate(timeout=15)
    assert (program.returncode, out) == (0, "stopped\n")
    assert time.monotonic() - started < 5


def raw_request(api: Api, report: dict[str, object]) -> bytes:
    request = api.build_request(
        "POST",
        "/v1/reports",
        files=[
            ("report", (None, json.dumps(report), "application/json")),
            ("files", (str(evidence_of(JPEG)["sha256"]), JPEG)),
        ],
    )
    request.read()
    headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    return f"POST /v1/reports HTTP/1.1\r\n{headers}\r\n".encode() + request.content


def count_cases(settings: Settings) -> int:
    database = sqlite3.connect(settings.data / "five-chief.sqlite3")
    try:
        (count,) = database.execute("SELECT count(*) FROM cases").fetchone()
    finally:
        database.close()
    return int(count)


def test_killed_between_receive_and_reply_the_repeat_finds_the_one_case(
    fleet: Fleet, settings: Settings
) -> None:
    report = report_of(evidence_of(JPEG))
    server = fleet.start()
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(raw_request(server.api, report))
        while count_cases(settings) == 0:
            time.sleep(0.001)
        server.kill()  # the case is there, the worker has not heard
    server = fleet.start()
    answer = server.api.submit(report, JPEG)
    assert answer.status_code == 200
    assert [case["id"] for case in server.api.cases()] == [answer.json()["id"]]
    assert server.api.get(answer.json()["evidence"][0]["url"]).content == JPEG
    assert server.api.file(JPEG)["number"].endswith("-00002")


@pytest.mark.parametrize("after_ms", [0, 4, 12, 30])
def test_killed_at_any_moment_of_a_request_the_repeat_makes_exactly_one_case(
    fleet: Fleet, after_ms: int
) -> None:
    report = report_of(evidence_of(JPEG))
    server = fleet.start()
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(raw_request(server.api, report))
        time.sleep(after_ms / 1000)
        server.kill()
    server = fleet.start()
    answer = server.api.submit(report, JPEG)
    assert answer.status_code in (200, 201)
    (case,) = server.api.cases()
    assert case["number"].endswith("-00001")
    assert server.api.get(case["evidence"][0]["url"]).content == JPEG


def test_two_processes_that_start_on_one_empty_folder_share_its_numbers(
    fleet: Fleet, settings: Settings
) -> None:
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: fleet.start(), range(2))
    report = report_of(evidence_of(JPEG))
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda i: (one, two)[i % 2].api.submit(report, JPEG), range(8))
        ) + list(pool.map(lambda i: (one, two)[i % 2].api.file(JPEG), range(8)))
    statuses = [a.status_code for a in answers if isinstance(a, httpx.Response)]
    assert sorted(statuses) == [200] * 7 + [201]
    numbers = sorted(case["number"][-5:] for case in one.api.cases())
    assert numbers == [f"{i:05d}" for i in range(1, 10)]


def test_a_port_that_is_taken_is_named(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressInUse, match=f"127.0.0.1:{port}.*another port"):
            serve(settings, port=port)


def test_a_start_that_fails_leaves_no_connection_behind(settings: Settings) -> None:
    open_ones: set[int] = set()
    listeners = {
        "connect": lambda connection, _entry: open_ones.add(id(connection)),
        "close": lambda connection, _entry: open_ones.discard(id(connection)),
    }
    for name, listener in listeners.items():
        event.listen(Pool, name, listener)
    try:
        test_a_port_that_is_taken_is_named(settings)
        assert open_ones == set()
    finally:
        for name, listener in listeners.items():
            event.remove(Pool, name, listener)


def test_the_data_folder_is_the_owners_alone(fleet: Fleet, settings: Settings) -> None:
    fleet.start().api.file(JPEG)
    folders = [settings.data, *(p for p in settings.data.rglob("*") if p.is_dir())]
    assert {oct(folder.stat().st_mode & 0o777) for folder in folders} == {"0o700"}
    assert Path(settings.data / "five-chief.sqlite3").is_file()


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("OPTIONS", "/v1/cameras/gate-3", "GET, PUT"),
        ("DELETE", "/v1/cameras/gate-3/compliance", "GET, PUT"),
        ("PUT", "/v1/subscriptions/x", "DELETE, GET, PATCH"),
        ("PUT", "/open311/v2/requests.json", "GET, POST"),
        ("GET", "/v1/reports", "POST"),
        ("DELETE", "/v1/shops/import", "GET, POST"),
        ("POST", "/shift/boot.js", "GET"),
        ("POST", "/", "GET"),
    ],
)
def test_a_method_that_is_not_taken_is_answered_with_all_that_are(
    shared: Api, method: str, path: str, allowed: str
) -> None:
    refused = shared.request(method, path)
    assert refused.headers["Allow"] == allowed
    # Open311 has no other word for what a client can mend.
    assert refused.status_code == (400 if path.startswith("/open311") else 405)
