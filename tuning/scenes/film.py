"""Composes a scenario's layers into frames. Needs no Blender, only the layers it made."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np

from tuning.scenes.compose import (
    DEPTH_SCALE,
    Cutout,
    Floats,
    Image,
    Sensor,
    anchors,
    carry,
    feathered,
    foot_to_head,
    overlay,
    premultiplied,
    shade,
    stamp,
)
from tuning.scenes.scenario import FPS, Scenario
from tuning.scenes.walking import Mover
from tuning.truth import TrueEvent, Truth

_CLOCK_START = datetime(2026, 11, 20, 14, 5, 0, tzinfo=UTC)
_FADE_S = 0.3
Say = Callable[[str], None]
Look = tuple[str, float, bool]


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """What `layers.render_layers` left in a folder, ready to compose.

    Attributes:
        plates: the still street before any event and after each, BGR, 0 to 1.
        depths: metres along the view for each plate, shape (h, w).
        cutouts: of each look and phase, (x, cut-out) in order of x.
    """

    plates: list[Floats]
    depths: list[Floats]
    cutouts: dict[tuple[Look, int], list[tuple[float, Cutout]]]


def load_layers(scene: Scenario, folder: Path) -> Layers:
    """Reads a folder of layers.

    Raises:
        FileNotFoundError: a layer is missing; says which.
    """
    plates = [_picture(folder / "plate.png")]
    depths = [_depth(folder / "depth.png")]
    crops = json.loads((folder / "still.json").read_text())["crops"]
    for number in range(len(scene.events)):
        patch = _picture(folder / f"event{number}.png")
        left, top, *_ = crops[number]
        plates.append(feathered(plates[-1], patch, left, top))
        # Depths were each taken with one event's things alone: the nearest surface counts.
        depths.append(np.minimum(depths[-1], _depth(folder / f"depth{number}.png")))
    cutouts: dict[tuple[Look, int], list[tuple[float, Cutout]]] = {}
    for entry in json.loads((folder / "movers.json").read_text()):
        model, lane, forth = entry["look"]
        image = premultiplied(_read(folder / entry["file"], cv2.IMREAD_UNCHANGED))
        cut = Cutout(image, entry["left"], entry["top"], entry["scale"])
        key = ((str(model), float(lane), bool(forth)), int(entry["phase"]))
        cutouts.setdefault(key, []).append((float(entry["x"]), cut))
    return Layers(plates, depths, cutouts)


def frames(scene: Scenario, layers: Layers, say: Say) -> Iterator[Image]:
    """All frames of a clip, uint8 BGR."""
    sensor = Sensor(scene.camera.size, scene.seed)
    height = scene.camera.size[1]
    for number in range(scene.seconds * FPS):
        t = number / FPS
        state = sum(event.from_s <= t for event in scene.events)
        frame = _still(scene, layers, state, t)
        far_first = sorted(
            scene.movers,
            key=lambda m: -float(scene.camera.depth([(0.0, m.lane, m.ground)])[0]),
        )
        for mover in far_first:
            _draw(scene, layers, frame, layers.depths[state], mover, t)
        image = sensor.expose(frame)
        clock = _CLOCK_START + timedelta(seconds=t)
        stamp(
            image,
            [
                (f"{clock:%Y-%m-%d %H:%M:%S}", (20, 36)),
                (f"CAM {scene.seed:02d}", (1150, height - 20)),
            ],
        )
        if number % (10 * FPS) == 0:
            say(f"composed {t:.0f} of {scene.seconds} s")
        yield image


def truth_of(scene: Scenario) -> Truth:
    """The truth of a scenario, its boxes projected from the scene's own geometry."""
    return Truth(
        events=tuple(
            TrueEvent(
                what=event.kind,
                box=scene.camera.box(event.outline),
                begin=event.from_s,
                end=float(scene.seconds),
                note=event.label,
            )
            for event in scene.events
        ),
        made={
            "size": list(scene.camera.size),
            "fps": FPS,
            "seconds": scene.seconds,
            "seed": scene.seed,
        },
    )


def _still(scene: Scenario, layers: Layers, state: int, t: float) -> Floats:
    """The street without movers; what is new fades in, where passing traffic does not hide it."""
    frame = layers.plates[state].copy()
    if state:
        share = (t - scene.events[state - 1].from_s) / _FADE_S
        if share < 1:
            cv2.addWeighted(frame, share, layers.plates[state - 1], 1 - share, 0, dst=frame)
    return frame


def _draw(
    scene: Scenario, layers: Layers, frame: Floats, depth: Floats, mover: Mover, t: float
) -> None:
    x = mover.x(t)
    shots = layers.cutouts.get((mover.look, mover.phase(t)), [])
    if not shots:
        return
    at, cutout = min(shots, key=lambda shot: abs(shot[0] - x))
    if abs(at - x) > 3.0:
        return
    pins = (mover.lane, mover.ground, mover.height)
    target = anchors(scene.camera, x, *pins)
    behind = None
    if mover.walks:
        ends = [(x, mover.lane, mover.ground), (x, mover.lane, mover.ground + mover.height)]
        rows = np.arange(frame.shape[0], dtype=np.float64)
        behind = (depth, foot_to_head(target[[0, 2]], scene.camera.depth(ends), rows))
    _shade_under(scene, frame, mover, x)
    overlay(frame, cutout, carry(anchors(scene.camera, at, *pins), target), behind)


def _shade_under(scene: Scenario, frame: Floats, mover: Mover, x: float) -> None:
    """A soft shadow where it touches the ground, larger and softer under vehicles."""
    reach, wide = (0.28, 0.22) if mover.walks else (mover.length * 0.49, mover.width * 0.5)
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    # Between an ellipse, which suits feet, and a rectangle, which suits vehicles.
    round_off = 1.0 if mover.walks else 0.35
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    ring = np.sign(ring) * np.abs(ring) ** round_off
    ground = np.column_stack(
        [x + ring[:, 0] * reach, mover.lane + ring[:, 1] * wide, np.full(len(turn), mover.ground)]
    )
    pixels = scene.camera.project(ground)
    shade(frame, pixels, 0.45 if mover.walks else 0.75, 5.0 if mover.walks else 9.0)


def _picture(path: Path) -> Floats:
    out: Floats = _read(path, cv2.IMREAD_COLOR).astype(np.float32) / np.float32(255)
    return out


def _depth(path: Path) -> Floats:
    grey = _read(path, cv2.IMREAD_ANYDEPTH | cv2.IMREAD_GRAYSCALE)
    out: Floats = grey.astype(np.float32) / np.float32(DEPTH_SCALE)
    return out


def _read(path: Path, how: int) -> Image:
    picture = cv2.imread(str(path), how)
    if picture is None:
        raise FileNotFoundError(f"no layer {path}; render the layers again without --compose-only")
    return np.asarray(picture)
