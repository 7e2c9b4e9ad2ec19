"""five-chief discover, channels: where a worker's cameras come from."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.common import JsonFlag, err, plain_errors, print_json

if TYPE_CHECKING:
    from workers.onvif import Device, Profile


def discover(
    seconds: Annotated[float, typer.Option(min=0.2, help="How long to wait for answers.")] = 3.0,
    user: Annotated[
        str | None,
        typer.Option(
            help="Ask each camera for its RTSP addresses as this user; the password comes from "
            "the environment variable FIVE_CHIEF_CAMERA_PASSWORD."
        ),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Find the ONVIF cameras on this machine's networks, by WS-Discovery.

    Of a camera's streams, `url` marks the one to watch it by and `sub_url` the smaller one for
    between its keyframes, as a worker's configuration calls them.

    Example: `FIVE_CHIEF_CAMERA_PASSWORD=… five-chief discover --user viewer`
    """
    from workers.onvif import discover as search
    from workers.onvif import main_and_sub

    password = os.environ.get("FIVE_CHIEF_CAMERA_PASSWORD", "")
    with plain_errors(OSError):
        devices = search(seconds)
    rows = [(device, *_profiles(device, user, password)) for device in devices]
    if json:
        print_json({"cameras": [_as_json(*row) for row in rows]})
        return
    for device, found, problem in rows:
        err.print(f"[bold]{device.host}[/]  {device.name} {device.hardware}  {device.service}")
        chosen = main_and_sub(found)
        for one in found:
            key = {id(chosen[0]): "url", id(chosen[1]): "sub_url"}.get(id(one), "")
            size = f"{one.codec} {one.width}x{one.height}"
            err.print(f"  {key:8}{one.name}  {size}  {one.url}", markup=False)
        if problem:
            err.print(f"  {problem}", style="yellow", markup=False)
    if not rows:
        err.print("no camera answered; discovery reaches the same network segment only")


def channels(
    listed: Annotated[
        Path, typer.Argument(help="A CSV, or the JSON of a GB/T 28181 platform (WVP, ZLMediaKit).")
    ],
    config: Annotated[
        Path, typer.Option("--config", "-c", help="The worker's YAML that they are added to.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The YAML file to write; may be the same.")],
    crs: Annotated[
        str | None,
        typer.Option(help="Of its longitudes and latitudes: wgs84, cgcs2000, gcj02 or bd09."),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            help="Makes addresses where the list has none, such as "
            "'rtsp://zlm:554/rtp/{deviceId}_{channelId}'."
        ),
    ] = None,
) -> None:
    """Add the cameras of a list to a worker's configuration; those with the same id are replaced.

    A list is taken whole or not at all. Check the result with `five-chief check`.

    Example: `five-chief channels wvp.json --crs gcj02 --config base.yaml --out district.yaml`
    """
    from api.schema import Crs
    from workers.channels import ListInvalid, read_channels, with_cameras

    with plain_errors(ListInvalid, FileNotFoundError, OSError):
        known = [one.value for one in Crs]
        if crs is not None and crs not in known:
            raise ListInvalid(f"--crs {crs}: use one of {', '.join(known)}")
        cameras = read_channels(listed, None if crs is None else Crs(crs), url)
        text = with_cameras(config.read_text("utf-8"), cameras)
        part = out.with_name(out.name + ".part")
        part.write_text(text, "utf-8")
        part.replace(out)
    err.print(f"[green]ok[/]: {len(cameras)} cameras in {out}")


def _profiles(device: "Device", user: str | None, password: str) -> tuple[list["Profile"], str]:
    from workers.onvif import OnvifError, profiles

    if user is None:
        return [], ""
    try:
        return profiles(device, user, password), ""
    except OnvifError as error:
        return [], str(error)


def _as_json(device: "Device", found: list["Profile"], problem: str) -> dict[str, object]:
    from workers.onvif import main_and_sub

    main, sub = main_and_sub(found)
    return {
        "host": device.host,
        "service": device.service,
        "uuid": device.uuid,
        "name": device.name,
        "hardware": device.hardware,
        "location": device.location,
        "streams": [
            {"name": p.name, "codec": p.codec, "width": p.width, "height": p.height, "url": p.url}
            for p in found
        ],
        "url": main.url if main is not None else None,
        "sub_url": sub.url if sub is not None else None,
        "problem": problem,
    }
