"""What processes cost, read from /proc."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all that came of it and lives."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += parents.get(one, [])
    return found


def cpu_s(pid: int) -> float:
    """CPU-seconds of a process and its living and ended children."""
    total = 0
    for one in family(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / _TICK


def memory_bytes(pid: int) -> int:
    """Memory of a process and its children, what they share counted once (PSS)."""
    total = 0
    for one in family(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


@dataclass(frozen=True)
class Window:
    """What a stretch of time cost."""

    seconds: float
    cpu_s: float
    camera_side_cpu_s: float
    memory_begin: int
    memory_end: int


def watch(
    pid: int, cameras_pid: int, seconds: float, wait: Callable[[float], object] = time.sleep
) -> Window:
    """Measures a process over some seconds.

    Args:
        pid: whose.
        cameras_pid: the simulated cameras', to say what is not in the figure.
        seconds: how long.
        wait: waits so long.
    """
    begun, before, others = time.monotonic(), cpu_s(pid), cpu_s(cameras_pid)
    memory = memory_bytes(pid)
    wait(seconds)
    return Window(
        seconds=time.monotonic() - begun,
        cpu_s=cpu_s(pid) - before,
        camera_side_cpu_s=cpu_s(cameras_pid) - others,
        memory_begin=memory,
        memory_end=memory_bytes(pid),
    )
