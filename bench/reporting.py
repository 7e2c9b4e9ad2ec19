"""Clients that report as fast as they are answered, and remember what was promised to them."""

import asyncio
import hashlib
import http.client
import json
import multiprocessing
import random
import re
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

import cv2
import httptools
import numpy as np
import uvloop

PICTURE_BYTES = 30_000
SIZE = (640, 480)
MOST_PER_S = 1000
"""So many reports a second are made ready: more than any server of ours takes."""
_BOUNDARY = "five-chief-bench"
_NUMBER = re.compile(rb'"number":"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Letter:
    """One report, ready to be sent: a request in pieces, so that a picture's bytes are shared."""

    violation_id: str
    sha256: str
    pieces: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server promised: the case's number, and after how long.

    Attributes:
        status: 201 for a new case, 200 for one that was there.
    """

    violation_id: str
    sha256: str
    number: str
    status: int
    seconds: float


def picture() -> bytes:
    """A street-like JPEG of 30 KB, 640x480."""
    chance = np.random.default_rng(7)
    width, height = SIZE
    ground = cv2.resize(chance.integers(0, 255, (30, 40, 3), np.uint8), SIZE).astype(np.int16)
    noisy = ground + chance.integers(-8, 8, (height, width, 3))
    image = np.clip(noisy, 0, 255).astype(np.uint8)
    for quality in range(20, 100):
        data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(data) >= PICTURE_BYTES:
            return data
    raise AssertionError("no quality makes the picture large enough")


def letter(jpeg: bytes, at: datetime, host: str = "", key: str = "", address: str = "") -> Letter:
    """A report of now, with a picture of its own: the same one with a comment in it."""
    violation_id = str(uuid4())
    mark = violation_id.encode()
    comment = b"\xff\xfe" + (len(mark) + 2).to_bytes(2) + mark
    data = (jpeg[:2], comment, jpeg[2:])
    size = sum(map(len, data))
    sha256 = hashlib.sha256(b"".join(data)).hexdigest()
    seen = (at - timedelta(minutes=10)).isoformat()
    now = at.isoformat()
    report: dict[str, Any] = {
        "violation_id": violation_id,
        "kind": "litter",
        "label": "garbage_bag",
        "place": {
            "camera_id": f"cam-{random.randrange(600):04d}",
            "camera_name": "市场东口",
            "address": address,
            # Far enough from each other that nothing is merged.
            "longitude": round(random.uniform(117.0, 118.0), 6),
            "latitude": round(random.uniform(36.3, 37.1), 6),
            "crs": "wgs84",
        },
        "rule": "kerb",
        "model": "litter@1",
        "first_seen": seen,
        "confirmed_at": now,
        "last_seen": now,
        "clock": "arrival",
        "score": 0.7,
        "looks": 5,
        "hits": 5,
        "box": {"x0": 10, "y0": 10, "x1": 90, "y1": 80},
        "frame_width": SIZE[0],
        "frame_height": SIZE[1],
        "evidence": [
            {
                "sha256": sha256,
                "role": "snapshot",
                "media_type": "image/jpeg",
                "size": size,
                "captured_at": now,
            }
        ],
    }
    head = (
        f"--{_BOUNDARY}\r\n"
        'Content-Disposition: form-data; name="report"\r\n'
        "Content-Type: application/json\r\n\r\n"
        f"{json.dumps(report)}\r\n--{_BOUNDARY}\r\n"
        f'Content-Disposition: form-data; name="files"; filename="{sha256}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    start, end = head.encode(), f"\r\n--{_BOUNDARY}--\r\n".encode()
    request = (
        f"POST /v1/reports HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\n"
        f"Content-Length: {len(start) + size + len(end)}\r\n\r\n"
    )
    return Letter(violation_id, sha256, (request.encode() + start, *data, end))


class Client:
    """One kept-alive connection."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        self._headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str) -> tuple[float, bytes]:
        """Read something; seconds and body."""
        began = time.perf_counter()
        self._line.request("GET", path, headers=self._headers)
        answer = self._line.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - began
        assert answer.status == 200, f"{path}: {answer.status} {body[:500]!r}"
        return seconds, body


class _Line(asyncio.Protocol):
    """One kept-alive connection of a client that reports as fast as it is answered."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._answered: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is of no such class

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """httptools has a piece of the answer."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """httptools has all of it."""
        body = b"".join(self._body)
        self._body.clear()
        if self._answered is not None:
            self._answered.set_result((self._parser.get_status_code(), body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionResetError("the server went away"))

    async def send(self, one: Letter) -> Receipt:
        """Send a report and read the promise."""
        assert self._transport is not None
        self._answered = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        self._transport.writelines(one.pieces)
        status, body = await self._answered
        seconds = time.perf_counter() - began
        assert status in (200, 201), f"{status} {body[:500]!r}"
        number = _NUMBER.search(body)
        assert number is not None, body[:500]
        return Receipt(one.violation_id, one.sha256, number[1].decode(), status, seconds)


@dataclass(frozen=True, slots=True)
class Reported:
    """What clients were promised, in how many seconds, and what CPU time they took themselves."""

    receipts: list[Receipt]
    seconds: float
    clients_cpu_s: float


def report_all(
    url: str, key: str, clients: int, within_s: float, most: int | None = None
) -> Reported:
    """Let clients report at once for so long, or until there are so many reports.

    They share one process and one loop, and send what was made ready before, so that they leave the
    machine to the server as clients elsewhere would.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as apart:
        return apart.submit(_report, url, key, clients, within_s, most).result(within_s + 300)


def _report(url: str, key: str, clients: int, within_s: float, most: int | None) -> Reported:
    return uvloop.run(_all(url, key, clients, within_s, most or int(within_s * MOST_PER_S)))


async def _all(url: str, key: str, clients: int, within_s: float, most: int) -> Reported:
    parts = urlsplit(url)
    jpeg, now = picture(), datetime.now(UTC)
    ready = [letter(jpeg, now, parts.netloc, key) for _ in range(most)]
    connect = asyncio.get_running_loop().create_connection
    host, port = parts.hostname or "", parts.port or 80
    lines = [(await connect(_Line, host, port))[1] for _ in range(clients)]
    receipts: list[Receipt] = []
    spent, began = time.process_time(), time.perf_counter()

    async def client(line: _Line) -> None:
        while ready and time.perf_counter() < began + within_s:
            receipts.append(await line.send(ready.pop()))

    await asyncio.gather(*map(client, lines))
    seconds = time.perf_counter() - began
    return Reported(receipts, seconds, time.process_time() - spent)


def p95_ms(seconds: Iterable[float]) -> float:
    """The 95th percentile, in milliseconds."""
    return float(np.percentile(list(seconds), 95)) * 1000
