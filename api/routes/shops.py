"""Shops with their 门前五包 contracts: imported, read, graded."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from api.auth import READERS, Caller, requires
from api.dispatch.tables import read_shops
from api.openapi import problems
from api.problems import Problem
from api.routes.tables import (
    CSV,
    PLAIN,
    CsvBody,
    LeaveOut,
    TableCrs,
    fit_to_import,
    table_request,
)
from api.schema import Crs
from api.schema.dispatch import GradedShop, GradedShops, ImportResult, ShopPage, ShopView
from api.schema.people import Role
from api.services import Parts
from api.store.rectify import record_of, records
from api.store.shops import get_shop, list_shops, put_shops

router = APIRouter(prefix="/v1", tags=["chiefs"])

_KEEPERS = (Role.CLERK, Role.ADMIN)
_Code = Annotated[str, Path(max_length=40, pattern=PLAIN, description="The shop's code.")]


@router.post(
    "/shops/import",
    summary="Import shops from CSV",
    dependencies=[requires(*_KEEPERS)],
    responses=problems(401, 403, 413, 415, 422, 503),
    openapi_extra=table_request(CSV),
)
def import_shops(
    parts: Parts,
    caller: Caller,
    body: CsvBody,
    crs: TableCrs = Crs.WGS84,
    leave_out_wrong: LeaveOut = False,
) -> ImportResult:
    """Take over a table of shops, UTF-8 or GB 18030, with Chinese headings or the fields' names.

    Each wrong row is named with its column, and unless asked otherwise nothing is imported then.
    A shop that is known by its code is changed; shops that are not named stay as they are.
    """
    table = fit_to_import(lambda: read_shops(body, crs), leave_out_wrong)
    return put_shops(parts.store, table.documents, table.wrong, caller.name, datetime.now(UTC))


@router.get(
    "/shops",
    summary="List shops",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_shops(
    parts: Parts,
    cursor: Annotated[
        str | None, Query(max_length=40, pattern=PLAIN, description="`next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Shops a page.")] = 100,
) -> ShopPage:
    """A page of shops, by code."""
    items, following = list_shops(parts.store, cursor, limit)
    return ShopPage(items=tuple(items), next=following)


@router.get(
    "/shops/{code}",
    summary="Read a shop",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_one_shop(code: _Code, parts: Parts) -> ShopView:
    """A shop, its contract, and its record: green, yellow or red, with the formula."""
    with parts.store.reading() as session:
        found = get_shop(session, code)
        if found is None:
            raise Problem(404, "unknown-shop", f"there is no shop {code}")
        return ShopView(shop=found, record=record_of(session, code, datetime.now(UTC)))


@router.get(
    "/shop-records",
    summary="See which shops do badly",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_shop_records(
    parts: Parts,
    grade: Annotated[
        Literal["green", "yellow", "red"] | None, Query(description="Only of this grade.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Shops at most.")] = 100,
) -> GradedShops:
    """Shops that were told of something in the days that count, those with most points first."""
    with parts.store.reading() as session:
        found = records(session, grade, datetime.now(UTC), limit)
    return GradedShops(items=tuple(GradedShop(shop=shop, record=each) for shop, each in found))
