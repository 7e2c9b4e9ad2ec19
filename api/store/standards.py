"""Filing conditions: which there are, and how a clerk changes a case's."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.schema.compliance import StageLimit, Standard
from api.store.engine import Store
from api.store.errors import UnknownStandard
from api.store.life_tables import CaseStandardRow
from api.store.models import CaseRow, CatalogueVersionRow


def list_standards(store: Store, version: str) -> tuple[Standard, ...]:
    """The filing conditions of a version of the catalogue, by kind and in its order."""
    query = (
        select(CaseStandardRow)
        .where(CaseStandardRow.version == version)
        .order_by(CaseStandardRow.kind, CaseStandardRow.position)
    )
    with store.reading() as session:
        return tuple(_view(row) for row in session.scalars(query))


def _view(row: CaseStandardRow) -> Standard:
    return Standard(
        id=f"{row.kind}.{row.standard}",
        kind=row.kind,
        service_code=row.service_code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        condition_zh=row.condition_zh,
        condition_en=row.condition_en,
        closing_zh=row.closing_zh,
        closing_en=row.closing_en,
        grade=row.grade,
        department=row.department,
        closes_on_check=row.closes_on_check,
        limits=tuple(
            StageLimit(stage=one.stage, amount=one.amount, unit=one.unit, source=one.source)
            for one in row.limits
        ),
        source=row.source,
    )


def set_standard(session: Session, row: CaseRow, key: str) -> None:
    """Put a case under another filing condition, `kind.id`, of the newest catalogue.

    Raises:
        UnknownStandard: there is none of that name.
    """
    kind, _, name = key.partition(".")
    newest = session.scalar(
        select(CatalogueVersionRow.version).order_by(CatalogueVersionRow.seeded_at.desc()).limit(1)
    )
    query = select(CaseStandardRow).where(CaseStandardRow.version == newest)
    known = {f"{one.kind}.{one.standard}": one for one in session.scalars(query)}
    if key not in known:
        raise UnknownStandard(f"{key!r} is no filing condition; known are: {', '.join(known)}")
    assert newest is not None  # noqa: S101 (a condition was found in it)
    row.catalogue_version, row.kind, row.standard = newest, kind, name
    session.flush()
    session.expire(row, ["category", "condition"])
