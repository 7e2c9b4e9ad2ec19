"""A model's recipe: one YAML file from data to weights, for `five-chief train`.

Paths are relative to the recipe's own folder. Nothing is fetched: what is not there is an error.
"""

import zlib
from pathlib import Path

from pydantic import Field, model_validator

from tuning.entries import Clean, Covers, Entry, Marked, Part, Rubbish, Vending
from yamlfile import YamlFileError, at, load_yaml


class Augment(Part):
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


class Stage(Part):
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
        share: of what this stage has learnt in the weights that it leaves; the rest are those that
            it began from. See `tuning.blending`.
    """

    epochs: int = Field(ge=1)
    rate: float = Field(1e-3, gt=0)
    warmup: float = Field(1.0, ge=0)
    freeze: int = Field(0, ge=0)
    seed: int | None = None
    mix: tuple[Entry, ...] = Field(min_length=1)
    augment: Augment = Field(default_factory=lambda: Augment.model_validate({}))
    share: float = Field(1.0, gt=0, le=1)


class Recipe(Part):
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
    same_source: dict[str, str] = Field(default_factory=dict)
    stages: tuple[Stage, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _seeds_differ_from_demos(self) -> "Recipe":
        from tuning.scenes.seeds import DEMO_SEEDS

        for stage in self.stages:
            for entry in stage.mix:
                for low, high in _seeds(entry):
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


def _seeds(entry: Entry) -> list[tuple[int, int]]:
    """First and last seeds of the cut-outs that an entry draws from."""
    if isinstance(entry, Rubbish):
        return [entry.seeds, entry.bystanders]
    if isinstance(entry, Covers):
        ranges = [seeds for seeds in (entry.rubbish, entry.bystanders) if seeds]
        return [*ranges, *((seed, seed) for seed in entry.plants)]
    return []


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
