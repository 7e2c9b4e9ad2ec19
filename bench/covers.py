"""Open holes and black bags in bad light: `python -m bench.covers ../shared/data`.

Real streets that the recipe holds out, covers and holes of val (or of its dev part), and cut-outs
of rubbish that the model was not trained on, put together as for training (`tuning.among`): how
many holes are found in each light, and in how many streets with bags, and no hole, one is reported.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detector.boxes import same_place
from detector.catalogue import catalogue_rules
from detector.look import Sighting, likeliest, sightings
from detector.model import Model, load_model
from detector.second_look.closer import seems_sound
from detector.violation import Box
from tuning.among import LIGHTS, Others, among, blackened
from tuning.composites import read_sprites
from tuning.cover_scenes import GOOD, MISSING, Cover, cover_scene, covers_of
from tuning.entries import SHIPPED_SPRITES
from tuning.examples import read_examples
from tuning.recipe import Recipe, load_recipe
from tuning.tiles import Tile, read

BAGS = range(1000, 1006)
"""Cut-outs that the cover model was not trained on; see its recipe."""
WIDE = (33.0, 165.0)
"""Pixels across, of a cover far off and of one near, in a picture of 1280×720."""
CLASSES = 3
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A street with bags, and with covers or without."""

    tile: Tile
    light: str


def scenes(recipe: Recipe, covers: Sequence[Cover]) -> Iterator[Scene]:
    """Each held-out street in each light, once with covers and bags, and once with bags alone."""
    streets = [
        one
        for one in read_examples(recipe.data / "litter", "train", 1)
        if one.picture.stem.startswith("sm_") and recipe.is_dev(one.picture.stem)
    ]
    bags = read_sprites(SHIPPED_SPRITES, BAGS)
    others = Others([*bags, *map(blackened, bags)], [])
    for number, example in enumerate(streets):
        street = read(example)
        bare = Tile(street.name, street.image, np.zeros((0, 4)))
        for laid in (covers, ()):
            rng = np.random.default_rng(number)
            tile = cover_scene(bare, laid, street.name, rng, WIDE) if laid else bare
            tile = among(tile, others, rng)
            yield Scene(tile, "day")
            for light, apply in LIGHTS.items():
                dim = Tile(tile.name, apply(tile.image, rng), tile.boxes, tile.classes)
                yield Scene(dim, light)


def counted(scene: Scene, seen: Sequence[Sighting]) -> Counter[str]:
    """What of a scene was found, and what was found that is not there."""
    found = Counter[str]()
    boxes: list[Box] = [(b[0], b[1], b[2], b[3]) for b in scene.tile.boxes.tolist()]
    holes = [s.box for s in seen if s.label == "cover_missing"]
    for box, kind in zip(boxes, scene.tile.classes, strict=True):
        hit = any(same_place(box, one, 0.3) for one in holes)
        if kind == MISSING:
            found.update({"holes": 1, "holes_found": int(hit)})
        if kind == GOOD:
            found.update({"sound": 1, "sound_taken_for_holes": int(hit)})
    if not boxes:
        found.update({"without": 1, "without_but_reported": int(bool(holes))})
    return found


def main() -> None:
    """Prints counts a light as JSON, for each model named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", nargs="+", default=["models/manhole"])
    parser.add_argument("--dev", action="store_true", help="to choose with: val is for the end")
    parser.add_argument("--closer", action="store_true", help="less what the second look holds")
    given = parser.parse_args()
    recipe = load_recipe(Path("models/manhole/recipe.yaml"))
    split = "train" if given.dev else "val"
    examples = [
        one
        for one in read_examples(given.data / "manhole", split, CLASSES)
        if not given.dev or recipe.is_dev(one.picture.stem)
    ]
    lids = [cover for one in examples for cover in covers_of(read(one))]
    models = {name: load_model(name, threads=1) for name in given.model}
    print(json.dumps(figures(models, scenes(recipe, lids), closer=given.closer), indent=1))


def figures(
    models: Mapping[str, Model], every: Iterable[Scene], *, closer: bool = False
) -> dict[str, Counts]:
    """Counts by model and light; `closer`: without holes that from near look sound."""
    (rule,) = (rule for rule in catalogue_rules() if rule.kind == "manhole")
    total: dict[str, dict[str, Counter[str]]] = {name: {} for name in models}
    for scene in every:
        for name, model in models.items():
            image = scene.tile.image
            seen: Sequence[Sighting] = sightings(likeliest(model.detect([image])[0]))
            if closer:
                seen = [one for one in seen if not seems_sound(model, image, one.box, rule)]
            total[name].setdefault(scene.light, Counter()).update(counted(scene, seen))
    return {name: {light: dict(c) for light, c in by.items()} for name, by in total.items()}


if __name__ == "__main__":
    main()
