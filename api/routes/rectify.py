"""Shops that were told to put something right first (门前五包)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.auth import READERS, requires
from api.openapi import problems
from api.routes.tables import PLAIN
from api.schema.rectify import RectificationPage
from api.services import Parts
from api.store.rectifying import list_rectifications

router = APIRouter(prefix="/v1", tags=["chiefs"])

_MAX_ID = 2**63 - 1


@router.get(
    "/rectifications",
    summary="List what shops were told to put right",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_rectifications(
    parts: Parts,
    state: Annotated[
        Literal["waiting", "rectified", "filed"] | None,
        Query(description="Only those that stand so."),
    ] = None,
    shop: Annotated[
        str | None, Query(max_length=40, pattern=PLAIN, description="Only this shop's.")
    ] = None,
    cursor: Annotated[
        int | None, Query(ge=1, le=_MAX_ID, description="`next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Items a page.")] = 50,
) -> RectificationPage:
    """A page, newest first: what waits, what was put right and never became a case, what did."""
    return list_rectifications(parts.store, state, shop, cursor, limit)
