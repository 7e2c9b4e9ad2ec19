"""The catalogue as readers see it: its versions, categories and filing conditions."""

from datetime import datetime
from typing import Literal

from api.schema.base import Wire
from api.schema.compliance import Standard


class CatalogueVersion(Wire):
    """A version of the catalogue; it never changes, since cases refer to it."""

    version: str
    source: str
    stored_at: datetime
    in_force: bool
    """New cases are filed under it."""


class CatalogueKind(Wire):
    """A kind of violation: the category that it is filed under, and its filing conditions."""

    kind: str
    type: Literal["事件", "部件"]
    service_code: str
    name_zh: str
    name_en: str
    standards: tuple[Standard, ...]


class CatalogueView(CatalogueVersion):
    """One version of the catalogue, and which there are, newest first."""

    versions: tuple[CatalogueVersion, ...]
    kinds: tuple[CatalogueKind, ...]
