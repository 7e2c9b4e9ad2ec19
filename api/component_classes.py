"""Classes of surveyed components: read from YAML, kept in versions, as the catalogue is."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.config_file import config_file
from api.errors import CatalogueInvalid
from api.schema import Category
from api.standards import PREFIX, Filled
from api.store.component_tables import ComponentClassRow, ComponentClassVersionRow
from api.store.engine import Store, retry_on_clash
from yamlfile import load_yaml

_Code = Annotated[str, Field(pattern=r"^[0-9]{4}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Named(_Strict):
    name_zh: Filled
    name_en: Filled


class ComponentClasses(_Strict):
    """The whole file."""

    version: Annotated[str, Field(min_length=1, max_length=32)]
    scheme: Annotated[str, Field(min_length=1, max_length=32)]
    source: Filled
    classes: dict[_Code, _Named]

    def categories(self) -> tuple[Category, ...]:
        """The classes as cases have them."""
        return tuple(
            Category(
                scheme=self.scheme,
                type="部件",
                code=code,
                service_code=f"{PREFIX['部件']}-{code}",
                name_zh=named.name_zh,
                name_en=named.name_en,
            )
            for code, named in self.classes.items()
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the content; comments and order do not count."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def read_component_classes(path: Path | None = None) -> ComponentClasses:
    """Read and check the classes, the shipped ones by default.

    Raises:
        CatalogueInvalid: the file is missing, is no YAML, or breaks the schema.
    """
    with config_file(path, "component_classes.yaml", CatalogueInvalid) as file:
        return load_yaml(file, ComponentClasses)


@retry_on_clash
def seed_component_classes(store: Store, classes: ComponentClasses) -> None:
    """Put a version into the tables, unless it is there.

    Raises:
        CatalogueInvalid: the version is there with other content.
    """
    with store.writing() as session:
        known = session.get(ComponentClassVersionRow, classes.version)
        if known is not None:
            if known.digest != classes.digest:
                raise CatalogueInvalid(
                    f"component_classes.yaml: version: {classes.version} is already stored with "
                    "other content, and cases refer to it. Give the changed file a new version"
                )
            return
        session.add(
            ComponentClassVersionRow(
                version=classes.version,
                digest=classes.digest,
                source=classes.source,
                seeded_at=datetime.now(UTC),
            )
        )
        session.flush()
        session.add_all(
            ComponentClassRow(version=classes.version, **category.model_dump())
            for category in classes.categories()
        )
