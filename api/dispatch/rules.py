"""The rules of dispatch, from `configs/dispatch.yaml`."""

import string
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.config_file import config_file
from api.errors import DispatchInvalid
from api.schema.dispatch import Email, Phone, TimeLimit
from api.schema.life import CaseStatus
from yamlfile import load_yaml

FIELDS = frozenset(
    "number category address place name role deadline department condition shop until "
    "waited guard".split()
)
"""What a text may hold in braces."""
ServiceCode = Annotated[str, Field(pattern=r"^[EC]-[0-9]{4}$")]
Audience = Literal["chief", "keeper", "department"]
Text = Literal["chief", "escalated", "department", "keeper"]


def _known_fields(text: str) -> str:
    try:
        found = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise ValueError(f"braces do not match ({error}); write {{number}}") from None
    unknown = sorted(found - FIELDS)
    if unknown:
        raise ValueError(f"{{{unknown[0]}}} is unknown; known are: {', '.join(sorted(FIELDS))}")
    return text


def _until_alone(text: str) -> str:
    others = {name for _, name, _, _ in string.Formatter().parse(_known_fields(text)) if name}
    if others - {"until"}:
        raise ValueError("may hold {until} alone")
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reached(_Strict):
    """How a department is reached."""

    phone: Phone | None = None
    email: Email | None = None


class ShopRule(_Strict):
    """For which categories a shop counts, and how near is at it."""

    service_codes: tuple[ServiceCode, ...] = ()
    within_m: Annotated[float, Field(ge=0, le=200)] = 15.0


class ComponentRule(_Strict):
    """Which surveyed components a case may be at, and how near; nearer reaches are tried first."""

    categories: frozenset[Annotated[str, Field(pattern=r"^[0-9]{4}$")]] = frozenset()
    within_m: tuple[Annotated[float, Field(gt=0, le=100)], ...] = (5.0, 10.0)


class SelfRectify(_Strict):
    """How long a shop has to put something right before a case is filed.

    A shop that had a window within `once_in_hours` gets no other: its case is filed at once.
    """

    service_code: ServiceCode
    window: TimeLimit
    once_in_hours: Annotated[float, Field(ge=0, le=8760)] = 0.0


class Record(_Strict):
    """How a shop is graded."""

    days: Annotated[int, Field(ge=1, le=3660)]
    points: dict[Literal["rectified", "filed"], Annotated[float, Field(ge=0)]]
    yellow: float
    red: float

    @model_validator(mode="after")
    def _in_order(self) -> "Record":
        if not 0 < self.yellow < self.red:
            raise ValueError("yellow and red must rise: 0 < yellow < red")
        return self

    @property
    def formula(self) -> str:
        """In words."""
        sums = " + ".join(f"{worth:g} x {name}" for name, worth in sorted(self.points.items()))
        return f"{sums} in {self.days} days; yellow from {self.yellow:g}, red from {self.red:g}"

    def grade(self, points: float) -> Literal["green", "yellow", "red"]:
        """The colour of so many points."""
        return "red" if points >= self.red else "yellow" if points >= self.yellow else "green"


class Words(_Strict):
    """A notice's words, with fields in braces."""

    title: Annotated[str, Field(max_length=100), AfterValidator(_known_fields)]
    text: Annotated[str, Field(max_length=1000), AfterValidator(_known_fields)]


class DispatchRules(_Strict):
    """All of `dispatch.yaml`."""

    version: Annotated[str, Field(min_length=1, max_length=32)]
    source: Annotated[str, Field(min_length=1, max_length=200)]
    auto_dispatch: bool
    escalate_in: frozenset[CaseStatus]
    tell: dict[Audience, tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")], ...]]
    departments: dict[str, Reached] = {}
    shops: ShopRule
    components: ComponentRule
    self_rectify: tuple[SelfRectify, ...]
    record: Record
    retry_after_s: Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=1)]
    guard_note: Annotated[str, Field(max_length=200), AfterValidator(_until_alone)] = ""
    texts: dict[Text, Words]

    @model_validator(mode="after")
    def _has_all_texts(self) -> "DispatchRules":
        missing = {"chief", "escalated", "department", "keeper"} - set(self.texts)
        if missing:
            raise ValueError(f"texts: {', '.join(sorted(missing))} missing")
        return self

    def window_of(self, service_code: str) -> SelfRectify | None:
        """The self-rectify window of a category, if it has one."""
        return next((r for r in self.self_rectify if r.service_code == service_code), None)


def read_dispatch(path: Path | None) -> DispatchRules:
    """Read and check a dispatch file, the shipped one by default.

    Raises:
        DispatchInvalid: the file is missing, is no YAML, or breaks the schema.
    """
    with config_file(path, "dispatch.yaml", DispatchInvalid) as file:
        return load_yaml(file, DispatchRules)
