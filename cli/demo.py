"""five-chief demo: a simulated camera, a worker and the API, from RTSP to a case on a page."""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.status import Status

from cli.common import JsonFlag, err, plain_errors, print_json, shipped, stop_on_signals
from cli.demo_parts import Demo, DemoFailed


def demo(
    until_case: Annotated[
        bool, typer.Option("--until-case", help="Stop at the first filed case and print it.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds to wait for the first case before giving up.")
    ] = 120,
    keep: Annotated[
        Path | None,
        typer.Option(help="Keep state, evidence and logs in this new or empty folder."),
    ] = None,
    clip: Annotated[
        str, typer.Option(help="The clip that the camera shows; a path or a shipped name.")
    ] = "demo/street.mp4",
    port: Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.")] = 0,
    json: JsonFlag = False,
) -> None:
    """See a case being filed: a simulated camera, a worker, the API and its page, on this machine.

    A rendered street is served over real RTSP; a YOLO model finds rubbish at its kerb; after a
    dwell of 10 s (a district uses minutes) a case is filed with a picture and a clip. It starts
    from an empty state each time, on free ports.

    Example: `five-chief demo --until-case` exits with 0 at the first case, with 1 after --timeout.
    """
    stop = stop_on_signals()
    started = time.monotonic()
    case = None
    with ExitStack() as stack:
        with plain_errors(FileNotFoundError, DemoFailed):
            folder = _folder(keep, stack)
            street = shipped(clip)
        err.print(f"state and logs: {folder}" + ("" if keep else " (deleted at the end)"))
        parts = stack.enter_context(Demo(folder, street, port))
        waiting = stack.enter_context(Status("starting", console=err))
        with plain_errors(DemoFailed, status=1):
            parts.start(waiting.update)
            err.print(f"[green]page:[/] [bold]{parts.page_url}[/]")
            err.print("[dim]dwell is 10 s here; a district uses minutes. Ctrl-C stops.[/]")
            deadline = started + timeout
            while not stop.is_set():
                waiting.update(parts.progress())
                for filed in parts.new_cases():
                    if case is None:
                        err.print(f"[green]first case after {time.monotonic() - started:.0f} s[/]")
                    case = case or filed
                    if not until_case:
                        err.print("  " + parts.one_line(filed), markup=False)
                if case is not None and until_case:
                    break
                if case is None and time.monotonic() > deadline:
                    raise DemoFailed(f"no case within {timeout:.0f} s. {parts.why_not()}")
                stop.wait(0.5)
            waiting.update("stopping")
    if case is not None and json:
        print_json(case)
    elif case is not None and until_case:
        typer.echo(parts.one_line(case))
    if until_case and case is None:
        raise typer.Exit(1)


def _folder(keep: Path | None, stack: ExitStack) -> Path:
    if keep is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="five-chief-demo-")))
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise DemoFailed(f"{keep} is not empty; the demo starts from nothing: give a new folder")
    keep.mkdir(parents=True, exist_ok=True)
    return keep.absolute()
