"""The page in a real browser: how soon it paints and shows an alert, what memory it keeps.

    .venv/bin/python bench/page.py [--alerts 10000] [--a-minute 100] [--minutes 60] [--quick]
                                   [--json]

A real server process with so many alerts that wait, and Chromium on the page of alerts while more
arrive. The time of an alert runs from the report's first byte on its way to the server to the frame
in which its row is on the screen; both clocks are this machine's. Memory is the script's heap after
garbage was collected, with the page's nodes beside it. --quick: one minute.
"""

import argparse
import json
import os
import secrets
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)

import numpy as np  # noqa: E402
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Column, Table  # noqa: E402

from bench.api import serving  # noqa: E402
from bench.reporting import letter, picture, report_all  # noqa: E402

say = Console(stderr=True)
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LOADS = 7
SEED_WITHIN_S = 600.0
SETTLE_S = 10.0
MARK = "量测"
"""Of the addresses by which the rows that arrive are known."""
WANTED = {"first_paint_p95_ms": 1000.0, "alert_on_screen_p95_ms": 1000.0}
WATCH = """mark => {
  const seen = (window.benchSeen = {});
  const look = () => requestAnimationFrame(() => {
    const at = Date.now();
    for (const row of document.querySelectorAll(`main li`)) {
      const found = row.textContent.match(new RegExp(mark + "(\\\\d+)#"));
      if (found && !(found[1] in seen)) seen[found[1]] = at;
    }
  });
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""


@dataclass
class Arrivals:
    """Reports at a steady rate, on a thread, and when each was sent."""

    url: str
    key: str
    a_minute: float
    sent: dict[str, float] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def coming(self) -> Iterator[None]:
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(self._run)
            try:
                yield
            finally:
                self._stop.set()
            running.result()  # what stopped it, if anything did

    def _run(self) -> None:
        parts = urlsplit(self.url)
        jpeg, number, due = picture(), 0, time.monotonic()
        server = parts.hostname or "", parts.port or 80
        while not self._stop.wait(max(due - time.monotonic(), 0)):
            due += 60 / self.a_minute
            address = f"{MARK}{number}#"
            one = letter(jpeg, datetime.now(UTC), parts.netloc, self.key, address)
            sent_at = time.time() * 1000
            with socket.create_connection(server, timeout=30) as line:
                line.sendall(b"".join(one.pieces))
                if _address_of_case(line) == address:  # else it was attached to a case near by
                    self.sent[str(number)] = sent_at
            number += 1


def _address_of_case(line: socket.socket) -> str:
    answer = HTTPResponse(line, method="POST")
    answer.begin()
    body = answer.read()
    answer.close()
    assert answer.status in (200, 201), body[:500]
    return str(json.loads(body)["place"]["address"])


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--a-minute", type=float, default=100.0)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.quick:
        args.minutes = min(args.minutes, 1.0)
    figures = measure(args)
    if args.json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    title = f"{args.alerts} alerts wait, {args.a_minute:g} a minute come, {args.minutes:g} min"
    table = Table("what", Column("figure", justify="right"), "wanted", title=title)
    for name, value in figures.items():
        limit = WANTED.get(name)
        wanted = "" if limit is None else f"≤ {limit:g}: {'yes' if value <= limit else 'NO'}"
        table.add_row(name, f"{value:g}", wanted)
    Console().print(table)


def measure(args: argparse.Namespace) -> dict[str, float]:
    """Fill a store, open the page, let alerts come."""
    key = secrets.token_urlsafe(24)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), key) as (url, _),
        sync_playwright() as playwright,
    ):
        url = url.rstrip("/")
        say.print(f"{args.alerts} reports are filed")
        told = report_all(url, key, 8, SEED_WITHIN_S, args.alerts)
        assert len(told.receipts) == args.alerts, f"{len(told.receipts)} within {SEED_WITHIN_S} s"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        figures: dict[str, float] = {"alerts_waiting": args.alerts}
        arrivals = Arrivals(url, key, args.a_minute)
        with arrivals.coming():
            say.print("the page is opened anew, several times")
            figures |= paints(browser, url)
            say.print(f"the page stays open for {args.minutes:g} min")
            figures |= stay(browser, url, arrivals, args.minutes * 60)
        browser.close()
    return figures | {"load_average": round(os.getloadavg()[0], 1)}


def paints(browser: Browser, url: str) -> dict[str, float]:
    """Open the page with nothing kept of it before; until it paints, and until alerts are there."""
    first, rows = [], []
    for _ in range(LOADS):
        context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(f"{url}/shift/", wait_until="commit")
        page.wait_for_selector("main li", timeout=60_000)
        rows.append(page.evaluate("performance.now()"))
        entry = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        first.append(page.evaluate(entry))
        context.close()
    return {
        "first_paint_p50_ms": _round(first, 50),
        "first_paint_p95_ms": _round(first, 95),
        "alerts_listed_p50_ms": _round(rows, 50),
        "alerts_listed_p95_ms": _round(rows, 95),
    }


def stay(browser: Browser, url: str, arrivals: Arrivals, seconds: float) -> dict[str, float]:
    """Stay on the page while alerts come."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{url}/shift/")
    page.wait_for_selector("main li", timeout=60_000)
    page.evaluate(WATCH, MARK)
    devtools = context.new_cdp_session(page)
    page.wait_for_timeout(1000 * SETTLE_S)
    opened, began = time.time() * 1000, time.monotonic()
    kept = [(0.0, *memory(devtools))]
    every = max(seconds / 20, 5.0)
    while (spent := time.monotonic() - began) < seconds:
        page.wait_for_timeout(1000 * min(every, seconds - spent))
        kept.append((time.monotonic() - began, *memory(devtools)))
    page.wait_for_timeout(3000)
    figures = _on_screen(page, arrivals, opened)
    context.close()
    return figures | _flat(kept)


def _on_screen(page: Page, arrivals: Arrivals, opened: float) -> dict[str, float]:
    seen: dict[str, float] = page.evaluate("window.benchSeen")
    last = time.time() * 1000 - 3000
    sent = {n: at for n, at in arrivals.sent.items() if opened <= at <= last}
    took = [seen[number] - at for number, at in sent.items() if number in seen]
    return {
        "alerts_sent": len(sent),
        "alerts_missed": len(sent) - len(took),
        "alert_on_screen_p50_ms": _round(took, 50),
        "alert_on_screen_p95_ms": _round(took, 95),
        "alert_on_screen_max_ms": _round(took, 100),
    }


def memory(devtools: CDPSession) -> tuple[float, float]:
    """The script's heap in MB once garbage is collected, and the page's nodes."""
    devtools.send("Performance.enable")
    devtools.send("HeapProfiler.collectGarbage")
    found: dict[str, Any] = devtools.send("Performance.getMetrics")
    figures = {one["name"]: one["value"] for one in found["metrics"]}
    return figures["JSHeapUsedSize"] / 1e6, figures["Nodes"]


def _flat(kept: list[tuple[float, float, float]]) -> dict[str, float]:
    """Begin and end of what was kept, each the median of a quarter, and the slope of all."""
    quarter = max(len(kept) // 4, 1)
    heap, nodes = [one[1] for one in kept], [one[2] for one in kept]
    slope = float(np.polyfit([one[0] for one in kept], heap, 1)[0]) if len(kept) > 1 else 0.0
    return {
        "heap_begin_mb": round(statistics.median(heap[:quarter]), 2),
        "heap_end_mb": round(statistics.median(heap[-quarter:]), 2),
        "heap_slope_mb_per_hour": round(3600 * slope, 2),
        "nodes_begin": statistics.median(nodes[:quarter]),
        "nodes_end": statistics.median(nodes[-quarter:]),
    }


def _round(values: list[float], share: float) -> float:
    return round(float(np.percentile(values, share)), 1) if values else float("nan")


if __name__ == "__main__":
    main()
