"""Surveyed components (部件), such as manhole covers, with their owners: imported, read, found."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from api.auth import READERS, Caller, requires
from api.coordinates import NotInChina, to_wgs84
from api.dispatch.tables import read_components
from api.openapi import problems
from api.problems import Problem, invalid
from api.routes.tables import CSV, CsvBody, LeaveOut, TableCrs, fit_to_import, table_request
from api.schema import Crs
from api.schema.dispatch import Component, ComponentPage, ComponentsAt, ImportResult
from api.schema.people import Role
from api.services import Parts
from api.store.register import components_near, get_component, list_components
from api.store.shops import put_components

router = APIRouter(prefix="/v1/components", tags=["chiefs"])

_Number = r"^[0-9]{16,19}$"


@router.post(
    "/import",
    summary="Import surveyed components from CSV",
    dependencies=[requires(Role.CLERK, Role.ADMIN)],
    responses=problems(401, 403, 413, 415, 422, 503),
    openapi_extra=table_request(CSV),
)
def import_components(
    parts: Parts,
    caller: Caller,
    body: CsvBody,
    crs: TableCrs = Crs.WGS84,
    scheme: Annotated[
        Literal["cjj214-2", "yunguanfu-3", "local"],
        Query(description="How its numbers are made; positions are checked for cjj214-2 alone."),
    ] = "cjj214-2",
    leave_out_wrong: LeaveOut = False,
) -> ImportResult:
    """Take over a table of components with their owners, UTF-8 or GB 18030, checked row by row.

    Each wrong row is named with its column, and unless asked otherwise nothing is imported then. A
    component that is known by its number is changed; those that are not named stay as they are.
    """
    table = fit_to_import(lambda: read_components(body, crs, scheme), leave_out_wrong)
    return put_components(parts.store, table.documents, table.wrong, caller.name, datetime.now(UTC))


@router.get(
    "",
    summary="List surveyed components",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_components(
    parts: Parts,
    category: Annotated[str | None, Query(pattern=r"^[0-9]{4}$", description="大类+小类.")] = None,
    cursor: Annotated[
        str | None, Query(pattern=_Number, description="`next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Components a page.")] = 100,
) -> ComponentPage:
    """A page of components, by number."""
    items, following = list_components(parts.store, category, cursor, limit)
    return ComponentPage(items=items, next=following)


@router.get(
    "/at",
    summary="Find the surveyed components at a place",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_components_at(
    parts: Parts,
    longitude: Annotated[float, Query(ge=-180, le=180)],
    latitude: Annotated[float, Query(ge=-85, le=85)],
    crs: Annotated[Crs, Query(description="The system of the place asked for.")] = Crs.WGS84,
    within_m: Annotated[float, Query(gt=0, le=100, description="How far to look.")] = 5.0,
) -> ComponentsAt:
    """Those within reach, nearest first: what a cover that is reported there would be taken for."""
    try:
        point = to_wgs84((longitude, latitude), crs)
    except NotInChina as error:
        raise invalid("the place cannot be where it says", ("crs", str(error))) from error
    return ComponentsAt(items=components_near(parts.store, *point, within_m))


@router.get(
    "/{number}",
    summary="Read a surveyed component",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_one(
    number: Annotated[str, Path(pattern=_Number, description="Its identifier.")], parts: Parts
) -> Component:
    """A component, its class and its owner."""
    found = get_component(parts.store, number)
    if found is None:
        raise Problem(404, "unknown-component", f"no component {number} is surveyed")
    return found
