"""A real server for each test, and real pictures and clips to send to it."""

import hashlib
import io
import json
import os
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
import cv2
import httpx
import numpy as np
import pytest

from api.server import serve
from api.settings import Settings
from tests.api.postgres_server import new_database, postgres_server

WORKER_KEY = "worker-key-for-tests"
OPERATOR_KEY = "operator-key-for-tests"

Files = dict[str, bytes]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def picture(seed: int = 0, extension: str = ".jpg", size: tuple[int, int] = (64, 48)) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    return cv2.imencode(extension, noise)[1].tobytes()


def clip(*, video: bool = True) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        if video:
            stream = container.add_stream("libx264", rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            frames = [
                av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 * i, np.uint8), "bgr24")
                for i in range(10)
            ]
        else:
            stream = container.add_stream("aac", rate=8000, layout="mono")
            silence = np.zeros((1, 1024), np.float32)
            frames = [av.AudioFrame.from_ndarray(silence, "fltp", "mono")]
            frames[0].sample_rate = 8000
        for frame in [*frames, None]:
            container.mux(stream.encode(frame))
    return out.getvalue()


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    return picture()


@pytest.fixture(scope="session")
def mp4() -> bytes:
    return clip()


def evidence_of(
    data: bytes, role: str = "snapshot", media_type: str = "image/jpeg"
) -> dict[str, Any]:
    return {
        "sha256": sha256(data),
        "role": role,
        "media_type": media_type,
        "size": len(data),
        "captured_at": "2025-11-25T08:00:20+08:00",
    }


# Hypothesis winds Python's own generator back to where it was.
_chance = random.SystemRandom()


def report_of(*evidence: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A report of a place of its own, so that it is not merged with any other."""
    return {
        "violation_id": str(uuid4()),
        "kind": "litter",
        "label": "garbage_bag",
        "place": {
            "camera_id": "gate-3",
            "camera_name": "三号门",
            "address": "经十路 3 号",
            "longitude": _chance.uniform(100, 116),
            "latitude": _chance.uniform(25, 45),
            "crs": "wgs84",
        },
        "rule": "kerb-litter",
        "model": "litter@1",
        "first_seen": "2025-11-25T08:00:00+08:00",
        "confirmed_at": "2025-11-25T08:00:20+08:00",
        "last_seen": "2025-11-25T08:00:20+08:00",
        "clock": "arrival",
        "score": 0.71,
        "looks": 5,
        "hits": 4,
        "box": {"x0": 10.0, "y0": 8.5, "x1": 40.0, "y1": 30.0},
        "frame_width": 64,
        "frame_height": 48,
        "evidence": list(evidence),
    } | changes


def sighting_of(number: int, status: str = "still_there", **changes: Any) -> dict[str, Any]:
    return {"number": number, "status": status, "at": "2025-11-25T09:00:00+08:00"} | changes


class Api(httpx.Client):
    """Talks to a server as a worker, or as whom `headers` say; knows how evidence is sent."""

    def __init__(self, url: str, settings: Settings, key: str | None = WORKER_KEY) -> None:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        super().__init__(base_url=url, headers=headers, trust_env=False, timeout=20)
        self.url = url
        self.settings = settings

    def submit(
        self, report: Mapping[str, Any] | str, *files: bytes, path: str = "/v1/reports"
    ) -> httpx.Response:
        name = "sighting" if path.endswith("sightings") else "report"
        text = report if isinstance(report, str) else json.dumps(report)
        parts: list[Any] = [(name, (None, text, "application/json"))]
        parts += [("files", (sha256(data), data)) for data in files]
        return self.post(path, files=parts)

    def file(self, data: bytes, **changes: Any) -> dict[str, Any]:
        answer = self.submit(report_of(evidence_of(data), **changes), data)
        assert answer.status_code == 201, answer.text
        case: dict[str, Any] = answer.json()
        return case

    def cases(self) -> list[dict[str, Any]]:
        """All cases in full, newest first, as far as one page goes."""
        briefs = self.get("/v1/cases").json()["items"]
        return [self.get(f"/v1/cases/{brief['id']}").json() for brief in briefs]

    def kept_files(self) -> list[Path]:
        return [path for path in self.settings.evidence.rglob("*") if path.is_file()]


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """A server in a thread of its own; gives its address."""
    address: list[str] = []
    ready, stop = threading.Event(), threading.Event()

    def note(url: str) -> None:
        address.append(url)
        ready.set()

    thread = threading.Thread(
        target=serve, args=(settings,), kwargs={"port": 0, "ready": note, "stop": stop}
    )
    thread.start()
    try:
        assert ready.wait(20), "the server does not come up"
        yield address[0]
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive(), "the server does not stop"


ON_POSTGRES = os.environ.get("FIVE_CHIEF_TEST_ON") == "postgresql"
"""The whole suite on PostgreSQL: FIVE_CHIEF_TEST_ON=postgresql pytest tests/api"""
OF_SQLITE = {
    "test_backup.py",
    "test_durable.py",
    "test_evidence_chain.py",
    "test_groups.py",
    "test_merge_migration.py",
    "test_migrations.py",
    "test_postgres.py",
    "test_tables.py",
}
"""About SQLite's own ways, or look into its file."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if ON_POSTGRES:
        skip = pytest.mark.skip(reason="is about SQLite")
        for item in items:
            if item.path.name in OF_SQLITE or "sqlite" in item.name or "away" in item.name:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def new_store() -> Iterator[Callable[[], str | None]]:
    """Gives the address of a new store: None for a SQLite file."""
    if not ON_POSTGRES:
        yield lambda: None
        return
    with postgres_server() as server:
        yield lambda: new_database(server)


@pytest.fixture
def settings(tmp_path: Path, new_store: Callable[[], str | None]) -> Settings:
    return Settings(tmp_path / "data", (WORKER_KEY,), database_url=new_store())


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running(settings) as url, Api(url, settings) as client:
        yield client


@pytest.fixture(scope="session")
def shared(
    tmp_path_factory: pytest.TempPathFactory, new_store: Callable[[], str | None]
) -> Iterator[Api]:
    """One server for all tests that do not mind what others left in it."""
    folder = tmp_path_factory.mktemp("shared")
    settings = Settings(folder, (WORKER_KEY,), database_url=new_store())
    with running(settings) as url, Api(url, settings) as client:
        yield client


@pytest.fixture
def guarded(
    tmp_path: Path, new_store: Callable[[], str | None]
) -> Iterator[Callable[[str | None], Api]]:
    """Clients, by key, of a server that asks operators for theirs."""
    settings = Settings(tmp_path / "data", (WORKER_KEY,), OPERATOR_KEY, database_url=new_store())
    clients: list[Api] = []
    with running(settings) as url:

        def client(key: str | None) -> Api:
            clients.append(Api(url, settings, key))
            return clients[-1]

        yield client
        for each in clients:
            each.close()
