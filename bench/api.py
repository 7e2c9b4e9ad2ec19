"""What the API carries: durable reports a second, and how fast it answers over a million cases.

    .venv/bin/python bench/api.py [--cases 1000000] [--clients 8] [--seconds 20] [--quick] [--json]

A real server process on SQLite, spoken to over HTTP. A report is its JSON and one picture of
30 KB, both synced to disk before the answer; how many files the disk itself syncs in a second
stands beside it. Afterwards each promise is held against the store: nothing lost, nothing doubled.
The store of cases is seeded once and kept under runs/bench/. --quick takes 100,000 cases and 8 s.
"""

import argparse
import hashlib
import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # not this folder, whose api.py is not the package

from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from bench.reporting import Client, Receipt, p95_ms, report_all  # noqa: E402
from bench.seeding import CAMERAS, cached, copy  # noqa: E402

say = Console(stderr=True)


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Raw)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "bench")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.quick:
        args.cases, args.seconds = min(args.cases, 100_000), min(args.seconds, 8.0)
    figures = measure(args.cases, args.clients, args.seconds, args.folder)
    if args.json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    table = Table(title=f"API on SQLite, {args.cases} cases, {args.clients} clients")
    table.add_column("what")
    table.add_column("figure", justify="right")
    for name, value in figures.items():
        table.add_row(name, f"{value:g}")
    Console().print(table)


class _Raw(argparse.RawDescriptionHelpFormatter):
    pass


def measure(cases: int, clients: int, seconds: float, folder: Path) -> dict[str, float]:
    """Seed, serve, ask, report, and hold what was promised against what is there."""
    store = cached(cases, folder, say)
    key = secrets.token_urlsafe(24)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        data = Path(name)
        copy(store, data)
        fsyncs = fsyncs_per_s(data)
        with serving(data, key) as (url, server):
            asked = ask(Client(url, key), cases)
            say.print(f"{clients} clients report for {seconds:g} s")
            each = max(50, int(seconds * 1500 / clients))
            before = cpu_s(server)
            receipts, took = report_all(url, key, clients, each, seconds)
            spent = cpu_s(server) - before
        lost, doubled = proof(data, receipts)
    return {
        "reports_per_s": round(len(receipts) / took, 1),
        "report_p95_ms": round(p95_ms(one.seconds for one in receipts), 1),
        "reports": len(receipts),
        "server_cpu_ms_per_report": round(1000 * spent / len(receipts), 2),
        "lost": lost,
        "doubled": doubled,
        "disk_fsyncs_per_s": round(fsyncs, 1),
        **asked,
    }


@contextmanager
def serving(data: Path, key: str) -> Iterator[tuple[str, int]]:
    """The real server in a process of its own; gives its address and process id."""
    command = [sys.executable, "-m", "cli.main", "serve"]
    with (data / "server.log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--data", str(data), "--port", "0", "--json"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "FIVE_CHIEF_WORKER_KEYS": key},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line, (data / "server.log").read_text()
        yield json.loads(line)["url"], server.pid
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def cpu_s(pid: int) -> float:
    """The CPU time that a process has had, seconds: on a busy machine it says more than a rate."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


QUERIES = {
    "list": "/v1/cases?limit=50",
    "list_deep": "/v1/cases?limit=50&cursor={deep}",
    "filter_state": "/v1/cases?limit=50&status=reported",
    "filter_class": "/v1/cases?limit=50&kind=manhole",
    "filter_camera": "/v1/cases?limit=50&camera_id={camera}",
    "filter_time": "/v1/cases?limit=50&since=2026-06-01T00:00:00Z&cursor={deep}",
    "filter_all": "/v1/cases?limit=50&status=voided&kind=manhole&camera_id={camera}",
    "detail": "/v1/cases/{some}",
}


def ask(client: Client, cases: int, times: int = 60) -> dict[str, float]:
    """The 95th percentile of each query, milliseconds; each time with other values."""
    figures = {}
    for name, form in QUERIES.items():
        took = []
        for turn in range(times):
            path = form.format(
                deep=1 + (cases * (turn + 1)) // (times + 2),
                camera=f"cam-{(turn * 7919) % CAMERAS:04d}",
                some=1 + (turn * 104_729) % cases,
            )
            took.append(client.get(path)[0])
        figures[f"{name}_p95_ms"] = round(p95_ms(took), 1)
    return figures


def proof(data: Path, receipts: list[Receipt]) -> tuple[int, int]:
    """Hold promises against the store: how many are lost, and how many were doubled.

    A promise is kept when exactly one case has the violation among its witnesses, and the number
    that was answered, and the picture on disk has the SHA-256 that the report gave.
    """
    with sqlite3.connect(data / "five-chief.sqlite3") as database:
        told = "SELECT witnesses.violation_id, number FROM witnesses JOIN cases ON id = case_id"
        rows = database.execute(told).fetchall()
        cases = database.execute("SELECT number FROM cases").fetchall()
        events = database.execute("SELECT count(*), min(id), max(id) FROM events").fetchone()
    database.close()
    found: dict[str, list[str]] = {}
    for violation, number in rows:
        found.setdefault(violation, []).append(number)
    evidence = data / "evidence"
    lost = doubled = 0
    for one in receipts:
        numbers = found.get(one.violation_id.replace("-", ""), [])
        path = evidence / one.sha256[:2] / one.sha256
        whole = path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == one.sha256
        lost += not (one.number in numbers and whole)
        doubled += len(numbers) > 1
    doubled += sum(1 for times in Counter(cases).values() if times > 1)
    assert events[0] == events[2] - events[1] + 1, f"the events have gaps: {events}"
    return lost, doubled


def fsyncs_per_s(folder: Path, for_s: float = 1.0, threads: int = 8) -> float:
    """Files of 30 KB that the disk takes a second, each synced with its folder, 8 at once."""
    counts = [0] * threads
    end = time.perf_counter() + for_s

    def work(index: int) -> None:
        data = os.urandom(30_000)
        place = folder / f"sync-{index}"
        place.mkdir()
        handle = os.open(place, os.O_RDONLY)
        while time.perf_counter() < end:
            with (place / str(counts[index])).open("wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            os.fsync(handle)
            counts[index] += 1
        os.close(handle)

    crew: list[Any] = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
    for member in crew:
        member.start()
    for member in crew:
        member.join()
    return sum(counts) / for_s


if __name__ == "__main__":
    main()
