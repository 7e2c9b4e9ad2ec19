"""five-chief memory: what cameras remember of dismissals; shown, forgotten, taken back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.common import JsonFlag, err, out, plain_errors, print_json, shipped

if TYPE_CHECKING:
    from workers.scenery import Remembered


def memory(
    config: Annotated[
        str, typer.Option("--config", "-c", help="The worker's YAML file, or a shipped name.")
    ],
    camera: Annotated[str | None, typer.Option(help="Of this camera alone.")] = None,
    forget: Annotated[
        str | None, typer.Option(help="A dismissal's id: from now on it does not count.")
    ] = None,
    take_back: Annotated[
        str | None, typer.Option(help="The id of one that was forgotten: it counts again.")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Write one picture of all pictures here, in their order.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Show what was dismissed, and is not filed again in its place while it looks the same.

    The worker may be running: it sees a change at its next look. What is forgotten can be taken
    back until it would have expired.

    Example: `five-chief memory --config district.yaml --forget 6f1c…`
    """
    from workers.config import load_config
    from workers.scenery import dismissals
    from yamlfile import YamlFileError

    with plain_errors(YamlFileError, FileNotFoundError, OSError):
        folders = dismissals(load_config(shipped(config)).state)
        if camera is not None:
            if camera not in folders:
                known = ", ".join(folders) or "none"
                raise FileNotFoundError(f"{camera}: no dismissal is remembered of it; of: {known}")
            folders = {camera: folders[camera]}
        for wanted, change in ((forget, "forget"), (take_back, "take_back")):
            if wanted is not None and not any(
                getattr(folder, change)(wanted) for folder in folders.values()
            ):
                state = "counts" if change == "forget" else "was forgotten"
                raise FileNotFoundError(f"{wanted}: no dismissal of this id {state}")
        found = [(name, one) for name, folder in folders.items() for one in folder.all()]
        if sheet is not None:
            _draw([one for _, one in found], sheet)
    if json:
        print_json([_told(name, one) for name, one in found])
        return
    from rich.table import Table

    table = Table("camera", "rule", "label", "dismissed", "until", "counts", "id", "picture")
    for name, one in found:
        thing = one.thing
        table.add_row(
            name, thing.rule, thing.label, f"{thing.at:%Y-%m-%d %H:%M}", f"{thing.until:%Y-%m-%d}",
            "yes" if one.counts else "no", thing.id, str(one.picture),
        )  # fmt: skip
    out.print(table if found else "nothing is remembered")
    if sheet is not None and found:
        err.print(f"pictures in {sheet}")


def _told(camera: str, one: "Remembered") -> dict[str, object]:
    thing = one.thing
    return {
        "camera": camera,
        "id": thing.id,
        "rule": thing.rule,
        "label": thing.label,
        "box": list(thing.box),
        "at": thing.at.isoformat(),
        "until": thing.until.isoformat(),
        "counts": one.counts,
        "picture": str(one.picture),
    }


def _draw(found: "list[Remembered]", sheet: Path) -> None:
    """All pictures on one, eight in a row; those that do not count are dark."""
    import cv2
    import numpy as np

    pictures = [one.thing.picture // (1 if one.counts else 3) for one in found]
    if not pictures:
        return
    side = pictures[0].shape[0]
    rows = -(-len(pictures) // 8)
    canvas = np.full((rows * side, min(len(pictures), 8) * side, 3), 255, np.uint8)
    for number, picture in enumerate(pictures):
        top, left = number // 8 * side, number % 8 * side
        canvas[top : top + side, left : left + side] = picture
    if not cv2.imwrite(str(sheet), canvas):
        raise OSError(f"{sheet}: cannot be written; name a .png or .jpg in a folder that is there")
