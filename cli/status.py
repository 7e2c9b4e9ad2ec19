"""five-chief status: how a worker and its cameras fare."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.common import JsonFlag, err, plain_errors, print_json, shipped

if TYPE_CHECKING:
    from workers.status import CameraStatus, WorkerStatus

_STYLES = {"live": "green", "degraded": "yellow", "connecting": "yellow"}


def status(
    config: Annotated[
        str, typer.Option("--config", "-c", help="The worker's YAML file, or a shipped name.")
    ],
    json: JsonFlag = False,
) -> None:
    """Show each camera's state, since when, why and when it is tried again; queues; what is shed.

    Reads what the worker wrote into its state folder, at most two seconds ago. Exits with 1 where
    the worker does not run, or sheds.

    Example: `five-chief status --config district.yaml`
    """
    from datetime import UTC, datetime

    from workers.config import load_config
    from workers.errors import WorkerError
    from workers.status import is_stale, read_status
    from yamlfile import YamlFileError

    with plain_errors(YamlFileError, FileNotFoundError, WorkerError):
        found = read_status(load_config(shipped(config)).state)
    stale = is_stale(found, datetime.now(UTC))
    if json:
        print_json({"running": not stale, **found.model_dump(mode="json")})
    else:
        _print(found, stale=stale)
    if stale or found.shed_share > 0.01:
        raise typer.Exit(1)


def _print(found: "WorkerStatus", *, stale: bool) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("camera", "state", "since", "why", "next try", "keyframes", "done", "shed"):
        table.add_column(name, justify="right" if name in ("done", "shed") else "left")
    for camera in found.cameras:
        table.add_row(*_row(camera))
    err.print(table)
    total = found.analyses
    err.print(
        f"analyses: {total.done} done, {total.shed} shed ({found.shed_share:.1%} in the last "
        f"minute), {total.missed} missed for want of a picture"
    )
    err.print(
        f"outbox: {found.outbox_waiting} waiting, {found.outbox_rejected} refused; "
        f"age of pictures when judged: {_ages(found)}"
    )
    if found.queues:
        waiting = ", ".join(f"{name} {depth}" for name, depth in found.queues.items())
        err.print(f"waiting beside the outbox: {waiting}")
    if stale:
        err.print(
            f"[red]not running:[/] {found.worker} wrote this at "
            f"{found.at.astimezone():%Y-%m-%d %H:%M:%S}"
        )


def _row(camera: "CameraStatus") -> list[str]:
    style = _STYLES.get(camera.state, "red")
    gop = "" if camera.gop_s is None else f"every {camera.gop_s:.1f} s"
    gop += _between(camera)
    if camera.via == "ffmpeg":
        gop += " (FFmpeg)"
    again = camera.next_try_at
    return [
        camera.camera_id,
        f"[{style}]{camera.state}[/]",
        f"{camera.since.astimezone():%m-%d %H:%M:%S}",
        "; ".join([camera.detail or camera.reason, *_alerts(camera)]).removeprefix("; "),
        "" if again is None else f"{again.astimezone():%H:%M:%S}",
        gop,
        str(sum(one.done for one in camera.analyses.values())),
        str(sum(one.shed for one in camera.analyses.values())),
    ]


def _between(camera: "CameraStatus") -> str:
    """Who looks between keyframes, and at which stream."""
    sub = camera.sub_stream
    on_sub = sub.models if sub is not None else ()
    on_main = tuple(name for name in camera.between_keyframes if name not in on_sub)
    text = ""
    if sub is not None and on_sub:
        text += f", sub-stream {sub.width}x{sub.height} for {_short(on_sub)}"
    if on_main:
        text += f", between them for {_short(on_main)}"
    if sub is not None and not on_sub and sub.state != "live":
        text += f" (sub-stream {sub.state}: {sub.detail or sub.reason or 'no picture yet'})"
    return text


def _alerts(camera: "CameraStatus") -> list[str]:
    """What is wrong with its pictures, in words; a frozen one is the stream's reason already."""
    from detector.health.faults import WORDS, Fault

    said = []
    for one in camera.alerts:
        if one.fault != Fault.FROZEN:
            words = WORDS[Fault(one.fault)][1]
            said.append(f"[yellow]{words}[/] since {one.since.astimezone():%m-%d %H:%M:%S}")
        if one.fault == Fault.MOVED:
            said.append(f"once it is right: five-chief confirm-view {camera.camera_id}")
    return said


def _short(models: tuple[str, ...]) -> str:
    """Models may be named by the path of their folder."""
    return ", ".join(name.rstrip("/").rpartition("/")[2] for name in models)


def _ages(found: "WorkerStatus") -> str:
    return ", ".join(f"{name} {value:.1f} s" for name, value in found.age_s.items()) or "none yet"
