"""The catalogue of violations: read from YAML, kept in versioned tables.

Cases refer to a version and a category of it, so that an old case keeps the code that it was
filed under. A version never changes once it is stored.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import select

from api.config_file import config_file
from api.errors import CatalogueInvalid
from api.schema import Category
from api.standards import PREFIX, CategoryEntry, Filled, StandardEntry, Strict
from api.store.engine import Store, retry_on_clash
from api.store.life_tables import CaseStandardRow, StageLimitRow
from api.store.models import CatalogueVersionRow, CategoryRow
from yamlfile import at, load_yaml


class _Entry(CategoryEntry):
    watch: dict[str, Any] | None = None  # how cameras look for it: the workers' business
    standards: Annotated[list[StandardEntry], Field(min_length=1)]


class _File(Strict):
    version: Annotated[str, Field(min_length=1, max_length=32)]
    scheme: Annotated[str, Field(min_length=1, max_length=32)]
    source: Filled
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
        standards: kind of violation to its filing conditions, the usual one first.
        digest: SHA-256 of the content; comments and order do not count.
    """

    version: str
    source: str
    categories: dict[str, Category]
    standards: dict[str, tuple[StandardEntry, ...]]
    digest: str


def read_catalogue(path: Path | None = None) -> Catalogue:
    """Read and check a catalogue file, the shipped one by default.

    Raises:
        CatalogueInvalid: the file is missing, is no YAML, or breaks the schema.
    """
    with config_file(path, "violations.yaml", CatalogueInvalid) as file:
        parsed = _read(file)
    content = json.dumps(parsed.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Catalogue(
        parsed.version,
        parsed.source,
        {kind: category_of(parsed.scheme, entry) for kind, entry in parsed.violations.items()},
        {kind: tuple(entry.standards) for kind, entry in parsed.violations.items()},
        digest,
    )


def _read(path: Path) -> _File:
    parsed = load_yaml(path, _File)
    _no_twins(path, parsed)
    return parsed


def category_of(scheme: str, entry: CategoryEntry) -> Category:
    """A category as cases have it, with its service code, such as `E-0102`."""
    return Category(
        scheme=scheme,
        type=entry.type,
        code=entry.code,
        service_code=f"{PREFIX[entry.type]}-{entry.code}",
        name_zh=entry.name_zh,
        name_en=entry.name_en,
    )


def _no_twins(path: Path, parsed: _File) -> None:
    """Refuse what would leave open which condition is meant.

    Raises:
        CatalogueInvalid: two conditions of a kind have the same id, or claim the same label.
    """
    for kind, entry in parsed.violations.items():
        ids: set[str] = set()
        labels: dict[str, str] = {}
        for index, one in enumerate(entry.standards):
            where = ("violations", kind, "standards", index)
            if one.id in ids:
                raise CatalogueInvalid(
                    f"{at(path, *where, 'id')}: {one.id} stands twice; rename one"
                )
            ids.add(one.id)
            for label in one.labels:
                if label in labels:
                    raise CatalogueInvalid(
                        f"{at(path, *where, 'labels')}: {label} is a label of {labels[label]} too; "
                        "keep it with one of them"
                    )
                labels[label] = one.id


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
        for kind, category in catalogue.categories.items():
            session.add(CategoryRow(version=catalogue.version, kind=kind, **category.model_dump()))
            session.flush()
            for position, entry in enumerate(catalogue.standards[kind]):
                session.add(_standard_row(catalogue.version, kind, category, position, entry))


def _standard_row(
    version: str, kind: str, category: Category, position: int, entry: StandardEntry
) -> CaseStandardRow:
    own = category if entry.category is None else category_of(category.scheme, entry.category)
    return CaseStandardRow(
        version=version,
        kind=kind,
        standard=entry.id,
        position=position,
        labels=list(entry.labels),
        zones=list(entry.zones),
        **own.model_dump(),
        condition_zh=entry.condition_zh,
        condition_en=entry.condition_en,
        closing_zh=entry.closing_zh,
        closing_en=entry.closing_en,
        grade=entry.grade,
        department=entry.department,
        closes_on_check=entry.closes == "check",
        source=entry.source,
        limits=[
            StageLimitRow(
                stage=stage,
                position=order,
                amount=float(limit.amount),
                unit=limit.unit.value,
                source=entry.source,
            )
            for order, (stage, limit) in enumerate(entry.limits.items())
        ],
    )
