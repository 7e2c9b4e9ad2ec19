"""What makes training pictures of manhole covers, for `kind: covers` of a recipe."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tuning.among import Others, among, blackened, dimmed
from tuning.composites import read_sprites
from tuning.cover_scenes import GOOD, broken, cover_scene, covers_of
from tuning.entries import Covers
from tuning.mixing import Mixing, bare, sprites_of
from tuning.tiles import Tile, cut, read, zoomed


def covers(entry: Covers, mixing: Mixing) -> Iterator[Tile]:
    """Manhole covers laid into streets, some of the sound ones broken first."""
    rng = mixing.rng
    examples = mixing.examples(entry.source, entry.split, entry.only, entry.leave_out)
    lids = [cover for example in examples for cover in covers_of(read(example))]
    sound = [cover for cover in lids if cover.kind == GOOD]
    plates = mixing.plates(entry.plates, entry.plates_only)
    others = _others(entry, mixing)
    for number in range(entry.count):
        hurt = [broken(c, rng) for c in sound if rng.random() < entry.broken]
        path = plates[int(rng.integers(len(plates)))]
        picture = bare(path, rng)
        height, width = picture.image.shape[:2]
        side = min(round(mixing.recipe.side * rng.uniform(0.9, 1.4)), height, width)
        x, y = (
            int(rng.integers(0, width - side + 1)),
            int(rng.integers((height - side) // 2, height - side + 1)),
        )
        ground = zoomed(cut(picture, x, y, side, 1.0), mixing.recipe.side / side)
        name = f"cover{number}_{path.stem}"
        tile = cover_scene(ground, [*lids, *hurt], name, rng, entry.wide)
        if others.rubbish or others.bystanders:
            tile = among(tile, others, rng)
        if entry.dim and rng.random() < entry.dim:
            tile = replace(tile, image=dimmed(tile.image, rng))
        yield tile


def broken_covers(entry: Covers, mixing: Mixing) -> Iterator[Tile]:
    """Close-ups of sound covers, broken by drawing: the rarest class in its commonest view."""
    for example in mixing.examples(entry.source, entry.split, entry.only, entry.leave_out):
        picture = read(example)
        if len(picture.boxes) != 1 or picture.classes[0] != GOOD:
            continue
        if mixing.rng.random() >= entry.broken:
            continue
        (lid,) = covers_of(picture) or (None,)
        if lid is None:
            continue
        hurt = broken(lid, mixing.rng)
        offset = (picture.boxes[0] - lid.box).round().astype(int)
        image = picture.image.copy()
        high, wide = hurt.image.shape[:2]
        image[offset[1] : offset[1] + high, offset[0] : offset[0] + wide] = hurt.image
        yield Tile(f"broken_{picture.name}", image, picture.boxes, np.array([hurt.kind]))


def _others(entry: Covers, mixing: Mixing) -> Others:
    folder = sprites_of(mixing.recipe, entry.sprites)
    rubbish, bystanders = (
        read_sprites(folder, range(seeds[0], seeds[1] + 1)) if seeds else []
        for seeds in (entry.rubbish, entry.bystanders)
    )
    plants = read_sprites(folder, entry.plants)
    return Others([*rubbish, *map(blackened, rubbish)], [*bystanders, *plants])
