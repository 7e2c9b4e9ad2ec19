"""Fixtures: clips, live frames taken within a time, and a camera that can be killed."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamkit import Server, make_clip, make_resizing_clip

from streams.frame import Frame
from streams.live import LiveStream


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("clips")
    return {
        "h264": make_clip(folder / "h264.mp4", "h264"),
        "hevc": make_clip(folder / "hevc.mp4", "hevc"),
        "small": make_clip(folder / "small.mp4", "h264", size=(160, 128)),
        "resizing": make_resizing_clip(folder / "resizing.ts"),
    }


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(clip: Path, port: int = 0) -> Server:
        servers.append(Server(clip, port))
        return servers[-1]

    yield start
    for server in servers:
        server.end()


@pytest.fixture
def take() -> Callable[..., list[Frame]]:
    """Takes so many frames of a live stream, or those that come in time."""

    def taken(stream: LiveStream, count: int, within_s: float = 10.0, **how) -> list[Frame]:
        stop = threading.Event()
        timer = threading.Timer(within_s, stop.set)
        timer.start()
        frames: list[Frame] = []
        for frame in stream.frames(stop, **how):
            frames.append(frame)
            if len(frames) >= count:
                stop.set()
        timer.cancel()
        return frames

    return taken
