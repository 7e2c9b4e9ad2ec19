"""five-chief simulate: clips as cameras, over real RTSP."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli.common import JsonFlag, err, log_to_stderr, plain_errors, print_json, stop_on_signals


@contextmanager
def _port_taken(host: str, port: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        err.print(
            f"[red]error:[/] {host}:{port} cannot be listened on ({error.strerror}); "
            "choose another --port, or 0 for any free one"
        )
        raise typer.Exit(2) from None


def simulate(
    clips: Annotated[
        list[Path],
        typer.Argument(help="Clips, H.264 or H.265. Each is served under its name without suffix."),
    ],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8554,
    hold: Annotated[
        bool,
        typer.Option(
            "--hold", help="At the end stay on the last picture, timestamps running, for ever."
        ),
    ] = False,
    once: Annotated[
        bool, typer.Option("--once", help="At the end fall silent, as a camera does that hangs.")
    ] = False,
    user: Annotated[
        str | None,
        typer.Option(
            help="Ask for digest authentication with this user; the password comes from the "
            "environment variable FIVE_CHIEF_CAMERA_PASSWORD."
        ),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Serve clips as RTSP cameras, so that nobody needs a camera to try.

    Each clip loops without broken timestamps, over TCP or UDP as the client asks.

    Example: `five-chief simulate street.mp4 market.mp4 --port 8554`, then watch
    `rtsp://127.0.0.1:8554/street`.
    """
    from streams.simulator import MountError, MountOptions, Simulator

    log_to_stderr()
    if hold and once:
        err.print("[red]error:[/] --hold and --once exclude each other; give one of them")
        raise typer.Exit(2)
    names = [clip.stem for clip in clips]
    if len(set(names)) < len(names):
        err.print("[red]error:[/] two clips have the same name; rename one: names are addresses")
        raise typer.Exit(2)
    credentials = None
    if user is not None:
        password = os.environ.get("FIVE_CHIEF_CAMERA_PASSWORD")
        if not password:
            err.print("[red]error:[/] --user needs the password in FIVE_CHIEF_CAMERA_PASSWORD")
            raise typer.Exit(2)
        credentials = (user, password)
    stop = stop_on_signals()
    mounts = {
        name: MountOptions(path=clip, loop=not (hold or once), hold=hold)
        for name, clip in zip(names, clips, strict=True)
    }
    with (
        plain_errors(MountError),
        _port_taken(host, port),
        Simulator(mounts, host=host, port=port, credentials=credentials) as simulator,
    ):
        urls = {name: simulator.url(name) for name in names}
        if json:
            print_json({"cameras": urls})
        for name, url in urls.items():
            err.print(f"[green]●[/] {name}  {url}")
        err.print("Ctrl-C stops.")
        stop.wait()
