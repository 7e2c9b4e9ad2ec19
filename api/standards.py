"""Filing conditions (立案条件) as the catalogue's file has them."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.clocks.config import LimitModel

PREFIX = {"事件": "E", "部件": "C"}
"""Of service codes: the pair (type, code) is the key, since 事件 and 部件 share digits."""

Filled = Annotated[str, Field(min_length=1, max_length=200)]
_Words = Annotated[str, Field(min_length=1, max_length=500)]
_Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


def _quoted(value: object) -> object:
    # YAML takes 0102 for a number, and an octal one at that.
    if isinstance(value, int):
        raise ValueError('is a number; write it in quotes, such as code: "0102"')  # noqa: TRY004
    return value


class Strict(BaseModel):
    """Closed and immutable; no text is taken for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CategoryEntry(Strict):
    """A category of the code table."""

    type: Literal["事件", "部件"]
    code: Annotated[str, BeforeValidator(_quoted), Field(pattern=r"^[0-9]{4}$")]
    name_zh: Filled
    name_en: Filled


class _Limit(LimitModel):
    # From YAML amounts are plain numbers and units plain words, which strictness would refuse.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class StandardEntry(Strict):
    """One filing condition of a kind."""

    id: _Id
    labels: Annotated[list[Filled], Field(max_length=64)] = []
    # Left out of a version's content where there is none: older versions stay what they are.
    zones: Annotated[list[_Id], Field(max_length=16, exclude_if=lambda zones: not zones)] = []
    category: CategoryEntry | None = None
    condition_zh: _Words
    condition_en: _Words
    closing_zh: _Words
    closing_en: _Words
    grade: Literal["A", "B", "C"]
    department: Annotated[str, Field(min_length=1, max_length=80)]
    closes: Literal["check", "clerk"] = "check"
    limits: dict[_Id, _Limit] = {}
    source: Filled
