"""What this process takes of the machine."""

import ctypes
import os
import resource
from pathlib import Path

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
"""Of glibc's malloc.h."""
_LARGE_BLOCK, _POOLS = 2**20, 3


def cpu_s() -> float:
    """CPU-seconds since its start, of all threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def resident_bytes() -> int:
    """Memory that it holds now; where the system does not say, the most that it has held."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")


def descriptors() -> int:
    """Open files and sockets; 0 where the system does not say."""
    try:
        return len(list(Path("/proc/self/fd").iterdir()))
    except OSError:  # not Linux
        return 0


def settle_allocator() -> None:
    """Has glibc give large blocks back when they are freed, and share its pools among threads.

    By itself it learns from the first large block to keep all such in its pools, of which each
    thread has one; a decoded picture leaves a hole of megabytes there, with something small behind.
    Other C libraries have no `mallopt`, and nothing is done.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)
        mallopt(_M_ARENA_MAX, _POOLS)
