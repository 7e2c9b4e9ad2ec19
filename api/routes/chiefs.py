"""The chiefs of a district: roles, who holds which place, and who is in charge where."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from api.auth import READERS, Doer, requires
from api.dispatch.reading import Unfit
from api.openapi import problems
from api.problems import Problem, invalid
from api.routes.tables import PLAIN, collection_of, table_body, table_request
from api.schema import Crs, Moment
from api.schema.dispatch import (
    ChiefAssignment,
    ChiefList,
    ChiefRole,
    ImportResult,
    WhoIsInCharge,
)
from api.schema.people import Role
from api.services import Parts
from api.store.audit import Actor
from api.store.chiefs import (
    InUse,
    UnknownChief,
    drop_assignment,
    drop_role,
    put_assignments,
    put_role,
    read_chiefs,
)
from api.store.in_charge import who_is_in_charge

router = APIRouter(prefix="/v1/chiefs", tags=["chiefs"])

_KEEPERS = (Role.CLERK, Role.ADMIN)
_Code = Annotated[str, Path(max_length=40, pattern=PLAIN, description="The district's own key.")]
_CREATED: dict[int | str, dict[str, Any]] = {201: {"description": "It is new."}}


@router.get(
    "",
    summary="Read the chiefs",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 503),
)
def get_chiefs(parts: Parts) -> ChiefList:
    """All roles, in the order in which they are told, and all assignments."""
    return read_chiefs(parts.store)


@router.get(
    "/at",
    summary="Ask who is in charge of a place",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_in_charge(
    parts: Parts,
    longitude: Annotated[float, Query(ge=-180, le=180, description="WGS 84 degrees.")],
    latitude: Annotated[float, Query(ge=-85, le=85, description="WGS 84 degrees.")],
    at: Annotated[Moment | None, Query(description="When; now if it is left out.")] = None,
) -> WhoIsInCharge:
    """The shop and the chiefs of a place, and who of each is on duty then, as dispatch does."""
    moment = at or datetime.now(UTC)
    if not 2000 <= moment.year <= 2100:
        raise invalid("no calendar is known for then", ("at", "is outside the years 2000 to 2100"))
    return who_is_in_charge(parts.store, longitude, latitude, moment)


@router.put(
    "/roles/{code}",
    summary="Write a role",
    dependencies=[requires(*_KEEPERS)],
    responses={**_CREATED, **problems(401, 403, 422, 503)},
)
def write_role(
    code: _Code, role: ChiefRole, parts: Parts, doer: Doer, response: Response
) -> ChiefRole:
    """Make or change a kind of chief; two roles never have the same place in the order."""
    _same_code(code, role.code)
    try:
        if put_role(parts.store, role, doer):
            response.status_code = 201
    except Unfit as error:
        raise invalid("the role does not fit", (error.field, str(error))) from error
    return role


@router.delete(
    "/roles/{code}",
    status_code=204,
    summary="Take a role away",
    dependencies=[requires(*_KEEPERS)],
    responses=problems(401, 403, 404, 409, 422, 503),
)
def delete_role(code: _Code, parts: Parts, doer: Doer) -> None:
    """Take away a role that nobody has."""
    try:
        drop_role(parts.store, code, doer)
    except UnknownChief as error:
        raise Problem(404, "unknown-chief", str(error)) from error
    except InUse as error:
        raise Problem(409, "in-use", str(error)) from error


@router.put(
    "/assignments/{code}",
    summary="Write an assignment",
    dependencies=[requires(*_KEEPERS)],
    responses={**_CREATED, **problems(401, 403, 422, 503)},
)
def write_assignment(
    code: _Code, assignment: ChiefAssignment, parts: Parts, doer: Doer, response: Response
) -> ChiefAssignment:
    """Put somebody in charge of a place, or change it.

    To hand a place over on a day, end the old assignment on the day before and write a new one.
    """
    _same_code(code, assignment.code)
    result = _put(parts, (assignment,), doer)
    if result.added:
        response.status_code = 201
    return assignment


@router.delete(
    "/assignments/{code}",
    status_code=204,
    summary="Take an assignment away",
    dependencies=[requires(*_KEEPERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def delete_assignment(code: _Code, parts: Parts, doer: Doer) -> None:
    """Take an assignment away; what was sent to its chief stays on record."""
    try:
        drop_assignment(parts.store, code, doer)
    except UnknownChief as error:
        raise Problem(404, "unknown-chief", str(error)) from error


@router.post(
    "/import",
    summary="Import assignments from GeoJSON",
    dependencies=[requires(*_KEEPERS)],
    responses=problems(401, 403, 413, 415, 422, 503),
    openapi_extra=table_request("application/geo+json"),
)
def import_assignments(
    parts: Parts,
    doer: Doer,
    body: Annotated[bytes, Depends(table_body("application/geo+json", "application/json"))],
    crs: Annotated[Crs, Query(description="The system of its coordinates.")] = Crs.WGS84,
) -> ImportResult:
    """Take over a GeoJSON FeatureCollection: each feature's properties are those of an assignment.

    All of them or none; those that are not named stay as they are.
    """
    return _put(parts, collection_of(body, crs), doer)


def _put(parts: Parts, said: tuple[ChiefAssignment, ...], doer: Actor) -> ImportResult:
    try:
        return put_assignments(parts.store, said, doer)
    except Unfit as error:
        raise invalid("the assignment does not fit", (error.field, str(error))) from error


def _same_code(in_path: str, in_body: str) -> None:
    if in_path != in_body:
        raise invalid("two codes", ("code", f"is {in_body!r}, the address says {in_path!r}"))
