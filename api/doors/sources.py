"""Who tells of problems (问题来源), and what their codes mean: `sources.yaml`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.config_file import config_file
from api.errors import SettingsInvalid
from api.schema import Crs, Place
from yamlfile import load_yaml

CAMERA = "camera"
"""The source that our own workers are."""

_Short = Annotated[str, Field(min_length=1, max_length=64)]
_Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]


class SourceKind(StrEnum):
    """Through whose eyes it is seen."""

    VIDEO = "video"
    PUBLIC = "public"
    COLLECTOR = "collector"
    AUTHORITY = "authority"
    """Another authority's, which hands it over (移送); 接收移送 takes it in."""


class Shape(StrEnum):
    """In which form a source writes."""

    TICKET = "ticket"
    DAHUA = "dahua"
    HUAWEI = "huawei"
    HIKVISION = "hikvision"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Strict):
    """One source.

    Attributes:
        name_zh: its 问题来源.
        kind: through whose eyes it sees.
        shape: the form it writes in; None has no address under /v1/intake.
        verify: what it tells of needs 核实 before 立案.
        crs: the system of coordinates that come without one; None refuses them.
        codes: its table of codes.
        cameras: its own name of a camera to where that camera is.
    """

    name_zh: _Short
    name_en: _Short
    kind: SourceKind
    shape: Shape | None = None
    verify: bool = False
    crs: Crs | None = None
    codes: str | None = None
    cameras: dict[_Short, Place] = {}


class Meaning(_Strict):
    """What a vendor's code means here: a class, and the label that conditions go by."""

    service_code: Annotated[str, Field(alias="class", pattern=r"^[EC]-[0-9]{4,6}$")]
    name_zh: _Short
    label: Annotated[str, Field(max_length=64)] = ""
    file: bool = True


class CodeTable(_Strict):
    """A vendor's codes; with `words`, keys are words that a text is searched for, in order."""

    source: Annotated[str, Field(min_length=1)]
    words: bool = False
    map: dict[_Short, Meaning]

    def find(self, *texts: str) -> Meaning | None:
        """The meaning of a code, or of the first word that is in one of the texts."""
        if self.words:
            hit = next((word for word in self.map if any(word in text for text in texts)), None)
            return None if hit is None else self.map[hit]
        folded = {key.lower(): meaning for key, meaning in self.map.items()}
        return next((folded[text.lower()] for text in texts if text.lower() in folded), None)


class CallbackLevel(_Strict):
    """One of the levels on which a caller is asked, and the states in which that may be."""

    level: Annotated[int, Field(ge=1, le=9)]
    name_zh: _Short
    name_en: _Short
    states: Annotated[frozenset[str], Field(min_length=1)]


class _Callbacks(_Strict):
    source: Annotated[str, Field(min_length=1)]
    levels: Annotated[tuple[CallbackLevel, ...], Field(min_length=1)]


class Sources(_Strict):
    """The whole file."""

    version: Annotated[str, Field(min_length=1, max_length=32)]
    sources: dict[_Name, Source]
    codes: dict[_Name, CodeTable]
    callbacks: _Callbacks

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if CAMERA not in self.sources:
            raise ValueError(f"`sources` needs `{CAMERA}`: our own workers are filed under it")
        for name, source in self.sources.items():
            if source.codes is not None and source.codes not in self.codes:
                known = ", ".join(self.codes)
                raise ValueError(f"sources.{name}.codes: no table {source.codes}; there: {known}")
        return self

    def table_of(self, source: Source) -> CodeTable | None:
        """The table of a source's codes, if it has one."""
        return None if source.codes is None else self.codes[source.codes]


def read_sources(path: Path | None = None) -> Sources:
    """Read and check the table of sources, the shipped one by default.

    Raises:
        SettingsInvalid: the file is missing, is no YAML, or breaks the schema.
    """
    with config_file(path, "sources.yaml", SettingsInvalid) as file:
        return load_yaml(file, Sources)
