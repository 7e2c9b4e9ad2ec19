"""Makes the clips that are kept aside: `python -m tuning.scenes.kept configs/kept`.

Stories in three streets (`kept_streets`) that no model has learnt from and nothing was tuned on:
what `five-chief score` says of them is what it may say of a street that it has never seen. Needs
`bpy` for layers that are not there yet, like `render`.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from tuning import lens_faults as lens
from tuning.scenes.compose import Floats
from tuning.scenes.kept_streets import KeptStreet, streets
from tuning.scenes.scenarios import write
from tuning.scenes.stories import Lens, Stands, Story, There
from tuning.scenes.taken import RATE, Passer, Patch, Taken
from tuning.truth import TrueEvent

_LONGEST_S = 75
"""Moments of passing that are drawn, seconds; the stories play 70 over and over."""
HALT_S = 72.0
"""The moment at which the vehicle that may halt stands there."""
_VIGNETTE = 0.35
NOON, EVENING, NIGHT = (
    "2026-06-03T12:10:00+08:00",
    "2026-06-03T17:40:00+08:00",
    "2026-06-03T22:05:00+08:00",
)
_BY = "python -m tuning.scenes.kept"
Boxes = dict[str, dict[str, tuple[int, int, int, int]]]
"""Where each thing of each street is seen, pixels."""


def stories(boxes: Boxes) -> dict[str, list[Story]]:
    """What happens in each street, by its name.

    Args:
        boxes: where each thing of each street is seen, pixels.
    """

    def case(street: str, thing: str, since: float, until: float | None = None) -> TrueEvent:
        kind = streets_now[street].things[thing].kind
        return TrueEvent(what=kind, box=boxes[street][thing], begin=since, end=until)

    streets_now = streets()
    return {
        "low-sun": [
            Story(
                "sun-bags", "rubbish in a low sun; a bus stops before it after it was filed, and"
                " later it is cleared", 1160,
                (There("bags", 40, 1000), Stands(HALT_S, 740, 840)),
                (case("low-sun", "bags", 40, 1000),), start=EVENING,
            ),
            Story(
                "sun-cart", "a tricycle sells greens, and goes after ten minutes", 820,
                (There("cart", 50, 650),), (case("low-sun", "cart", 50, 650),),
                step_s=10.0, start=EVENING,
            ),
            Story(
                "sun-delivery", "cartons are delivered to a shop, somebody with them, and are"
                " inside eight minutes later", 700,
                (There("delivery", 60, 540),), start=EVENING,
            ),
            Story(
                "sun-hole", "a cover is taken away, a car passes over it again and again", 320,
                (There("hole", 40),), (case("low-sun", "hole", 40),), step_s=4.0, start=EVENING,
            ),
        ],
        "overcast": [
            Story(
                "grey-sacks", "a torn bag, a carton and a small bag; the lens is out of focus for"
                " four minutes", 1100,
                (There("sacks", 20), Lens(lens.blurred(2.5), 400, 640)),
                (case("overcast", "sacks", 20),), start=NOON,
            ),
            Story(
                "grey-cloth", "a seller with a cloth on the ground; the worker starts anew", 640,
                (There("cloth", 30),), (case("overcast", "cloth", 30),),
                step_s=10.0, start=NOON, restarts=(205.0,), gaps=((200, 215),),
            ),
            Story(
                "grey-truck", "a truck sells for three minutes, drives on, and is back for two",
                700, (There("truck", 40, 220), There("truck", 420, 540)), step_s=10.0, start=NOON,
            ),
            Story(
                "grey-van", "a shut van is parked for ten minutes, somebody beside it", 640,
                (There("van", 20, 620),), step_s=10.0, start=NOON,
            ),
            Story(
                "grey-aside", "a cover lies half beside its hole, and is put back", 300,
                (There("aside", 40, 200),), (case("overcast", "aside", 40, 200),),
                step_s=4.0, start=NOON,
            ),
            Story(
                "grey-quiet", "nothing happens in a quarter of an hour; the camera shakes, and is"
                " wet for five minutes", 900,
                (Lens(lens.shaken(0.006), 100, 400), Lens(lens.drops(90), 450, 750)), start=NOON,
            ),
        ],
        "night": [
            Story(
                "night-bags", "bags under the lamps, by night; the camera is knocked aside for"
                " four minutes", 1160,
                (There("bags", 40), Lens(lens.shifted(0.05, 0.02), 780, 1020)),
                (case("night", "bags", 40),), start=NIGHT,
            ),
            Story(
                "night-hole", "a cover is gone by night", 300,
                (There("hole", 40),), (case("night", "hole", 40),), step_s=4.0, start=NIGHT,
            ),
            Story(
                "night-quiet", "nothing happens by night: a sound cover, a bin, a bench", 900,
                (), start=NIGHT,
            ),
        ],
    }  # fmt: skip


def load(street: KeptStreet, folder: Path) -> tuple[Taken, dict[str, tuple[int, int, int, int]]]:
    """A street's layers as its camera delivers them, and where its things are seen.

    Raises:
        FileNotFoundError: a layer is missing.
    """
    index = json.loads((folder / "layers.json").read_text("utf-8"))
    size = street.camera.size
    things = {
        name: Patch(
            _seen(_read(folder / f"{name}.png"), one["left"], one["top"], size),
            one["left"],
            one["top"],
        )
        for name, one in index["things"].items()
    }
    passers = [_passer(folder, one, size) for one in index["passers"]]
    boxes = {name: tuple(one["box"]) for name, one in index["things"].items()}
    bare = _seen(_read(folder / "bare.png"), 0, 0, size)
    return Taken(bare, things, _passing(street.name, passers), street.camera), boxes


def _passing(name: str, passers: Sequence[Passer]) -> tuple[tuple[Passer, ...], ...]:
    """Who is there at each moment: none to three of them; at `HALT_S` the vehicle that halts."""
    rng = np.random.default_rng(sum(name.encode()))
    *moving, halts = passers
    moments = []
    for number in range(_LONGEST_S * RATE):
        drawn = rng.choice(len(moving), int(rng.integers(0, 4)), replace=False)
        there = [moving[int(one)] for one in drawn]
        moments.append((halts,) if number == HALT_S * RATE else tuple(there))
    return tuple(moments)


def _passer(folder: Path, entry: dict[str, object], size: tuple[int, int]) -> Passer:
    layer = _read(folder / str(entry["file"]), cv2.IMREAD_UNCHANGED)
    left, top = int(str(entry["left"])), int(str(entry["top"]))
    share = np.ascontiguousarray(layer[..., 3])
    return Passer(_seen(layer[..., :3], left, top, size), share, left, top)


def _seen(layer: Floats, left: int, top: int, size: tuple[int, int]) -> Floats:
    """A layer through a cheap lens: soft, and darker towards the corners of the whole picture."""
    height, width = layer.shape[:2]
    y = (np.arange(top, top + height) / size[1] - 0.5)[:, None]
    x = (np.arange(left, left + width) / size[0] - 0.5)[None, :]
    soft = np.asarray(cv2.GaussianBlur(layer, (0, 0), 0.7), np.float32)
    dark = (1 - _VIGNETTE * (x**2 + y**2))[..., None].astype(np.float32)
    return np.asarray(soft * dark, np.float32)


def _read(path: Path, how: int = cv2.IMREAD_COLOR) -> Floats:
    picture = cv2.imread(str(path), how)
    if picture is None:
        raise FileNotFoundError(f"no layer {path}; remove its folder and render it again")
    return np.asarray(picture, np.float32) / np.float32(255)


def make(
    made: Mapping[str, KeptStreet],
    told: Callable[[Boxes], dict[str, list[Story]]],
    by: str,
    arguments: Sequence[str] | None,
) -> None:
    """Renders what is missing of streets, and writes their clips with truth: a command's body.

    Args:
        made: the streets, by name.
        told: their stories, from where each thing is seen.
        by: the command, as the truth files name it.
        arguments: of the command line.
    """
    parser = argparse.ArgumentParser(prog=by, description="Makes clips that are kept aside.")
    parser.add_argument("out", type=Path, help="folder for clips and truth files")
    parser.add_argument("--layers", type=Path, default=Path("runs/kept"), help="(%(default)s)")
    parser.add_argument("--samples", type=int, default=12, help="light paths (%(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (%(default)s)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    taken, boxes = {}, {}
    for name, street in made.items():
        folder: Path = options.layers / name
        if not (folder / "layers.json").exists():
            from tuning.scenes.kept_render import photograph

            photograph(street, folder, samples=options.samples, threads=options.threads)
        taken[name], boxes[name] = load(street, folder)
    for name, each in told(boxes).items():
        for story in each:
            clip = write(story, taken[name], options.out, by)
            sys.stderr.write(f"{clip}: {clip.stat().st_size / 1e6:.2f} MB\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Renders what is missing, and writes all clips with their truth."""
    make(streets(), stories, _BY, arguments)


if __name__ == "__main__":
    main()
