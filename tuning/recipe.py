"""A model's recipe: one YAML file from data to weights, for `five-chief train`.

Paths are relative to the recipe's own folder. Nothing is fetched: what is not there is an error.
"""

import zlib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from yamlfile import YamlFileError, at, load_yaml

SHIPPED_SPRITES = Path(__file__).parent / "scenes" / "sprites"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Marked(_Part):
    """Pictures with boxes.

    Attributes:
        source: a folder in YOLO format below the recipe's `data`; `from` in the file.
        split: the folder below `images/` and `labels/`.
        only: how the names of the pictures wanted begin.
        leave_out: names not wanted.
    """

    source: str = Field(alias="from")
    split: str = "train"
    only: str = ""
    leave_out: tuple[str, ...] = ()


class Pictures(Marked):
    """Whole pictures, as often as `repeat` says; `count` takes so many of them, drawn."""

    kind: Literal["pictures"]
    repeat: int = Field(1, ge=1)
    count: int | None = Field(None, ge=1)


class Tiles(Marked):
    """Squares cut from pictures, enlarged `zoom` times: small things must not be shrunk.

    Attributes:
        zoom: how much larger than in the picture things are; the camera's picture must be read
            enlarged likewise.
        around: share of pictures with something in them that also give a tile without.
        empty: share of pictures with nothing in them that give a tile.
        visible: share of a box that must be inside a tile to count; less is greyed out.
    """

    kind: Literal["tiles"]
    zoom: float = Field(1.0, gt=0)
    around: float = Field(0.25, ge=0, le=1)
    empty: float = Field(0.5, ge=0, le=1)
    visible: float = Field(0.5, gt=0, le=1)


class Sheets(Marked):
    """Sheets of `across` by `across` pictures, since things in a street are smaller."""

    kind: Literal["sheets"]
    count: int = Field(ge=1)
    across: int = Field(2, ge=2, le=4)


class Clean(_Part):
    """Tiles from a folder of pictures, or of clips, that hold nothing to find.

    Attributes:
        folder: below the recipe's `data`.
        count: how many.
        only: what the pictures' names begin with.
        names: these alone, without suffix: such as those in which an earlier stage was wrong.
        zoom: how much larger a tile is shown than it is in its picture.
    """

    kind: Literal["clean"]
    folder: str
    count: int = Field(ge=1)
    only: str = ""
    names: tuple[str, ...] = ()
    zoom: float = Field(1.0, gt=0)


class Rubbish(_Part):
    """Cut-outs of rubbish on the tiles without litter that the entries above gave.

    Attributes:
        count: how many.
        seeds: first and last seed of the cut-outs; never a demo's.
        bystanders: likewise, of what stands in streets by right.
        covers: a YOLO folder of manhole covers, which are no litter.
    """

    kind: Literal["rubbish"]
    count: int = Field(ge=1)
    seeds: tuple[int, int]
    bystanders: tuple[int, int]
    covers: str | None = None
    sprites: str | None = None


class Covers(Marked):
    """Manhole covers cut from their pictures, laid small into streets.

    Attributes:
        count: how many pictures.
        plates: a folder of street pictures below `data`.
        plates_only: how the names of those wanted begin.
        broken: share of sound covers that are broken by drawing holes and cracks on them.
        wide: pixels across, of a cover far off and of one near, at the training picture's size.
    """

    kind: Literal["covers"]
    count: int = Field(ge=1)
    plates: str
    plates_only: str = ""
    broken: float = Field(0.0, ge=0, le=1)
    wide: tuple[float, float] = (22.0, 110.0)


class Vending(_Part):
    """Stalls and vendors' vehicles put into street pictures.

    Attributes:
        count: how many pictures.
        plates: a folder of street pictures or clips below `data`.
        plates_only: how the names of those wanted begin.
        plates_leave_out: names not wanted.
        labels: the folder with the plates' own boxes, where they have some.
        pitch: smallest and largest angle that cut-outs are seen from, degrees.
        horizon: of the plates, as a share from the top; negative for a camera that looks down.
        empty: share of the pictures without vending.
        night: share darkened to night.
        close: share with one thing that fills most of the picture.
    """

    kind: Literal["vending"]
    count: int = Field(ge=1)
    plates: str
    plates_only: str = ""
    plates_leave_out: tuple[str, ...] = ()
    labels: str | None = None
    pitch: tuple[float, float] = (0.0, 90.0)
    horizon: float = 0.42
    empty: float = Field(0.25, ge=0, le=1)
    night: float = Field(0.2, ge=0, le=1)
    close: float = Field(0.15, ge=0, le=1)
    sprites: str | None = None


Entry = Annotated[
    Pictures | Tiles | Sheets | Clean | Rubbish | Covers | Vending, Field(discriminator="kind")
]


class Augment(_Part):
    """What is done to pictures anew each time they are seen; names and units are ultralytics'."""

    mosaic: float = Field(0.4, ge=0, le=1)
    close_mosaic: int = Field(2, ge=0)
    scale: float = Field(0.3, ge=0, le=1)
    translate: float = Field(0.1, ge=0, le=1)
    degrees: float = Field(0.0, ge=0, le=180)
    fliplr: float = Field(0.5, ge=0, le=1)
    flipud: float = Field(0.0, ge=0, le=1)
    hsv_h: float = Field(0.015, ge=0, le=1)
    hsv_s: float = Field(0.7, ge=0, le=1)
    hsv_v: float = Field(0.4, ge=0, le=1)


class Stage(_Part):
    """One training, from the weights that the stage before left.

    Attributes:
        epochs: how many.
        rate: the learning rate that AdamW starts from.
        warmup: epochs over which the rate rises: one or two for COCO weights, whose batch norm is
            folded and must find its statistics first.
        freeze: so many of the network's first layers stay as they are.
        seed: of this stage, where it is not the recipe's.
        mix: what is trained on.
        augment: likewise; what is done to it.
    """

    epochs: int = Field(ge=1)
    rate: float = Field(1e-3, gt=0)
    warmup: float = Field(1.0, ge=0)
    freeze: int = Field(0, ge=0)
    seed: int | None = None
    mix: tuple[Entry, ...] = Field(min_length=1)
    augment: Augment = Field(default_factory=lambda: Augment.model_validate({}))


class Recipe(_Part):
    """See the module.

    Attributes:
        model: the name of the folder in `models/`.
        classes: names in the order of their numbers.
        start: the `.pt` to start from.
        data: the folder that the entries' folders are in.
        seed: of all that is drawn.
        side: of a training picture, pixels.
        batch: pictures a step of the network; the optimizer steps every sixteen.
        hold_out: one in so many sources is kept out of training, for choosing: the dev part.
        same_source: pictures that must stay together, as {name: name of its source}.
        stages: one after the other.
    """

    model: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    classes: tuple[str, ...] = Field(min_length=1)
    start: Path
    data: Path
    seed: int = 11
    side: int = Field(640, ge=32, multiple_of=32)
    batch: int = Field(8, ge=1)
    hold_out: int | None = Field(None, ge=2)
    same_source: dict[str, str] = {}
    stages: tuple[Stage, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _seeds_differ_from_demos(self) -> "Recipe":
        from tuning.scenes.seeds import DEMO_SEEDS

        for stage in self.stages:
            for entry in stage.mix:
                if isinstance(entry, Rubbish):
                    for low, high in (entry.seeds, entry.bystanders):
                        if low > high or any(low <= seed <= high for seed in DEMO_SEEDS):
                            raise ValueError(
                                f"cut-outs {low} to {high} hold a demo's seed or none; a model "
                                "trained on a demo's own rubbish would prove nothing there"
                            )
        return self

    def is_dev(self, name: str) -> bool:
        """Whether a picture of that name (without suffix) is kept out of training."""
        if self.hold_out is None:
            return False
        source = self.same_source.get(name, name)
        return zlib.crc32(source.encode()) % self.hold_out == 0


def load_recipe(path: Path) -> Recipe:
    """Reads a recipe; its paths come back resolved.

    Raises:
        YamlFileError: it cannot be read as one, or names a folder or file that is not there; each
            line tells file, line, key and fix.
    """
    read = load_yaml(path, Recipe)
    folder = path.resolve().parent
    recipe = read.model_copy(
        update={"start": (folder / read.start).resolve(), "data": (folder / read.data).resolve()}
    )
    problems = []
    if not recipe.start.is_file():
        problems.append(f"{at(path, 'start')}: no weights at {recipe.start}; put a .pt file there")
    if not recipe.data.is_dir():
        problems.append(f"{at(path, 'data')}: no folder {recipe.data}; give the data's folder")
    for number, stage in enumerate(recipe.stages):
        for place, entry in enumerate(stage.mix):
            for key, name in _folders(entry):
                if recipe.data.is_dir() and not (recipe.data / name).is_dir():
                    where = at(path, "stages", number, "mix", place, key)
                    problems.append(f"{where}: no folder {recipe.data / name}; correct the name")
    if problems:
        raise YamlFileError(path, problems)
    return recipe


def _folders(entry: Entry) -> list[tuple[str, str]]:
    """The folders below `data` that an entry needs, by their keys in the file."""
    named: list[tuple[str, str]] = []
    if isinstance(entry, Marked):
        named.append(("from", entry.source))
    if isinstance(entry, Clean):
        named.append(("folder", entry.folder))
    if isinstance(entry, (Covers, Vending)):
        named.append(("plates", entry.plates))
    if isinstance(entry, Rubbish) and entry.covers:
        named.append(("covers", entry.covers))
    return named
