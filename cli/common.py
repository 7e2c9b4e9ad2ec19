"""What every subcommand needs: errors without tracebacks, JSON on stdout, a clean Ctrl-C."""

import json
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

JsonFlag = Annotated[
    bool, typer.Option("--json", help="Print JSON alone on stdout; all else goes to stderr.")
]

out = Console(highlight=False, soft_wrap=True)
"""Tables that a person asked for."""

err = Console(stderr=True, highlight=False, soft_wrap=True)
"""Everything that is said to a person."""


def print_json(value: object) -> None:
    """One JSON document, on a line of its own, on stdout, at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@contextmanager
def plain_errors(*kinds: type[Exception], status: int = 2) -> Iterator[None]:
    """Turns the errors that a user can mend into a message and an exit status."""
    try:
        yield
    except kinds as error:
        err.print(f"[red]error:[/] {_escape(str(error))}")
        raise typer.Exit(status) from None


def stop_on_signals() -> threading.Event:
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C ends at once."""
    stop = threading.Event()

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)
    return stop


def log_to_stderr(*, verbose: bool = False) -> None:
    """Log lines with time and level, on stderr."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)-7s %(message)s",
        datefmt="%H:%M:%S",
        force=True,
    )
    for chatty in ("httpx", "httpcore", "uvicorn.access", "alembic", "libav"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def folder_and_split(text: str) -> tuple[Path, str | None]:
    """`DIR` or `DIR:SPLIT`."""
    folder, _, split = text.partition(":")
    return Path(folder), split or None


def shipped(name: str) -> Path:
    """A path is taken first as a path, then as the name of something shipped in `configs`.

    Raises:
        FileNotFoundError: it is neither.
    """
    from importlib.resources import as_file, files

    given = Path(name)
    if given.exists():
        return given
    with as_file(files("configs") / name) as inside:
        if inside.exists():
            return inside
    raise FileNotFoundError(f"{name}: no such file here, and none of that name is shipped")


def _escape(text: str) -> str:
    return text.replace("[", r"\[")
