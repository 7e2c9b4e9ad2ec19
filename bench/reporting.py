"""Clients that report as fast as they are answered, and remember what was promised to them."""

import hashlib
import http.client
import json
import multiprocessing
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import cv2
import numpy as np

PICTURE_BYTES = 30_000
SIZE = (640, 480)
_BOUNDARY = "five-chief-bench"


@dataclass(frozen=True, slots=True)
class Letter:
    """One report, ready to be sent."""

    violation_id: str
    sha256: str
    body: bytes


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
    """A street-like JPEG of about 30 KB, 640x480."""
    chance = np.random.default_rng(7)
    width, height = SIZE
    ground = cv2.resize(chance.integers(0, 255, (30, 40, 3), np.uint8), SIZE).astype(np.int16)
    for grain in range(2, 80):
        noisy = ground + chance.integers(-grain, grain, (height, width, 3))
        image = np.clip(noisy, 0, 255).astype(np.uint8)
        data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        if len(data) >= PICTURE_BYTES:
            return data
    raise AssertionError("no grain makes the picture large enough")


def own(jpeg: bytes, mark: bytes) -> bytes:
    """The same picture with a comment in it: another file, as every real picture is."""
    return jpeg[:2] + b"\xff\xfe" + (len(mark) + 2).to_bytes(2) + mark + jpeg[2:]


def letter(jpeg: bytes, at: datetime) -> Letter:
    """A report of now, with a picture of its own."""
    violation_id = str(uuid4())
    data = own(jpeg, violation_id.encode())
    sha256 = hashlib.sha256(data).hexdigest()
    seen = (at - timedelta(minutes=10)).isoformat()
    now = at.isoformat()
    report: dict[str, Any] = {
        "violation_id": violation_id,
        "kind": "litter",
        "label": "garbage_bag",
        "place": {
            "camera_id": f"cam-{random.randrange(600):04d}",
            "camera_name": "市场东口",
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
                "size": len(data),
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
    body = head.encode() + data + f"\r\n--{_BOUNDARY}--\r\n".encode()
    return Letter(violation_id, sha256, body)


class Client:
    """One kept-alive connection."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        self._headers = {"Authorization": f"Bearer {key}"}

    def send(self, one: Letter) -> Receipt:
        """Send a report and read the promise.

        Raises:
            OSError, http.client.HTTPException: the server went away; nothing is promised.
        """
        began = time.perf_counter()
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        self._line.request("POST", "/v1/reports", one.body, self._headers | {"Content-Type": kind})
        answer = self._line.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - began
        assert answer.status in (200, 201), f"{answer.status} {body[:500]!r}"
        number = json.loads(body)["number"]
        return Receipt(one.violation_id, one.sha256, number, answer.status, seconds)

    def get(self, path: str) -> tuple[float, bytes]:
        """Read something; seconds and body."""
        began = time.perf_counter()
        self._line.request("GET", path, headers=self._headers)
        answer = self._line.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - began
        assert answer.status == 200, f"{path}: {answer.status} {body[:500]!r}"
        return seconds, body


def report_all(
    url: str, key: str, clients: int, each: int, within_s: float
) -> tuple[list[Receipt], float]:
    """Let client processes report at once.

    Args:
        each: reports that a client has ready; it stops earlier after `within_s` seconds.

    Returns:
        Every promise, and the seconds from the common start to the last of them.
    """
    context = multiprocessing.get_context("fork")
    start = context.Barrier(clients + 1)
    results: Any = context.Queue()
    crew = [
        context.Process(target=_client, args=(url, key, each, within_s, start, results))
        for _ in range(clients)
    ]
    for member in crew:
        member.start()
    start.wait(120)
    began = time.perf_counter()
    receipts: list[Receipt] = []
    seconds = 0.0
    for _ in crew:
        got, ended = results.get(timeout=within_s + 120)
        receipts += got
        seconds = max(seconds, ended - began)
    for member in crew:
        member.join()
    return receipts, seconds


def _client(url: str, key: str, each: int, within_s: float, start: Barrier, results: Any) -> None:
    jpeg = picture()
    now = datetime.now(UTC)
    letters = [letter(jpeg, now) for _ in range(each)]
    client = Client(url, key)
    start.wait(120)
    end = time.perf_counter() + within_s
    receipts = []
    for one in letters:
        if time.perf_counter() > end:
            break
        receipts.append(client.send(one))
    results.put((receipts, time.perf_counter()))


def p95_ms(seconds: Iterable[float]) -> float:
    """The 95th percentile, in milliseconds."""
    return float(np.percentile(list(seconds), 95)) * 1000
