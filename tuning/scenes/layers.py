"""Photographs a scenario's layers: the plate, what appears on it, depths and all who move."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from math import atan, degrees
from pathlib import Path
from typing import Any

import numpy as np

from tuning.scenes.assets import Library
from tuning.scenes.camera import Camera
from tuning.scenes.mesh import Paint, rect, wall
from tuning.scenes.scenario import Prop, Scenario
from tuning.scenes.stage import Crop, Stage
from tuning.scenes.street import FOOTWAY
from tuning.scenes.walking import PHASES, Mover, stations, stride

Say = Callable[[str], None]
MARGIN = 240
"""Pixels around the picture that movers are photographed in, so that none is cut at its edge."""
_SHADOW_ROOM = 26


def render_layers(scene: Scenario, folder: Path, *, samples: int, threads: int, say: Say) -> None:
    """Renders every layer that is not in the folder yet.

    Args:
        scene: what to render.
        folder: where pictures, depths and `movers.json` go.
        samples: light paths a pixel for still layers; movers take half.
        threads: of the renderer.
        say: told each step.

    Raises:
        AssetError: the package of models is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "still.json").exists():
        _render_still(scene, folder, samples, threads, say)
    if not (folder / "movers.json").exists():
        _render_movers(scene, folder, max(6, samples // 2), threads, say)


def _render_still(scene: Scenario, folder: Path, samples: int, threads: int, say: Say) -> None:
    stage, library = Stage(scene.camera, threads=threads), Library()
    stage.add(scene.still)
    cover = stage.add(scene.cover)
    for sign in scene.signs:
        stage.sign(sign.text, sign.at, sign.height, sign.paint)
    for prop in scene.props:
        _stand(stage, library, prop)
    started = time.monotonic()
    stage.photograph(folder / "plate.png", samples=samples)
    stage.photograph_depth(folder / "depth.png")
    say(f"plate: {time.monotonic() - started:.0f} s")
    crops: list[Crop] = []
    for number, event in enumerate(scene.events):
        things = stage.add(event.parts)
        things += [_stand(stage, library, prop) for prop in event.props]
        if event.takes_cover:
            stage.show(cover, False)
        crop = _roomy(scene.camera, _extent(event.outline, event.props, library))
        stage.photograph(folder / f"event{number}.png", samples=samples, crop=crop)
        stage.photograph_depth(folder / f"depth{number}.png")
        stage.show(things, False)
        crops.append(crop)
        say(f"{event.kind}: {time.monotonic() - started:.0f} s")
    (folder / "still.json").write_text(json.dumps({"crops": crops}))


def _extent(outline: Any, props: tuple[Prop, ...], library: Library) -> Any:
    """The outline and boxes around the props that appear with it."""
    whole = [outline]
    for prop in props:
        size = library.size(prop.model)
        near = rect(-size[0], -size[0], size[0], size[0], 0, Paint("plain", (0, 0, 0))).vertices
        at = near * 0.5 + np.array([*prop.at, FOOTWAY])
        whole += [at, at + np.array([0, 0, size[2]])]
    return np.concatenate(whole)


def _roomy(camera: Camera, outline: Any) -> Crop:
    x0, y0, x1, y1 = camera.box(outline)
    width, height = camera.size
    room = _SHADOW_ROOM + (x1 - x0) // 6
    return (max(0, x0 - room), max(0, y0 - room), min(width, x1 + room), min(height, y1 + room))


def _stand(stage: Stage, library: Library, prop: Prop) -> Any:
    return stage.place(library.mesh(prop.model), (*prop.at, FOOTWAY), prop.angle, prop.scale)


def _render_movers(scene: Scenario, folder: Path, samples: int, threads: int, say: Say) -> None:
    stage, library = Stage(scene.camera, threads=threads), Library()
    floor = Paint("plain", (0.15, 0.15, 0.15), 0.9)
    stage.hide_from_camera(
        stage.add(
            [
                rect(-60, -30, 60, 0, 0, floor),
                wall(-60, 60, 0, FOOTWAY, 0, floor),
                rect(-60, 0, 60, 12, FOOTWAY, floor),
            ]
        )
    )
    index: list[dict[str, Any]] = []
    for look, mover in enumerate({m.look: m for m in scene.movers}.values()):
        started = time.monotonic()
        # Vehicles are large and blurred by their speed: half the pixels serve.
        scale = 1.0 if mover.walks else 0.5
        wide = _with_margin(scene.camera, MARGIN, scale)
        stage.look_through(wide)
        for thing, entry, name in _poses(scene, stage, library, mover, look):
            crop = _mover_crop(wide, mover, entry["x"])
            if crop is not None:
                stage.photograph(folder / name, samples=samples, crop=crop, transparent=True)
                left, top = (crop[i] / scale - MARGIN for i in (0, 1))
                index.append(entry | {"file": name, "left": left, "top": top, "scale": scale})
            stage.remove(thing)
        say(f"{mover.model}: {time.monotonic() - started:.0f} s")
    (folder / "movers.json").write_text(json.dumps(index))


def _poses(
    scene: Scenario, stage: Stage, library: Library, mover: Mover, look: int
) -> Iterator[tuple[Any, dict[str, Any], str]]:
    """Each station and phase of a mover, on the stage: its object, index entry and file name."""
    low, high = _visible(scene.camera, mover)
    mesh = library.mesh(mover.model)
    for phase in range(PHASES if mover.walks else 1):
        shape = mesh
        if mover.walks:
            shape = stage.reshaped(mesh, partial(stride, phase=phase / PHASES))
        for number, x in enumerate(stations(mover, low, high)):
            thing = stage.place(shape, (x, mover.lane, mover.ground), mover.heading)
            entry = {"look": list(mover.look), "x": x, "phase": phase}
            yield thing, entry, f"mover{look}-{phase}-{number}.png"


def _visible(camera: Camera, mover: Mover) -> tuple[float, float]:
    """The stretch of a mover's lane that the picture shows, metres of x."""
    along = np.arange(-40, 40, 0.25)
    at = np.column_stack(
        [along, np.full_like(along, mover.lane), np.full_like(along, mover.ground)]
    )
    shown = along[camera.depth(at) > 1]
    pixels = camera.project(at[camera.depth(at) > 1])
    inside = (pixels[:, 0] > -60) & (pixels[:, 0] < camera.size[0] + 60)
    return float(shown[inside].min()), float(shown[inside].max())


def _mover_crop(camera: Camera, mover: Mover, x: float) -> Crop | None:
    reach, wide = mover.length / 2 + 0.1, (0.5 if mover.walks else 1.55)
    corners = [
        (x + a * reach, mover.lane + b * wide, mover.ground + c * mover.height)
        for a in (-1, 1)
        for b in (-1, 1)
        for c in (0, 1.03)
    ]
    if np.any(camera.depth(corners) < 0.5):
        return None
    try:
        return camera.box(corners)
    except ValueError:
        return None


def _with_margin(camera: Camera, margin: int, scale: float) -> Camera:
    """The camera with `margin` more pixels on every side, then its picture scaled."""
    wide = (camera.size[0] + 2 * margin, camera.size[1] + 2 * margin)
    size = (round(wide[0] * scale), round(wide[1] * scale))
    return replace(camera, size=size, view=degrees(2 * atan(wide[0] / 2 / camera.focal)))
