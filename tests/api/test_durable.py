"""What was promised outlives the server: killed in the middle, it has each report once."""

import hashlib
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from api.settings import Settings
from tests.api.conftest import WORKER_KEY, Api, evidence_of, picture, report_of, sha256

ROOT = Path(__file__).parents[2]
CLIENTS, EACH = 8, 6


def serve(data: Path, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "cli.main", "serve", "--data", str(data), "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "FIVE_CHIEF_WORKER_KEYS": WORKER_KEY},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def report_until_answered(
    url: str, settings: Settings, client: int, promised: Callable[[str, str, bytes], None]
) -> None:
    """A client as workers are: it sends again until it is answered, and now and then once more."""
    with Api(url, settings) as api:
        for number in range(EACH):
            jpeg = picture(1000 * client + number)
            place = {"camera_id": f"cam-{client}-{number}"}
            report = report_of(evidence_of(jpeg), place=place)
            times = 2 if number % 3 == 0 else 1
            end = time.monotonic() + 60
            while times and time.monotonic() < end:
                try:
                    answer = api.submit(report, jpeg)
                except httpx.TransportError:
                    time.sleep(0.05)
                    continue
                assert answer.status_code in (200, 201), answer.text
                promised(report["violation_id"], answer.json()["number"], jpeg)
                times -= 1


def test_killed_and_started_again_the_server_has_each_report_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = Settings(tmp_path / "data", (WORKER_KEY,))
    answers: list[tuple[str, str, bytes]] = []
    enough = threading.Event()

    def promised(violation: str, number: str, jpeg: bytes) -> None:
        answers.append((violation, number, jpeg))
        if len(answers) >= CLIENTS:
            enough.set()

    server = serve(settings.data, port)
    try:
        with ThreadPoolExecutor(CLIENTS) as pool:
            url = f"http://127.0.0.1:{port}"
            crew = [
                pool.submit(report_until_answered, url, settings, client, promised)
                for client in range(CLIENTS)
            ]
            assert enough.wait(60)
            server.kill()
            server.wait()
            at_death = len(answers)
            server = serve(settings.data, port)
            for member in crew:
                member.result()
    finally:
        server.kill()
        server.wait()
    assert CLIENTS <= at_death < len(answers)
    with sqlite3.connect(settings.data / "five-chief.sqlite3") as database:
        cases = dict(database.execute("SELECT violation_id, number FROM cases").fetchall())
        events = [row[0] for row in database.execute("SELECT id FROM events ORDER BY id")]
    database.close()
    assert len(cases) == CLIENTS * EACH
    assert set(Counter(cases.values()).values()) == {1}
    assert events == list(range(1, len(events) + 1))
    for violation, number, jpeg in answers:
        assert cases[violation.replace("-", "")] == number
        name = sha256(jpeg)
        kept = (settings.evidence / name[:2] / name).read_bytes()
        assert hashlib.sha256(kept).hexdigest() == name
