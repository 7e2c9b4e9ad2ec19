"""What the API carries: durable reports a second, and how fast it answers over a million cases.

    .venv/bin/python bench/api.py [--cases 1000000] [--clients 8] [--seconds 20] [--quick] [--json]

A real server process on SQLite, spoken to over HTTP. A report is its JSON and one picture of
30 KB, both synced to disk before the answer; how many files the disk itself syncs in a second
stands beside it. Afterwards each promise is held against the store: nothing lost, nothing doubled.
The store of cases is seeded once and kept under runs/bench/. --quick takes 100,000 cases, 8 s of
reports and the dozen questions that are asked most. --seconds 0 asks only; --database-url asks a
server on PostgreSQL, whose empty database is filled from the SQLite file.
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
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # not this folder, whose api.py is not the package

from rich.console import Console  # noqa: E402
from rich.table import Column, Table  # noqa: E402

from bench.questions import Answered, ask, export, resume  # noqa: E402
from bench.reporting import Client, Receipt, p95_ms, report_all  # noqa: E402
from bench.seeding import cached, copy  # noqa: E402

say = Console(stderr=True)


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Raw)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "bench")
    parser.add_argument("--times", type=int, default=20, help="how often each question is asked")
    parser.add_argument("--database-url", help="of an empty database on PostgreSQL")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.quick:
        args.cases, args.seconds = min(args.cases, 100_000), min(args.seconds, 8.0)
    figures, answers = measure(args)
    if args.json:
        told = {f"{name}_p95_ms": round(one.p95_ms, 1) for name, one in answers.items()}
        sys.stdout.write(json.dumps(figures | told) + "\n")
        return
    show(figures, answers, f"{args.cases} cases, load average {os.getloadavg()[0]:.0f}")


def show(figures: dict[str, float], answers: dict[str, Answered], title: str) -> None:
    """Print tables for people."""
    table = Table("what", Column("figure", justify="right"), title=title)
    for name, value in figures.items():
        table.add_row(name, f"{value:g}")
    Console().print(table)
    columns = ("p50 ms", "p95 ms", "server CPU ms", "cases")
    table = Table("question", *(Column(name, justify="right") for name in columns))
    for name, one in sorted(answers.items(), key=lambda pair: -pair[1].p95_ms):
        row = (one.p50_ms, one.p95_ms, one.cpu_ms, one.items)
        table.add_row(name, *(f"{value:.1f}" for value in row))
    Console().print(table)


class _Raw(argparse.RawDescriptionHelpFormatter):
    pass


def measure(args: argparse.Namespace) -> tuple[dict[str, float], dict[str, Answered]]:
    """Seed, serve, ask, report, and hold what was promised against what is there."""
    store = cached(args.cases, args.folder, say)
    key = secrets.token_urlsafe(24)
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        data = Path(name)
        if args.database_url is None:
            copy(store, data)
        else:
            from bench.onto_postgres import fill  # its driver is not everywhere

            fill(store, args.database_url, say)
        figures: dict[str, float] = {"disk_fsyncs_per_s": round(fsyncs_per_s(data), 1)}
        with serving(data, key, args.database_url) as (url, server):
            answers = ask(
                Client(url, key), args.cases, args.times, lambda: cpu_s(server), quick=args.quick
            )
            if not args.quick:
                figures |= streams(url, key, store)
            if not args.seconds or args.database_url is not None:
                return figures, answers
            reports, receipts = reported(url, key, server, args.clients, args.seconds)
        lost, doubled = proof(data, receipts)
    return reports | {"lost": lost, "doubled": doubled} | figures, answers


def reported(
    url: str, key: str, server: int, clients: int, seconds: float
) -> tuple[dict[str, float], list[Receipt]]:
    """Let clients report for so long."""
    say.print(f"{clients} clients report for {seconds:g} s")
    before = cpu_s(server)
    told = report_all(url, key, clients, seconds)
    spent, receipts = cpu_s(server) - before, told.receipts
    figures = {
        "reports_per_s": round(len(receipts) / told.seconds, 1),
        "report_p95_ms": round(p95_ms(one.seconds for one in receipts), 1),
        "reports": len(receipts),
        "server_cpu_ms_per_report": round(1000 * spent / len(receipts), 2),
        "clients_cpu_ms_per_report": round(1000 * told.clients_cpu_s / len(receipts), 2),
        "load_average": os.getloadavg()[0],
    }
    return figures, receipts


def streams(url: str, key: str, store: Path) -> dict[str, float]:
    """Exports, and a live stream that is taken up again after so many events."""
    with sqlite3.connect(store) as database:
        (newest,) = database.execute("SELECT max(id) FROM events").fetchone()
        query = "SELECT count(*) FROM cases WHERE street = ?"
        (rows,) = database.execute(query, ["第3街道"]).fetchone()
    database.close()
    street = f"street={quote('第3街道')}"
    whole_first, _, _ = export(url, key, "csv", "", most=1 << 20)
    first, took, _ = export(url, key, "csv", street)
    _, xlsx_took, _ = export(url, key, "xlsx", f"{street}&status=voided")
    seen_first, seen = resume(url, key, newest - 2000, 1000)
    return {
        "export_csv_all_first_byte_ms": round(1000 * whole_first),
        "export_csv_street_first_byte_ms": round(1000 * first),
        "export_csv_rows_per_s": round(rows / took),
        "export_xlsx_street_voided_s": round(xlsx_took, 1),
        "sse_resume_first_event_ms": round(1000 * seen_first),
        "sse_events_per_s": round(1000 / seen),
    }


@contextmanager
def serving(data: Path, key: str, database: str | None = None) -> Iterator[tuple[str, int]]:
    """The real server in a process of its own; gives its address and process id."""
    where = {} if database is None else {"FIVE_CHIEF_DATABASE_URL": database}
    command = [sys.executable, "-m", "cli.main", "serve"]
    with (data / "server.log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--data", str(data), "--port", "0", "--json"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "FIVE_CHIEF_WORKER_KEYS": key} | where,
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
