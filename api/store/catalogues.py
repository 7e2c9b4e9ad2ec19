"""The versions of the catalogue that are stored."""

from typing import Literal, cast

from sqlalchemy import select

from api.schema.catalogue import CatalogueKind, CatalogueVersion, CatalogueView
from api.store.engine import Store
from api.store.models import CatalogueVersionRow, CategoryRow
from api.store.standards import list_standards


class UnknownVersion(Exception):
    """No such version of the catalogue was ever stored."""


def read_version(store: Store, version: str, in_force: str) -> CatalogueView:
    """A version with its kinds by code.

    Args:
        in_force: the version that new cases are filed under.

    Raises:
        UnknownVersion: there is none.
    """
    query = select(CatalogueVersionRow).order_by(CatalogueVersionRow.seeded_at.desc())
    kinds = (
        select(CategoryRow).where(CategoryRow.version == version).order_by(CategoryRow.service_code)
    )
    with store.reading() as session:
        versions = tuple(
            CatalogueVersion(
                version=row.version,
                source=row.source,
                stored_at=row.seeded_at,
                in_force=row.version == in_force,
            )
            for row in session.scalars(query)
        )
        rows = session.scalars(kinds).all()
    shown = next((one for one in versions if one.version == version), None)
    if shown is None:
        raise UnknownVersion(f"there is no version {version} of the catalogue")
    standards = list_standards(store, version)
    return CatalogueView(
        **shown.model_dump(),
        versions=versions,
        kinds=tuple(
            CatalogueKind(
                kind=row.kind,
                type=cast("Literal['事件', '部件']", row.type),
                service_code=row.service_code,
                name_zh=row.name_zh,
                name_en=row.name_en,
                standards=tuple(one for one in standards if one.kind == row.kind),
            )
            for row in rows
        ),
    )
