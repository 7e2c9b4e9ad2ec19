"""Threads for what waits for a disk, with less ado than the framework's own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_MOST = 40
"""As many as the framework has."""

_pool = ThreadPoolExecutor(_MOST, "report")


async def in_thread(work: Callable[P, T], *args: P.args, **_: P.kwargs) -> T:
    """Do on a thread what would hold up the others; not cancelled once it has begun."""
    return await asyncio.get_running_loop().run_in_executor(_pool, work, *args)
