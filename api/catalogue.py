"""The catalogue of violations: read from YAML, kept in versioned tables.

Cases refer to a version and a category of it, so that an old case keeps the code that it was
filed under. A version never changes once it is stored.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import select

from api.errors import CatalogueInvalid
from api.schema import Category
from api.store.engine import Store, retry_on_clash
from api.store.models import CatalogueVersionRow, CategoryRow
from yamlfile import YamlFileError, load_yaml

_PREFIX = {"事件": "E", "部件": "C"}
_Filled = Annotated[str, Field(min_length=1, max_length=200)]


def _quoted(value: object) -> object:
    # YAML takes 0102 for a number, and an octal one at that.
    if isinstance(value, int):
        raise ValueError('is a number; write it in quotes, such as code: "0102"')  # noqa: TRY004
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Entry(_Strict):
    type: Literal["事件", "部件"]
    code: Annotated[str, BeforeValidator(_quoted), Field(pattern=r"^[0-9]{4}$")]
    name_zh: _Filled
    name_en: _Filled


class _File(_Strict):
    version: Annotated[str, Field(min_length=1, max_length=32)]
    scheme: Annotated[str, Field(min_length=1, max_length=32)]
    source: _Filled
    violations: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")], _Entry],
        Field(min_length=1),
    ]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One version of the catalogue.

    Attributes:
        version: its name, such as `2026.11.1`.
        source: where the codes come from.
        categories: kind of violation to the category it is filed under, in the file's order.
        digest: SHA-256 of the content; comments and order do not count.
    """

    version: str
    source: str
    categories: dict[str, Category]
    digest: str


def read_catalogue(path: Path | None = None) -> Catalogue:
    """Read and check a catalogue file, the shipped one by default.

    Raises:
        CatalogueInvalid: the file is missing, is no YAML, or breaks the schema.
    """
    try:
        if path is not None:
            parsed = load_yaml(path, _File)
        else:
            with as_file(files("configs") / "violations.yaml") as shipped:
                parsed = load_yaml(shipped, _File)
    except YamlFileError as error:
        raise CatalogueInvalid(str(error)) from error
    content = json.dumps(parsed.model_dump(), sort_keys=True, ensure_ascii=False)
    categories = {
        kind: Category(
            scheme=parsed.scheme,
            type=entry.type,
            code=entry.code,
            service_code=f"{_PREFIX[entry.type]}-{entry.code}",
            name_zh=entry.name_zh,
            name_en=entry.name_en,
        )
        for kind, entry in parsed.violations.items()
    }
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Catalogue(parsed.version, parsed.source, categories, digest)


@retry_on_clash
def seed(store: Store, catalogue: Catalogue) -> None:
    """Put a version into the tables, unless it is there.

    Raises:
        CatalogueInvalid: the version is there with other content.
    """
    with store.writing() as session:
        known = session.scalar(
            select(CatalogueVersionRow.digest).where(
                CatalogueVersionRow.version == catalogue.version
            )
        )
        if known == catalogue.digest:
            return
        if known is not None:
            raise CatalogueInvalid(
                f"violations.yaml: version: {catalogue.version} is already stored with other "
                "content, and cases refer to it. Give the changed file a new version"
            )
        session.add(
            CatalogueVersionRow(
                version=catalogue.version,
                digest=catalogue.digest,
                source=catalogue.source,
                seeded_at=datetime.now(UTC),
            )
        )
        session.flush()
        session.add_all(
            CategoryRow(version=catalogue.version, kind=kind, **category.model_dump())
            for kind, category in catalogue.categories.items()
        )
