"""What a camera costs: CPU-seconds a second of stream, ours beside OpenCV's reader.

    .venv/bin/python bench/camera_cost.py [--clip FILE] [--cameras 4] [--seconds 20]

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

from rich.console import Console
from rich.table import Table

CADENCE_S = 30.0
ROWS = {
    "packets only: no model due": "none",
    f"a keyframe each {CADENCE_S:.0f} s": "cadence",
    "every keyframe": "keyframes",
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


def child(mode: str, cameras: int, seconds: float, url: str) -> None:
    """Reads all cameras, and prints the CPU-seconds that it took, start and imports left out."""
    if mode == "opencv":
        import cv2

        cv2.setNumThreads(1)
    else:
        import streams.live  # noqa: F401 - its import is not what is measured
    stop = threading.Event()
    threads = [threading.Thread(target=read, args=(mode, url, stop)) for _ in range(cameras)]
    before = resource.getrusage(resource.RUSAGE_SELF)
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    after = resource.getrusage(resource.RUSAGE_SELF)
    stop.set()
    for thread in threads:
        thread.join()
    print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    """Runs each row and prints the table."""
    from streams.simulator import MountOptions, Simulator

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    shipped = Path(__file__).parents[1] / "configs" / "demo" / "street.mp4"
    parser.add_argument("--clip", type=Path, default=shipped)
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    table = Table("what is read", "CPU-s a camera-second", "cameras a core")
    with Simulator({"camera": MountOptions(path=given.clip)}) as simulator:
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
