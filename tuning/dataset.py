"""What a stage of a recipe trains on: pictures drawn and put together from a seed.

The same recipe gives the same pictures, byte for byte, on the same machine. Ignore regions are
greyed out: they are to teach nothing.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import yaml

from tuning.composites import compose, read_covers, read_sprites, sheet
from tuning.cover_scenes import GOOD, broken, cover_scene, covers_of
from tuning.examples import SUFFIXES, DataInvalid, Example, read_examples, read_picture
from tuning.recipe import (
    SHIPPED_SPRITES,
    Clean,
    Covers,
    Entry,
    Pictures,
    Recipe,
    Rubbish,
    Sheets,
    Stage,
    Tiles,
    Vending,
)
from tuning.street_scenes import Staging, read_actors, street_scene
from tuning.tiles import Picture, Tile, cut, grey_out, place_without, places_with, read, zoomed

VIDEOS = frozenset({".mp4", ".avi", ".mkv", ".mov"})


@dataclass(slots=True)
class Mixing:
    """What the makers of a stage's pictures share.

    Attributes:
        recipe: whose stage it is.
        rng: draws everything, entry after entry.
        grounds: tiles without anything in them, sort after sort: composites stand on them.
    """

    recipe: Recipe
    rng: np.random.Generator
    grounds: list[list[Tile]] = field(default_factory=list)

    def examples(
        self, source: str, split: str, only: str, leave_out: tuple[str, ...] = ()
    ) -> list[Example]:
        """A folder's pictures that may be trained on: the dev part is left out.

        Raises:
            DataInvalid: there are none.
        """
        folder = self.recipe.data / source
        found = [
            e
            for e in read_examples(folder, split, len(self.recipe.classes))
            if e.picture.stem.startswith(only)
            and e.picture.stem not in leave_out
            and not self.recipe.is_dev(e.picture.stem)
        ]
        if not found:
            raise DataInvalid(
                f"{folder / 'images' / split}: no picture whose name starts with {only!r} to train "
                "on; correct `only`"
            )
        return found

    def plates(self, folder: str, only: str, leave_out: tuple[str, ...] = ()) -> list[Path]:
        """Pictures without labels of their own, and clips, of which frames are drawn.

        Raises:
            DataInvalid: there are none.
        """
        below = self.recipe.data / folder
        found = sorted(
            p
            for p in below.iterdir()
            if p.suffix.lower() in SUFFIXES | VIDEOS
            and p.stem.startswith(only)
            and p.stem not in leave_out
            and not self.recipe.is_dev(p.stem)
        )
        if not found:
            raise DataInvalid(f"{below}: no picture whose name starts with {only!r}; correct it")
        return found


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
        picture = _bare(path, mixing.rng)
        height, width = picture.image.shape[:2]
        x, y = (int(mixing.rng.integers(0, max(s - side, 0) + 1)) for s in (width, height))
        tile = zoomed(cut(picture, x, y, side, 1.0), entry.zoom)
        made.append(Tile(f"clean{number}_{path.stem}", tile.image, tile.boxes))
        yield made[-1]
    mixing.grounds.append(made)


def rubbish(entry: Rubbish, mixing: Mixing) -> Iterator[Tile]:
    """Cut-outs of rubbish on clean tiles of each sort, among covers and bystanders."""
    folder = _sprites(mixing.recipe, entry.sprites)
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
        yield compose(ground, cutouts, name, mixing.rng, lids, others)


def covers(entry: Covers, mixing: Mixing) -> Iterator[Tile]:
    """Manhole covers laid into streets, some of the sound ones broken first."""
    rng = mixing.rng
    examples = mixing.examples(entry.source, entry.split, entry.only, entry.leave_out)
    lids = [cover for example in examples for cover in covers_of(read(example))]
    sound = [cover for cover in lids if cover.kind == GOOD]
    plates = mixing.plates(entry.plates, entry.plates_only)
    for number in range(entry.count):
        hurt = [broken(c, rng) for c in sound if rng.random() < entry.broken]
        path = plates[int(rng.integers(len(plates)))]
        picture = _bare(path, rng)
        height, width = picture.image.shape[:2]
        side = min(round(mixing.recipe.side * rng.uniform(0.9, 1.4)), height, width)
        x, y = (
            int(rng.integers(0, width - side + 1)),
            int(rng.integers((height - side) // 2, height - side + 1)),
        )
        ground = zoomed(cut(picture, x, y, side, 1.0), mixing.recipe.side / side)
        yield cover_scene(ground, [*lids, *hurt], f"cover{number}_{path.stem}", rng, entry.wide)


def broken_covers(entry: Covers, mixing: Mixing) -> Iterator[Tile]:
    """Close-ups of sound covers, broken by drawing: the rarest class in its commonest view."""
    for example in mixing.examples(entry.source, entry.split, entry.only, entry.leave_out):
        picture = read(example)
        if len(picture.boxes) != 1 or picture.classes[0] != GOOD:
            continue
        if mixing.rng.random() >= entry.broken:
            continue
        (lid,) = covers_of(Picture(picture.name, picture.image, picture.boxes, picture.ignore,
                                   picture.classes)) or (None,)  # fmt: skip
        if lid is None:
            continue
        hurt = broken(lid, mixing.rng)
        offset = (picture.boxes[0] - lid.box).round().astype(int)
        image = picture.image.copy()
        high, wide = hurt.image.shape[:2]
        image[offset[1] : offset[1] + high, offset[0] : offset[0] + wide] = hurt.image
        yield Tile(f"broken_{picture.name}", image, picture.boxes, np.array([hurt.kind]))


def vending(entry: Vending, mixing: Mixing) -> Iterator[Tile]:
    """Street scenes with stalls and vendors' vehicles."""
    recipe, rng = mixing.recipe, mixing.rng
    actors = [
        a
        for a in read_actors(_sprites(recipe, entry.sprites), recipe.classes)
        if entry.pitch[0] <= a.pitch <= entry.pitch[1]
    ]
    paths = mixing.plates(entry.plates, entry.plates_only, entry.plates_leave_out)
    labelled = {}
    if entry.labels:
        split = Path(entry.plates).name
        found = mixing.examples(entry.labels, split, entry.plates_only, entry.plates_leave_out)
        labelled = {e.picture.stem: e for e in found}
    staging = Staging(side=recipe.side, empty=entry.empty, night=entry.night, close=entry.close)
    for number in range(entry.count):
        path = paths[int(rng.integers(len(paths)))]
        plate = read(labelled[path.stem]) if path.stem in labelled else _bare(path, rng)
        name = f"scene{number}_{path.stem}"
        yield street_scene(plate, actors, recipe.classes, name, rng, staging, entry.horizon)


_MAKERS: dict[type, tuple[Callable[..., Iterator[Tile]], ...]] = {
    Pictures: (whole_pictures,),
    Tiles: (native_tiles,),
    Sheets: (sheets,),
    Clean: (clean_tiles,),
    Rubbish: (rubbish,),
    Covers: (covers, broken_covers),
    Vending: (vending,),
}


def build(recipe: Recipe, stage: Stage, out: Path) -> Path:
    """Makes a stage's pictures.

    Args:
        recipe: see `tuning.recipe`.
        stage: one of its stages.
        out: an empty or missing folder.

    Returns:
        `out/data.yaml`, for ultralytics. `out/mix.json` tells what was made of each entry.

    Raises:
        DataInvalid: a folder holds nothing of what the recipe wants, `out` is in use, or a file is
            broken.
    """
    if out.exists() and any(out.iterdir()):
        raise DataInvalid(f"{out}: not empty; choose another folder or remove it")
    seed = recipe.seed if stage.seed is None else stage.seed
    mixing = Mixing(recipe, np.random.default_rng(seed))
    listed: list[str] = []
    record: list[dict[str, object]] = []
    for place, entry in enumerate(stage.mix):
        names = [
            _write(out, f"{place}_{tile.name}", tile)
            for make in _MAKERS[type(entry)]
            for tile in make(entry, mixing)
        ]
        record.append({"entry": entry.model_dump(mode="json"), "pictures": names})
        listed += [f"./images/train/{name}.jpg" for name in names] * _times(entry)
    (out / "train.txt").write_text("".join(f"{line}\n" for line in listed), encoding="utf-8")
    (out / "mix.json").write_text(json.dumps({"seed": seed, "mix": record}, indent=1))
    description = out / "data.yaml"
    names_of = dict(enumerate(recipe.classes))
    # ultralytics validates after the last epoch, come what may: one picture costs nothing.
    (out / "val.txt").write_text(f"{listed[0]}\n", encoding="utf-8")
    layout = {"path": str(out.resolve()), "train": "train.txt", "val": "val.txt"}
    description.write_text(yaml.safe_dump({**layout, "names": names_of}, allow_unicode=True))
    return description


def _times(entry: Entry) -> int:
    return entry.repeat if isinstance(entry, Pictures) else 1


def _sprites(recipe: Recipe, folder: str | None) -> Path:
    return recipe.data / folder if folder else SHIPPED_SPRITES


def _bare(path: Path, rng: np.random.Generator) -> Picture:
    """A picture, or a frame drawn from a clip, with nothing marked in it."""
    none = np.zeros((0, 4))
    if path.suffix.lower() not in VIDEOS:
        return Picture(path.stem, read_picture(path), none, none)
    clip = cv2.VideoCapture(str(path))
    number = int(rng.integers(max(int(clip.get(cv2.CAP_PROP_FRAME_COUNT)), 1)))
    clip.set(cv2.CAP_PROP_POS_FRAMES, number)
    good, frame = clip.read()
    clip.release()
    if not good:
        raise DataInvalid(f"{path}: frame {number} cannot be read; replace or remove the clip")
    return Picture(f"{path.stem}-{number}", np.asarray(frame, dtype=np.uint8), none, none)


def _write(out: Path, name: str, tile: Tile) -> str:
    for kind in ("images", "labels"):
        (out / kind / "train").mkdir(parents=True, exist_ok=True)
    target = out / "images" / "train" / f"{name}.jpg"
    if not cv2.imwrite(str(target), tile.image, [cv2.IMWRITE_JPEG_QUALITY, 95]):
        raise DataInvalid(f"{target}: cannot be written; is the disk full?")
    height, width = tile.image.shape[:2]
    shares = tile.boxes / (width, height, width, height)
    rows = [(*(b[:2] + b[2:]) / 2, *(b[2:] - b[:2])) for b in shares]
    lines = [
        f"{kind} " + " ".join(f"{n:.6f}" for n in row)
        for kind, row in zip(tile.classes, rows, strict=True)
    ]
    (out / "labels" / "train" / f"{name}.txt").write_text("".join(f"{x}\n" for x in lines))
    return name
