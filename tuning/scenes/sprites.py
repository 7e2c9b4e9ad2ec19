"""Cut-outs for training: `python -m tuning.scenes.sprites --out tuning/scenes/sprites`.

Rubbish comes from `TRAINING_SEEDS`, what is no rubbish from `BYSTANDER_SEEDS`, neither from a
demo's seed. Needs `bpy` like `render.py`.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import cos, degrees, radians, sin
from pathlib import Path

import cv2
import numpy as np

from tuning.scenes import objects, rubbish
from tuning.scenes.camera import Camera
from tuning.scenes.mesh import Paint, Parts, moved, points, rect, turned
from tuning.scenes.seeds import BYSTANDER_SEEDS, TRAINING_SEEDS

_PICTURE = 300
_FILL = 270
_DISTANCE = 11.0
_COLOURS = tuple(rubbish.BAG_COLOURS)

BYSTANDERS = ("planter", "bin", "planter", "crates", "stall", "planter", "cover", "bollard")
"""What stands in streets by right; of eight seeds three planters, which fooled a first model."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """One cut-out.

    Attributes:
        file: a WebP with straight alpha, without a shadow on the ground.
        seed: one of `TRAINING_SEEDS`; decides everything else.
        kind: "bag", "torn", "heap" or "carton", or a bystander: see `BYSTANDERS`.
        pitch: degrees the camera looked down.
        metres: width of what is shown, so that it can be pasted at its true size.
        light: brightness of the sky, 1 is the demo's.
    """

    file: str
    seed: int
    kind: str
    pitch: float
    metres: float
    light: float


def kind_of(seed: int) -> str:
    """What a seed shows: of eight seeds three bags, three heaps, a torn bag and a carton.

    Raises:
        ValueError: the seed is none for training.
    """
    if seed in BYSTANDER_SEEDS:
        return BYSTANDERS[seed % len(BYSTANDERS)]
    if seed not in TRAINING_SEEDS:
        raise ValueError(
            f"seed {seed} is not for training: {TRAINING_SEEDS[0]}-{BYSTANDER_SEEDS[-1]}"
        )
    return ("bag", "heap", "bag", "torn", "heap", "bag", "carton", "heap")[seed % 8]


def build(seed: int) -> tuple[Parts, Sprite]:
    """What a training seed shows, standing at the origin, and its description.

    Raises:
        ValueError: the seed is none for training.
    """
    kind = kind_of(seed)
    rng = np.random.default_rng(seed)
    # Round the colours by seed, so that each of them comes up among few pictures.
    colour = _COLOURS[(seed // 8 * 3 + seed % 8) % len(_COLOURS)]
    if kind in BYSTANDERS:
        parts = bystander(kind, rng)
    elif kind == "bag":
        parts = rubbish.bag(rng, colour, 0.6)
    elif kind == "torn":
        parts = rubbish.bag(rng, colour, 0.6, torn=True)
    elif kind == "carton":
        parts = rubbish.carton(rng, rng.uniform(0.45, 0.7))
        parts += moved(rubbish.bag(rng, colour, 0.45), 0.5, 0.1)
    else:
        count = int(rng.integers(2, 6))
        weights = [0.45, 0.2, 0.12, 0.12, 0.11]
        picked = rng.choice(np.array(_COLOURS), size=count, p=weights)
        parts = rubbish.heap(rng, tuple(str(c) for c in picked), rng.uniform(0.5, 0.7))
    parts = turned(parts, rng.uniform(0, 6.28))
    across = points(parts)[:, 0]
    sprite = Sprite(
        file=f"{'street' if kind in BYSTANDERS else 'rubbish'}-{seed}.webp",
        seed=seed,
        kind=kind,
        pitch=round(float(rng.uniform(25, 60)), 1),
        metres=round(float(np.ptp(across)), 2),
        light=round(float(rng.uniform(0.6, 1.5)), 2),
    )
    return parts, sprite


def bystander(kind: str, rng: np.random.Generator) -> Parts:
    """Something that stands in streets by right.

    Args:
        kind: one of `BYSTANDERS`.
        rng: draws size, colour and growth.
    """
    shade = rng.uniform(0.02, 0.35, 3)
    colour = (float(shade[0]), float(shade[1]), float(shade[2]))
    if kind == "planter":
        return objects.planter(rng, rng.uniform(0.8, 2.2))
    if kind == "bin":
        return objects.litter_bin(colour)
    if kind == "crates":
        sizes = [(rng.uniform(0.4, 0.6), rng.uniform(0.3, 0.5)) for _ in range(3)]
        rows = [moved(objects.crate(rng, w, d), 0.6 * i, 0.0) for i, (w, d) in enumerate(sizes)]
        return [part for row in rows for part in row]
    if kind == "stall":
        return objects.stall(rng, (colour, (0.6, 0.58, 0.5)))
    if kind == "cover":
        return objects.manhole_cover()
    return objects.bollard()


def aimed(
    parts: Parts, pitch: float, side: int = _PICTURE, fill: int = _FILL, distance: float = _DISTANCE
) -> Camera:
    """A camera that looks down on the parts and has them fill a square picture.

    Args:
        parts: what to look at.
        pitch: degrees it looks down.
        side: of the picture, pixels.
        fill: pixels of it that the parts span, across or upwards.
        distance: metres to their middle.
    """
    middle = (points(parts).min(axis=0) + points(parts).max(axis=0)) / 2
    back = np.array([0.0, -cos(radians(pitch)), sin(radians(pitch))]) * distance
    at = middle + back
    size = (side, side)
    position = (float(at[0]), float(at[1]), float(at[2]))
    probe = Camera(position, 0.0, pitch, 20.0, size)
    pixels = probe.project(points(parts)) - side / 2
    spread = float(np.abs(pixels).max()) * 2
    focal = probe.focal * fill / spread
    return Camera(position, 0.0, pitch, degrees(2 * np.arctan(side / 2 / focal)), size)


def render(seed: int, folder: Path, threads: int, samples: int) -> Sprite:
    """Renders one cut-out into the folder, trimmed to what is seen.

    Raises:
        OSError: nothing was rendered.
        ValueError: the seed is none for training.
    """
    from tuning.scenes.stage import Stage

    parts, sprite = build(seed)
    stage = Stage(aimed(parts, sprite.pitch), threads=threads, light=sprite.light)
    stage.add(parts)
    ground = Paint("plain", (0.16, 0.16, 0.16), 0.9)
    stage.hide_from_camera(stage.add([rect(-20, -20, 20, 20, 0, ground)]))
    with tempfile.TemporaryDirectory() as scratch:
        shot = Path(scratch) / "shot.png"
        stage.photograph(shot, samples=samples, transparent=True)
        picture = cv2.imread(str(shot), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise OSError(f"Blender left no picture for seed {seed}; see its messages above")
    rows, columns = np.nonzero(picture[..., 3] > 8)
    trimmed = picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    # Written under another name first: whoever watches the folder never sees half a picture.
    partial = folder / f".{sprite.file}"
    cv2.imwrite(str(partial), trimmed, [cv2.IMWRITE_WEBP_QUALITY, 90])
    partial.replace(folder / sprite.file)
    return sprite


def main(arguments: Sequence[str] | None = None) -> None:
    """Renders all cut-outs and `sprites.json`, which describes them."""
    parser = argparse.ArgumentParser(
        prog="python -m tuning.scenes.sprites",
        description="Renders cut-outs of rubbish and of what stands in streets by right.",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for WebP files")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (%(default)s)")
    parser.add_argument("--samples", type=int, default=24, help="light paths (%(default)s)")
    options = parser.parse_args(arguments)
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    done: list[Sprite] = []
    seeds = (*TRAINING_SEEDS, *BYSTANDER_SEEDS)
    for seed in seeds:
        done.append(render(seed, folder, options.threads, options.samples))
        sys.stderr.write(f"{len(done)} of {len(seeds)}: {done[-1].kind}, seed {seed}\n")
    partial = folder / "sprites.json.part"
    partial.write_text(json.dumps([asdict(s) for s in done], indent=1) + "\n", encoding="utf-8")
    partial.replace(folder / "sprites.json")


if __name__ == "__main__":
    main()
