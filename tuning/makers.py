"""What makes the training pictures of each kind of entry.

Ignore regions are greyed out: they are to teach nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from tuning.among import dimmed
from tuning.composites import compose, read_covers, read_sprites, sheet
from tuning.cover_makers import broken_covers, covers
from tuning.entries import (
    Clean,
    Covers,
    Pasted,
    Pictures,
    Rubbish,
    Sheets,
    Tiles,
    Vending,
)
from tuning.examples import DataInvalid
from tuning.mixing import Mixing, bare, sprites_of
from tuning.pasted import by_size, cuttings_of, decoy, lay
from tuning.street_scenes import Staging, read_actors, street_scene
from tuning.tiles import Tile, cut, grey_out, place_without, places_with, read, zoomed


def whole_pictures(entry: Pictures, mixing: Mixing) -> Iterator[Tile]:
    """Pictures as they are, ignore regions greyed out."""
    examples = mixing.examples(entry.source, entry.split, entry.only, entry.leave_out)
    if entry.count is not None:
        order = mixing.rng.permutation(len(examples))[: entry.count]
        examples = [examples[i] for i in sorted(order)]
    for example in examples:
        picture = read(example)
        image = grey_out(picture.image, picture.ignore, picture.boxes)
        yield Tile(picture.name, image, picture.boxes, picture.classes)


def native_tiles(entry: Tiles, mixing: Mixing) -> Iterator[Tile]:
    """Tiles with something in them, around it, and from pictures with nothing."""
    side, rng = mixing.recipe.side, mixing.rng
    cut_side = round(side / entry.zoom)
    empty: list[Tile] = []
    for example in mixing.examples(entry.source, entry.split, entry.only, entry.leave_out):
        picture = read(example)
        size = (picture.image.shape[1], picture.image.shape[0])
        places = places_with(picture.boxes, size, cut_side, rng)
        if rng.random() < (entry.around if places else entry.empty):
            free = place_without(picture.boxes, size, cut_side, rng)
            places += [free] if free else []
        for x, y in places:
            tile = zoomed(cut(picture, x, y, cut_side, entry.visible), entry.zoom)
            empty += [] if len(tile.boxes) else [tile]
            yield tile
    mixing.grounds.append(empty)


def sheets(entry: Sheets, mixing: Mixing) -> Iterator[Tile]:
    """Sheets of several small pictures."""
    examples = mixing.examples(entry.source, entry.split, entry.only, entry.leave_out)
    many = entry.across**2
    for number in range(entry.count):
        chosen = mixing.rng.choice(len(examples), size=many, replace=len(examples) < many)
        pictures = [read(examples[i]) for i in chosen]
        name = f"sheet{number}x{entry.across}_{pictures[0].name}"
        yield sheet(pictures, name, mixing.recipe.side, entry.across)


def clean_tiles(entry: Clean, mixing: Mixing) -> Iterator[Tile]:
    """Tiles from pictures with nothing to find."""
    paths = mixing.plates(entry.folder, entry.only)
    if entry.names:
        paths = [path for path in paths if path.stem in entry.names]
        if len(paths) < len(entry.names):
            known = {path.stem for path in paths}
            missing = [name for name in entry.names if name not in known]
            raise DataInvalid(f"{entry.folder}: there is no picture {missing[0]}; correct `names`")
    side = round(mixing.recipe.side / entry.zoom)
    made: list[Tile] = []
    for number in range(entry.count):
        path = paths[number % len(paths)]
        picture = bare(path, mixing.rng)
        height, width = picture.image.shape[:2]
        x, y = (int(mixing.rng.integers(0, max(s - side, 0) + 1)) for s in (width, height))
        tile = zoomed(cut(picture, x, y, side, 1.0), entry.zoom)
        made.append(Tile(f"clean{number}_{path.stem}", tile.image, tile.boxes))
        yield _perhaps_dim(made[-1], entry.dim, mixing)  # things are laid into the day's
    mixing.grounds.append(made)


def rubbish(entry: Rubbish, mixing: Mixing) -> Iterator[Tile]:
    """Cut-outs of rubbish on clean tiles of each sort, among covers and bystanders."""
    folder = sprites_of(mixing.recipe, entry.sprites)
    cutouts = read_sprites(folder, range(entry.seeds[0], entry.seeds[1] + 1))
    others = read_sprites(folder, range(entry.bystanders[0], entry.bystanders[1] + 1))
    lids = read_covers(mixing.recipe.data / entry.covers, "train") if entry.covers else []
    grounds = [sort for sort in mixing.grounds if sort]
    if not grounds:
        raise DataInvalid("rubbish needs tiles to lie on: put `tiles` or `clean` before it")
    for number in range(entry.count):
        sort = grounds[number % len(grounds)]
        ground = sort[int(mixing.rng.integers(len(sort)))]
        name = f"composite{number}_{ground.name}"
        full = compose(ground, cutouts, name, mixing.rng, lids, others, entry.high)
        yield _perhaps_dim(full, entry.dim, mixing)


def _perhaps_dim(tile: Tile, share: float, mixing: Mixing) -> Tile:
    """The tile in less light, in a share of the cases; nothing is drawn where that is none."""
    if not share or mixing.rng.random() >= share:
        return tile
    return replace(tile, image=dimmed(tile.image, mixing.rng))


def pasted(entry: Pasted, mixing: Mixing) -> Iterator[Tile]:
    """Real things laid into other streets, one square a street."""
    rng = mixing.rng
    streets = [
        read(one) for one in mixing.examples(entry.source, entry.split, entry.only, entry.leave_out)
    ]
    own = [cutting for one in streets for cutting in cuttings_of(one, rng, in_street=True)]
    further = [
        cutting
        for one in (mixing.examples(entry.source, entry.split, entry.also) if entry.also else ())
        for cutting in cuttings_of(read(one), rng, in_street=False)
    ]
    sorts = by_size(own)
    if not sorts:
        where = mixing.recipe.data / entry.source
        raise DataInvalid(f"{where}: nothing marked that could be cut out; give `pasted` boxes")
    for number in range(entry.count):
        street = streets[int(rng.integers(len(streets)))]
        for _ in range(int(rng.integers(1, 4))):
            sort = further
            if not further or rng.random() >= entry.also_share:
                sort = sorts[int(rng.integers(len(sorts)))]
            thing = sort[int(rng.integers(len(sort)))]
            if rng.random() < entry.decoys:
                patch = decoy(streets[int(rng.integers(len(streets)))], thing, rng)
                street = street if patch is None else lay(street, patch, rng, marked=False)
            street = lay(street, thing, rng)
        zoom = entry.zooms[int(rng.integers(len(entry.zooms)))]
        side = round(mixing.recipe.side / zoom)
        size = (street.image.shape[1], street.image.shape[0])
        # The last boxes are the ones laid in: the square is around one of them.
        for x, y in places_with(street.boxes[-1:], size, side, rng):
            tile = zoomed(cut(street, x, y, side, 0.5), zoom)
            yield replace(tile, name=f"pasted{number}_{tile.name}")


def vending(entry: Vending, mixing: Mixing) -> Iterator[Tile]:
    """Street scenes with stalls and vendors' vehicles."""
    recipe, rng = mixing.recipe, mixing.rng
    actors = [
        a
        for a in read_actors(sprites_of(recipe, entry.sprites), recipe.classes)
        if entry.pitch[0] <= a.pitch <= entry.pitch[1]
    ]
    paths = mixing.plates(entry.plates, entry.plates_only, entry.plates_leave_out)
    labelled = {}
    if entry.labels:
        split = Path(entry.plates).name
        found = mixing.examples(entry.labels, split, entry.plates_only, entry.plates_leave_out)
        labelled = {e.picture.stem: e for e in found}
    staging = Staging(
        side=recipe.side,
        empty=entry.empty,
        night=entry.night,
        close=entry.close,
        market=entry.market,
    )
    for number in range(entry.count):
        path = paths[int(rng.integers(len(paths)))]
        plate = read(labelled[path.stem]) if path.stem in labelled else bare(path, rng)
        name = f"scene{number}_{path.stem}"
        yield street_scene(plate, actors, recipe.classes, name, rng, staging, entry.horizon)


MAKERS: dict[type, tuple[Callable[..., Iterator[Tile]], ...]] = {
    Pictures: (whole_pictures,),
    Tiles: (native_tiles,),
    Sheets: (sheets,),
    Clean: (clean_tiles,),
    Rubbish: (rubbish,),
    Pasted: (pasted,),
    Covers: (covers, broken_covers),
    Vending: (vending,),
}
"""By the type of an entry: what makes its pictures, one after the other."""
