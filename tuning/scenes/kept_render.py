"""Photographs the kept streets: the empty street, each thing in it, each passer. Needs `bpy`."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tuning.scenes.assets import Library
from tuning.scenes.innocents import Placed
from tuning.scenes.kept_streets import KeptStreet, Thing, ground
from tuning.scenes.mesh import Array, Paint, rect, wall
from tuning.scenes.stage import Crop, Stage
from tuning.scenes.street import FOOTWAY
from tuning.scenes.walking import stride

_ROOM = 40
"""Pixels around a thing that are photographed with it, for its shadow."""


def photograph(street: KeptStreet, folder: Path, *, samples: int, threads: int) -> None:
    """Writes what `kept` composes: `bare.png`, a crop a thing, a clear picture a passer.

    `layers.json` says where each lies and, of a thing, its box and kind.

    Raises:
        AssetError: the package of models is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    index = {
        "things": _still(street, folder, samples, threads),
        "passers": _movers(street, folder, samples, threads),
    }
    (folder / "layers.json").write_text(json.dumps(index, indent=1), "utf-8")


def _still(
    street: KeptStreet, folder: Path, samples: int, threads: int
) -> dict[str, dict[str, Any]]:
    stage, library = Stage(street.camera, threads=threads), Library()
    stage.relight(street.light)
    stage.add(street.still)
    cover = stage.add(street.cover)
    for sign in street.signs:
        stage.sign(sign.text, sign.at, sign.height, sign.paint)
    for model in street.models:
        _stand(stage, library, model)
    stage.photograph(folder / "bare.png", samples=samples)
    found = {}
    for name, thing in street.things.items():
        shown = stage.add(thing.parts)
        shown += [_stand(stage, library, model) for model in thing.models]
        stage.show(cover, thing.hole is None)
        crop = _crop(street, _extent(thing, library))
        stage.photograph(folder / f"{name}.png", samples=samples, crop=crop)
        stage.show(shown, False)
        box = street.camera.box(thing.outline)
        found[name] = {"kind": thing.kind, "box": box, "left": crop[0], "top": crop[1]}
    return found


def _movers(street: KeptStreet, folder: Path, samples: int, threads: int) -> list[dict[str, Any]]:
    stage, library = Stage(street.camera, threads=threads), Library()
    stage.relight(street.light)
    floor = Paint("plain", (0.15, 0.15, 0.15), 0.9)
    stage.catch_shadows(
        stage.add(
            [
                rect(-60, -30, 60, 0, 0, floor),
                wall(-60, 60, 0, FOOTWAY, 0, floor),
                rect(-60, 0, 60, 12, FOOTWAY, floor),
            ]
        )
    )
    found = []
    for number, passer in enumerate((*street.passers, street.halts)):
        mesh = library.mesh(passer.model)
        if passer.phase is not None:
            mesh = stage.reshaped(mesh, partial(stride, phase=passer.phase))
        at = (*passer.at, ground(passer.at[1]))
        thing = stage.place(mesh, at, passer.heading)
        crop = _crop(street, _around(at, library.size(passer.model), turned=True))
        name = f"passer{number}.png"
        stage.photograph(folder / name, samples=samples, crop=crop, transparent=True)
        stage.remove(thing)
        foot = float(street.camera.project([at])[0, 1])
        found.append({"file": name, "left": crop[0], "top": crop[1], "foot": foot})
    return found


def _stand(stage: Stage, library: Library, model: Placed) -> Any:
    at = (*model.at, ground(model.at[1]))
    return stage.place(library.mesh(model.key), at, model.angle)


def _extent(thing: Thing, library: Library) -> Array:
    """The thing, and boxes around who is with it."""
    with_it = [
        _around((*model.at, ground(model.at[1])), library.size(model.key)) for model in thing.models
    ]
    return np.concatenate([thing.outline, *(part.vertices for part in thing.parts), *with_it])


def _around(at: Sequence[float], size: Sequence[float], *, turned: bool = False) -> Array:
    """Corners of a box as large as a model; `turned`: it looks along the street."""
    if turned:
        reach, side = size[1] / 2, size[0] / 2
    else:
        reach = side = max(size[0], size[1]) / 2  # it may be turned by anything
    return np.array(
        [
            (at[0] + a * reach, at[1] + b * side, at[2] + c * size[2])
            for a in (-1, 1)
            for b in (-1, 1)
            for c in (0, 1.03)
        ]
    )


def _crop(street: KeptStreet, extent: Array) -> Crop:
    near = extent[street.camera.depth(extent) > 0.5]
    x0, y0, x1, y1 = street.camera.box(near)
    width, height = street.camera.size
    return max(0, x0 - _ROOM), max(0, y0 - _ROOM), min(width, x1 + _ROOM), min(height, y1 + _ROOM)
