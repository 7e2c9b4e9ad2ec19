"""The real API on a port of its own, the real Chromium in front of it, and reports to send."""

import hashlib
import io
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
import cv2
import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from api.server import serve
from api.settings import Settings
from api.tiles import Tiles

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WORKER_KEY = "the-worker-key-of-these-tests"
OPERATOR_KEY = "the-operator-key-of-these-tests"
BOX = (560, 430, 680, 500)


def jpeg(boxed: bool) -> bytes:
    image = np.full((720, 1280, 3), 120, np.uint8)
    image[360:] = (90, 95, 100)
    left, top, right, bottom = BOX
    cv2.rectangle(image, (left + 20, top + 15), (right - 20, bottom - 5), (40, 60, 200), -1)
    if boxed:
        cv2.rectangle(image, (left, top), (right, bottom), (0, 140, 255), 3)
    return cv2.imencode(".jpg", image)[1].tobytes()


def mp4(codec: str = "libx264") -> bytes:
    """Four seconds in which something moves."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream(codec, rate=10, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(40):
            image = np.full((180, 320, 3), 90, np.uint8)
            image[60:90, number * 6 : number * 6 + 30] = 220
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    return file.getvalue()


FILES = {"snapshot": jpeg(boxed=False), "annotated": jpeg(boxed=True), "clip": mp4()}


def declare(files: dict[str, bytes], at: datetime) -> tuple[list[Any], list[Any]]:
    """Files by role, as the document declares them and as parts of the request."""
    names = {role: hashlib.sha256(content).hexdigest() for role, content in files.items()}
    evidence = [
        {
            "sha256": names[role],
            "role": role,
            "media_type": "video/mp4" if role == "clip" else "image/jpeg",
            "size": len(content),
            "captured_at": at.isoformat(),
        }
        for role, content in files.items()
    ]
    return evidence, [(role, (names[role], content)) for role, content in files.items()]


# Machines that run tests are busy; what is waited for comes by itself.
expect.set_options(timeout=15_000)


@dataclass
class Api:
    """The API in a thread; it can be stopped, and started again on the same port and data."""

    data: Path
    operator_key: str | None = None
    tiles: Tiles | None = None
    url: str = ""
    _stop: threading.Event | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        settings = Settings(
            self.data, (WORKER_KEY,), operator_key=self.operator_key, tiles=self.tiles
        )
        port = int(self.url.rpartition(":")[2]) if self.url else 0
        ready = threading.Event()
        self._stop = threading.Event()

        def listening(url: str) -> None:
            self.url = url
            ready.set()

        options = {"port": port, "ready": listening, "stop": self._stop}
        self._thread = threading.Thread(target=serve, args=(settings,), kwargs=options)
        self._thread.start()
        assert ready.wait(30)

    def stop(self) -> None:
        if self._stop is not None and self._thread is not None:
            self._stop.set()
            self._thread.join()
        self._stop = self._thread = None

    def post(self, path: str, **request: Any) -> Any:
        headers = {"authorization": f"Bearer {WORKER_KEY}"}
        answer = httpx.post(self.url + path, headers=headers, **request)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def report(
        self,
        *,
        address: str = "明水大街 118 号门前",
        roles: tuple[str, ...] = ("snapshot", "annotated", "clip"),
        clip: bytes = FILES["clip"],
        **change: Any,
    ) -> Any:
        """File a report with evidence of these roles; the case."""
        now = datetime.now(UTC)
        files = FILES | {"clip": clip}
        evidence, parts = declare({role: files[role] for role in roles}, now)
        body = {
            "violation_id": str(uuid4()),
            "kind": "litter",
            "label": "garbage",
            "place": {"camera_id": "cam-017", "camera_name": "明水大街北", "address": address},
            "rule": "litter-kerb",
            "model": "litter@1",
            "first_seen": (now - timedelta(seconds=42)).isoformat(),
            "confirmed_at": now.isoformat(),
            "last_seen": now.isoformat(),
            "clock": "arrival",
            "score": 0.83,
            "looks": 14,
            "hits": 12,
            "box": dict(zip(("x0", "y0", "x1", "y1"), BOX, strict=True)),
            "frame_width": 1280,
            "frame_height": 720,
            "evidence": evidence,
        } | change
        document = ("report", (None, json.dumps(body), "application/json"))
        return self.post("/v1/reports", files=[document, *parts])

    def sighting(self, case: Any, number: int, status: str) -> Any:
        """Follow a report up, with a picture, as workers do."""
        now = datetime.now(UTC) + timedelta(minutes=number)
        evidence, parts = declare({"snapshot": FILES["snapshot"]}, now)
        body = {"number": number, "status": status, "at": now.isoformat(), "evidence": evidence}
        document = ("sighting", (None, json.dumps(body), "application/json"))
        return self.post(f"/v1/reports/{case['violation_id']}/sightings", files=[document, *parts])

    def heartbeat(self, kinds: list[str], cameras: list[dict[str, str]]) -> None:
        now = datetime.now(UTC).isoformat()
        body = {
            "worker": "worker-1",
            "at": now,
            "kinds": kinds,
            "cameras": [{"since": now} | camera for camera in cameras],
            "outbox_waiting": 0,
        }
        self.post("/v1/heartbeats", json=body)


@pytest.fixture
def hevc() -> bytes:
    """A clip as many cameras send it, which this browser cannot play."""
    return mp4("libx265")


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """A fresh API with no cases and no keys for reading."""
    api = Api(tmp_path)
    api.start()
    yield api
    api.stop()


@pytest.fixture
def locked_api(tmp_path: Path) -> Iterator[Api]:
    """A fresh API that asks operators for a key."""
    api = Api(tmp_path, operator_key=OPERATOR_KEY)
    api.start()
    yield api
    api.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a module: while it is open, its thread has an event loop that bars any other."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not there: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Complaints:
    """What the browser wrote to its console, and what the test expects of it."""

    texts: list[str]
    network_expected: bool = False

    def unexpected(self) -> list[str]:
        failed_loads = "Failed to load resource"
        return [t for t in self.texts if not (self.network_expected and failed_loads in t)]


OpenPage = Callable[..., Page]


@pytest.fixture
def complaints() -> Complaints:
    return Complaints([])


@pytest.fixture
def open_page(chromium: Browser, complaints: Complaints) -> Iterator[OpenPage]:
    """Opens pages in one browser profile; no script error or breach of the CSP passes unseen."""
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(10_000)

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.texts.append(message.text)

    def open_page(url: str, *, width: int = 1440, height: int = 900, live: bool = True) -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.texts.append(str(error)))
        page.goto(url)
        if live:
            page.wait_for_selector(".line.live")
        return page

    yield open_page
    context.close()
    assert complaints.unexpected() == []
