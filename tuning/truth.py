"""What a clip really shows: `NAME.truth.yaml` beside `NAME.mp4` (docs/truth.md)."""

from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from yamlfile import YamlFileError, load_yaml

Pixels = Annotated[float, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]


class TruthInvalid(Exception):
    """A truth file that cannot be used; the message names file, line, key and fix."""


class TrueEvent(BaseModel):
    """One violation in a clip.

    Attributes:
        what: its kind, as the catalogue calls it: `litter`, `vending` or `manhole`.
        box: x0, y0, x1, y1 in pixels of the clip's picture.
        begin: `from` in the file: first seen, seconds from the clip's first picture.
        end: `to` in the file: last seen; None for what stays to the end.
        note: what it is, in words.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    what: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    box: tuple[Pixels, Pixels, Pixels, Pixels]
    begin: Annotated[Seconds, Field(alias="from")]
    end: Annotated[Seconds | None, Field(alias="to")] = None
    note: str = ""

    @model_validator(mode="after")
    def _is_somewhere_for_a_while(self) -> Self:
        if self.box[0] >= self.box[2] or self.box[1] >= self.box[3]:
            raise ValueError("`box` is x0, y0, x1, y1 in pixels, with x0 < x1 and y0 < y1")
        if self.end is not None and self.end <= self.begin:
            raise ValueError("`to` must be later than `from`; both are seconds into the clip")
        return self


class Truth(BaseModel):
    """The violations of one clip, in any order.

    Attributes:
        events: none for a clip in which nothing is to be filed.
        made: how the clip came about, for the reader.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    events: tuple[TrueEvent, ...] = ()
    made: dict[str, Any] = {}


def truth_path(clip: Path) -> Path:
    """Where a clip's truth lies: `street.mp4` has `street.truth.yaml`."""
    return clip.with_suffix(".truth.yaml")


def read_truth(path: Path) -> Truth:
    """Read a truth file.

    Raises:
        TruthInvalid: it is missing, no YAML, or says what cannot be.
    """
    try:
        return load_yaml(path, Truth)
    except YamlFileError as error:
        raise TruthInvalid(str(error)) from error


def write_truth(truth: Truth, path: Path) -> None:
    """Write a truth file whole or not at all."""
    partial = path.with_name(path.name + ".part")
    plain = truth.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    partial.write_text(
        yaml.safe_dump(
            {"events": [], **plain}, sort_keys=False, allow_unicode=True, default_flow_style=None
        ),
        "utf-8",
    )
    partial.replace(path)
