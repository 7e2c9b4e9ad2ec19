"""A verifier's recipe: which pictures it learns from, and how. For `five-chief train`."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from detector.card import Closed, Name
from tuning.entries import Entry
from yamlfile import load_yaml


class Source(Closed):
    """Pictures, and the detector that looks at them.

    Attributes:
        detector: a model's folder; its classes are the labels' class numbers.
        recipe: the detector's; `same_source` in it keeps pictures of one place together, and its
            data is what `made` draws from.
        data: a folder in YOLO format; None where the pictures are made.
        split: of it.
        only: how the names of its pictures begin.
        leave_out: names not wanted.
        most: so many of the pictures at most, drawn by their names; None takes all.
        nothing: there is nothing in them that the detector should see; labels are not read.
        made: pictures that are made as the detector's training pictures are: `tuning.entries`.
        side: of a made picture, pixels: those of a camera of 1280×720, so that a crop is as sharp.
    """

    detector: Path
    recipe: Path
    data: Path | None = None
    split: str = "train"
    only: str = ""
    leave_out: tuple[str, ...] = ()
    most: Annotated[int | None, Field(ge=1)] = None
    nothing: bool = False
    made: tuple[Entry, ...] = ()
    side: Annotated[int, Field(ge=32, multiple_of=16)] = 720

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if (self.data is None) == (not self.made):
            raise ValueError("give either `data` or `made`")
        return self


class VerifierRecipe(Closed):
    """How a verifier is made. Paths are relative to the recipe's folder, the verifier's.

    Attributes:
        kind: tells `five-chief train` what it is a recipe of.
        sources: pictures to learn from.
        held_back: one in so many sources is held back, by the checksum of its name, to measure on:
            the detectors' own dev part, if theirs is as large.
        judges: the classes that a detector may claim and the verifier is asked about.
        candidates_from: the detectors' detections that are learnt from score at least this.
        measured_from: likewise, those that it is measured on.
        jitter: so many shifted copies of each label, since a detector's box is not a person's.
        strength: of the regression's weights; the inverse of its penalty.
        kept: the share of true candidates that must pass.
        folds: so many parts, by source, of which each is judged by what the others teach: from
            these comes the share that lets `kept` of the true ones pass.
        seed: of all that is drawn.
    """

    kind: Literal["verifier"]
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    held_back: Annotated[int, Field(ge=2)] = 5
    judges: Annotated[tuple[Name, ...], Field(min_length=1)]
    candidates_from: Annotated[float, Field(gt=0, lt=1)] = 0.03
    measured_from: Annotated[float, Field(gt=0, lt=1)] = 0.1
    jitter: Annotated[int, Field(ge=0)] = 2
    strength: Annotated[float, Field(gt=0)] = 0.0001
    kept: Annotated[float, Field(gt=0, lt=1)] = 0.95
    folds: Annotated[int, Field(ge=2)] = 4
    seed: int = 1


class _Kind(BaseModel):
    """Of any recipe the one key that tells a verifier's."""

    kind: str = ""


def is_verifiers(path: Path) -> bool:
    """Whether a file is a verifier's recipe, rather than a detector's.

    Raises:
        YamlFileError: it is no YAML.
    """
    return load_yaml(path, _Kind).kind == "verifier"


def load_verifier_recipe(path: Path) -> VerifierRecipe:
    """Read a recipe; its paths come back resolved.

    Raises:
        YamlFileError: it cannot be read as one; the message names file, line, key and fix.
    """
    read, folder = load_yaml(path, VerifierRecipe), path.resolve().parent
    sources = tuple(
        one.model_copy(
            update={
                "detector": folder / one.detector,
                "recipe": folder / one.recipe,
                "data": None if one.data is None else (folder / one.data).resolve(),
            }
        )
        for one in read.sources
    )
    return read.model_copy(update={"sources": sources})
