"""Cut-outs of street vending and of what fools a model for it, for training.

`python -m tuning.scenes.vending --out tuning/scenes/sprites` renders `VENDING_SEEDS` (stalls and
vendors' vehicles with sellers and buyers) and `INNOCENT_SEEDS` (the same parts by right: parked,
empty, closed, cafés, people standing about). Needs `bpy` and `sweethome3d-furniture`.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from tuning.scenes import innocents
from tuning.scenes.assets import Library
from tuning.scenes.innocents import Placed
from tuning.scenes.mesh import Paint, Part, Parts, box, merged, moved, points, rect, turned
from tuning.scenes.seeds import INNOCENT_SEEDS, VENDING_SEEDS
from tuning.scenes.sprites import aimed
from tuning.scenes.stage import Light, Stage
from tuning.scenes.stalls import STALLS, stall
from tuning.scenes.vehicles import VEHICLES, vehicle

_SIDE, _FILL = 400, 350

_SELLING = (
    "table", "cloth", "tricycle", "crates", "frame", "handcart", "table", "food", "truck", "cloth",
    "tricycle", "frame", "handcart", "rails", "van", "table", "cloth", "food", "tricycle", "crates",
)  # fmt: skip
"""Round the seeds: of twenty twelve stalls, ground cloths and tables first, and eight vehicles."""

CLASS_OF = {**dict.fromkeys(STALLS, "stall"), **dict.fromkeys(VEHICLES, "vendor_vehicle")}

SELLERS = ("male01", "male02", "male03", "female01", "female02", "female03", "boyStanding")
BUYERS = (*SELLERS, "holdingFemale01", "holdingFemale02", "holdingFemale03", "holdingMale01",
          "girlStanding")  # fmt: skip
SEATED = ("girlSittingGround", "sitMale03", "sitFemale01")


@dataclass(frozen=True, slots=True)
class Cutout:
    """One cut-out.

    Attributes:
        file: a WebP with straight alpha, its own shadow on the ground included.
        seed: decides everything else.
        kind: what is shown, such as "tricycle".
        label: "stall", "vendor_vehicle", or "" for what is none.
        box: x0, y0, x1, y1 in its pixels: the thing with its roof, people excluded.
        pitch: degrees the camera looked down.
        scale: pixels a metre, at its middle.
        light: "overcast", "sun", "low" or "night".
    """

    file: str
    seed: int
    kind: str
    label: str
    box: tuple[int, int, int, int]
    pitch: float
    scale: float
    light: str


def light_of(rng: np.random.Generator, name: str, parts: Parts) -> Light:
    """A light of that name, its direction and strength drawn."""
    azimuth = float(rng.uniform(-180, 180))
    if name == "overcast":
        return Light(
            sky=float(rng.uniform(0.8, 1.3)), sun=float(rng.uniform(0, 1)), azimuth=azimuth
        )
    if name == "sun":
        height = float(rng.uniform(35, 75))
        return Light(0.5, float(rng.uniform(3, 4.5)), 1.5, height, azimuth)
    if name == "low":
        return Light(0.35, float(rng.uniform(1.5, 3)), 4.0, float(rng.uniform(12, 28)), azimuth,
                     (1.0, 0.75, 0.5))  # fmt: skip
    at = points(parts)
    top = float(np.clip(at[:, 2].max() - 0.25, 1.4, 2.2))
    xs = rng.uniform(at[:, 0].min() * 0.6, at[:, 0].max() * 0.6, int(rng.integers(1, 3)))
    lamps = tuple((float(x), float(rng.uniform(-0.4, 0.4)), top) for x in xs)
    return Light(sky=float(rng.uniform(0.05, 0.14)), sun=0.0, lamps=lamps)


def about(rng: np.random.Generator, parts: Parts) -> list[Placed]:
    """Sellers behind, up to four buyers before what is sold; models face -y."""
    low, high = points(parts)[:, :2].min(axis=0), points(parts)[:, :2].max(axis=0)
    people: list[Placed] = []
    for _ in range(int(rng.choice([0, 1, 1, 1, 2]))):
        seated = rng.random() < 0.25
        who = str(rng.choice(SEATED if seated else SELLERS))
        at = (rng.uniform(low[0], high[0]) * 0.7, high[1] + rng.uniform(-0.35, 0.3))
        people.append(Placed(f"reallusion/{who}", at, rng.normal(0, 0.5)))
    for _ in range(int(rng.choice([0, 0, 1, 1, 2, 2, 3, 4]))):
        at = (rng.uniform(low[0], high[0]), low[1] - rng.uniform(0.1, 0.7))
        who = str(rng.choice(BUYERS))
        people.append(Placed(f"reallusion/{who}", at, np.pi + rng.normal(0, 0.7)))
    return people


def scene(seed: int) -> tuple[str, str, Parts, list[Placed]]:
    """What a seed shows: its kind, its label, its parts, and models about it.

    Raises:
        ValueError: the seed is none of these.
    """
    rng = np.random.default_rng(seed)
    if seed in VENDING_SEEDS:
        kind = _SELLING[seed % len(_SELLING)]
        parts = stall(rng, kind) if kind in STALLS else vehicle(rng, kind, selling=True)
        return kind, CLASS_OF[kind], parts, about(rng, parts)
    if seed in INNOCENT_SEEDS:
        kind = innocents.KINDS[seed % len(innocents.KINDS)]
        parts, models = innocents.innocent(rng, kind)
        return kind, "", parts, models
    raise ValueError(f"seed {seed} is neither in VENDING_SEEDS nor in INNOCENT_SEEDS")


def render(seed: int, folder: Path, library: Library, threads: int, samples: int) -> Cutout:
    """Renders one cut-out into the folder, trimmed to what is seen.

    Raises:
        OSError: nothing was rendered.
        ValueError: the seed is for something else.
        AssetError: a model is not installed.
    """
    kind, label, parts, models = scene(seed)
    rng = np.random.default_rng((seed, 1))
    spin = rng.normal(0, 0.6) if rng.random() < 0.75 else rng.uniform(0, 6.28)
    parts = merged(turned(parts, spin))
    extent = [*parts, *(_outline(library, m, spin) for m in models)]
    pitch = float(rng.uniform(4, 16) if rng.random() < 0.4 else rng.uniform(16, 50))
    camera = aimed(extent, pitch, _SIDE, _FILL, float(rng.uniform(7, 18)))
    stage = Stage(camera, threads=threads)
    light = str(rng.choice(["overcast", "sun", "low", "night"], p=[0.35, 0.3, 0.12, 0.23]))
    stage.hurry()
    stage.relight(light_of(rng, light, extent))
    stage.add(parts)
    library.forget()
    for model in models:
        x, y = _spun(model.at, spin)
        stage.place(library.mesh(model.key), (x, y, 0.0), model.angle + spin)
    ground = Paint("plain", (0.16, 0.16, 0.16), 0.9)
    stage.catch_shadows(stage.add([rect(-20, -20, 20, 20, -0.002, ground)]))
    with tempfile.TemporaryDirectory() as scratch:
        shot = Path(scratch) / "shot.png"
        stage.photograph(shot, samples=samples, transparent=True)
        picture = cv2.imread(str(shot), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise OSError(f"Blender left no picture for seed {seed}; see its messages above")
    rows, columns = np.nonzero(picture[..., 3] > 24)
    x0, y0 = int(columns.min()), int(rows.min())
    trimmed = picture[y0 : rows.max() + 1, x0 : columns.max() + 1]
    file = f"{'vending' if label else 'innocent'}-{seed}.webp"
    partial = folder / f".{file}"
    cv2.imwrite(str(partial), trimmed, [cv2.IMWRITE_WEBP_QUALITY, 88])
    partial.replace(folder / file)
    around = camera.box(points(parts)) if parts else (x0, y0, x0, y0)
    inside = (around[0] - x0, around[1] - y0, around[2] - x0, around[3] - y0)
    near = float(camera.depth([points(extent).mean(axis=0)])[0])
    return Cutout(file, seed, kind, label, inside, round(pitch, 1),
                  round(camera.focal / near, 1), light)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Renders cut-outs and their index `vending.json`; those already there are kept."""
    parser = argparse.ArgumentParser(prog="python -m tuning.scenes.vending", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for WebP files")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (%(default)s)")
    parser.add_argument("--samples", type=int, default=8, help="light paths (%(default)s)")
    parser.add_argument("--first", type=int, default=10**9, help="only so many of each sort")
    options = parser.parse_args(arguments)
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / "vending.json"
    rows = json.loads(index.read_text(encoding="utf-8")) if index.is_file() else []
    done = {row["seed"]: row for row in rows}
    library = Library()
    selling, other = VENDING_SEEDS[: options.first], INNOCENT_SEEDS[: options.first]
    # Turn about, so that a run that is cut short has some of everything.
    step = max(1, round(len(selling) / max(1, len(other))))
    seeds = [s for i in range(0, len(selling), step)
             for s in (*selling[i : i + step], *other[i // step : i // step + 1])]  # fmt: skip
    for number, seed in enumerate(seeds, start=1):
        if seed in done and (folder / done[seed]["file"]).is_file():
            continue
        done[seed] = asdict(render(seed, folder, library, options.threads, options.samples))
        partial = folder / "vending.json.part"
        text = ",\n".join(json.dumps(done[s]) for s in sorted(done))
        partial.write_text(f"[\n{text}\n]\n", encoding="utf-8")
        partial.replace(index)
        sys.stderr.write(f"{number} of {len(seeds)}: {done[seed]['kind']}, seed {seed}\n")


def _spun(at: tuple[float, float], angle: float) -> tuple[float, float]:
    c, s = np.cos(angle), np.sin(angle)
    return float(at[0] * c - at[1] * s), float(at[0] * s + at[1] * c)


def _outline(library: Library, model: Placed, spin: float) -> Part:
    """A box as large as a model, where it will stand: what the camera must hold."""
    solid = box((0, 0, 0), library.size(model.key), Paint("plain", (0, 0, 0)))
    return moved(turned([solid], model.angle + spin), *_spun(model.at, spin))[0]


if __name__ == "__main__":
    main()
