"""What a camera costs: CPU-seconds a second of stream, ours beside OpenCV's reader.

    .venv/bin/python bench/camera_cost.py [--clip FILE] [--cameras 20] [--seconds 20]

Each row reads the same simulated cameras in a process of its own; its CPU time is what the system
charged to that process. OpenCV's VideoCapture stands for the common way: every frame is decoded.
"""

import argparse
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

CADENCE_S = 30.0
SETTLE_S = 4.0
ROWS = {
    "our RTSP client, all cameras on one thread, no model due": "rtsp",
    "FFmpeg's demuxer, a thread a camera, no model due": "none",
    f"FFmpeg's demuxer, a keyframe each {CADENCE_S:.0f} s": "cadence",
    "FFmpeg's demuxer, every keyframe": "keyframes",
    "OpenCV VideoCapture, every frame": "opencv",
}


def wanted(mode: str) -> Callable[[datetime], bool]:
    """Whether a model is due, in the given mode."""
    last: list[datetime] = []

    def due(at: datetime) -> bool:
        if mode == "keyframes":
            return True
        if mode == "none" or (last and (at - last[0]).total_seconds() < CADENCE_S):
            return False
        last[:] = [at]
        return True

    return due


def read(mode: str, url: str, stop: threading.Event) -> None:
    """Reads one camera until told to stop."""
    if mode == "opencv":
        import cv2

        capture = cv2.VideoCapture(url)
        while not stop.is_set() and capture.read()[0]:
            pass
        capture.release()
        return
    from streams.live import LiveStream
    from streams.options import StreamOptions
    from streams.ring import PacketRing

    stream = LiveStream("bench", url, StreamOptions(), PacketRing(60, 32 * 2**20))
    for _ in stream.frames(stop, wanted(mode)):
        pass


def read_all(urls: list[str], stop: threading.Event) -> None:
    """Reads all cameras with our own client."""
    from streams.ring import PacketRing
    from streams.rtsp import CameraStream, Hub

    Hub(
        CameraStream("bench", url, lambda _stream, _group: None, ring=PacketRing(60, 32 * 2**20))
        for url in urls
    ).run(stop)


def child(mode: str, cameras: int, seconds: float, url: str) -> None:
    """Reads all cameras, and prints the CPU-seconds that it took; imports and connects left out."""
    if mode == "opencv":
        import cv2

        cv2.setNumThreads(1)
    stop = threading.Event()
    urls = [f"{url}/{index}" for index in range(cameras)]
    threads = [threading.Thread(target=read, args=(mode, one, stop)) for one in urls]
    if mode == "rtsp":
        threads = [threading.Thread(target=read_all, args=(urls, stop))]
    for thread in threads:
        thread.start()
    time.sleep(SETTLE_S)
    before = resource.getrusage(resource.RUSAGE_SELF)
    time.sleep(seconds)
    after = resource.getrusage(resource.RUSAGE_SELF)
    stop.set()
    for thread in threads:
        thread.join()
    print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    """Runs each row and prints the table."""
    from bench.clips import clip
    from streams.simulator import MountOptions, Simulator

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--clip", type=Path, help="default: 1080p25, 3 Mbit/s, H.264, GOP 50")
    parser.add_argument("--cameras", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    shown = given.clip or clip("h264", 50)
    table = Table("what is read", "CPU-s a camera-second", "cameras a core")
    mounts = {
        f"camera/{index}": MountOptions(path=shown, start_s=index * 0.617 % 10)
        for index in range(given.cameras)
    }
    with Simulator(mounts) as simulator:
        for name, mode in ROWS.items():
            arguments = [mode, str(given.cameras), str(given.seconds), simulator.url("camera")]
            done = subprocess.run(
                [sys.executable, __file__, "--child", *arguments],
                check=True,
                capture_output=True,
                text=True,
            )
            cost = float(done.stdout) / given.cameras / given.seconds
            table.add_row(name, f"{cost:.4f}", f"{1 / cost:.0f}")
    Console().print(table)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        mode, cameras, seconds, url = sys.argv[2:]
        child(mode, int(cameras), float(seconds), url)
    else:
        main()
