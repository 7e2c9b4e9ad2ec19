"""Threads for what waits for a disk, with less ado than the framework's own."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_MOST = max(4, 2 * (os.cpu_count() or 1))
"""Enough for each core to have work while others wait for the disk; more of them only get in each
other's way at the interpreter's lock."""

_pool = ThreadPoolExecutor(_MOST, "report")


async def in_thread(work: Callable[P, Future[T]], *args: P.args, **_: P.kwargs) -> T:
    """Begin on a thread what would hold up the others, and wait for what it says will come.

    Not cancelled once it has begun. The loop is woken once, when all is done.
    """
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()
    _pool.submit(_begin, done, partial(work, *args))
    return await asyncio.wrap_future(done)


def _begin(done: Future[T], work: Callable[[], Future[T]]) -> None:
    try:
        work().add_done_callback(partial(_pass_on, done))
    except BaseException as error:  # noqa: BLE001 (it is the owner's)
        done.set_exception(error)


def _pass_on(done: Future[T], came: Future[T]) -> None:
    error = came.exception()
    if error is None:
        done.set_result(came.result())
    else:
        done.set_exception(error)
