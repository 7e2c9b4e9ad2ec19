"""Leads and the law: cameras' records. And the filing conditions to choose from."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response

from api.acting import actor_of
from api.auth import READERS, Caller, requires
from api.openapi import problems
from api.problems import Problem
from api.schema import Role
from api.schema.catalogue import CatalogueView
from api.schema.compliance import Compliance, ComplianceWrite, StandardList
from api.services import Parts
from api.store.catalogues import UnknownVersion, read_version
from api.store.compliance import get_compliance, write_compliance
from api.store.errors import Outdated
from api.store.standards import list_standards

router = APIRouter(prefix="/v1", tags=["life"])

_CameraId = Annotated[
    str,
    Path(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$", description="The camera."),
]
_ETAG = {"ETag": {"description": "The record's version.", "schema": {"type": "string"}}}


@router.get(
    "/cameras/{camera_id}/compliance",
    summary="Read what is on record of a camera for the law",
    dependencies=[requires(*READERS)],
    responses={200: {"headers": _ETAG}, **problems(401, 403, 422, 503)},
)
def get_camera_compliance(camera_id: _CameraId, parts: Parts, response: Response) -> Compliance:
    """Its reviews, its published place and its sign, and what of that a penalty file lacks.

    A camera of which nothing was ever written has an empty record.
    """
    found, version = get_compliance(parts.store, camera_id)
    response.headers["ETag"] = f'"{version}"'
    return found


@router.put(
    "/cameras/{camera_id}/compliance",
    summary="Put what is on record of a camera for the law",
    dependencies=[requires(Role.CLERK, Role.ADMIN)],
    responses={200: {"headers": _ETAG}, **problems(401, 403, 412, 422, 503)},
)
def put_camera_compliance(
    camera_id: _CameraId,
    wanted: ComplianceWrite,
    caller: Caller,
    parts: Parts,
    response: Response,
    if_match: Annotated[
        str | None, Header(description="Write only if the record still has this ETag.")
    ] = None,
) -> Compliance:
    """Write the record as a whole; `null` takes something out of it."""
    versions = None
    if if_match is not None and if_match.strip() != "*":
        tags = (tag.strip().strip('"') for tag in if_match.split(","))
        versions = {int(tag) for tag in tags if tag.isdecimal()}
    by = actor_of(caller).name or caller.name
    try:
        found, version = write_compliance(
            parts.store, camera_id, wanted, by, versions, datetime.now(UTC)
        )
    except Outdated as error:
        raise Problem(412, "outdated", str(error)) from error
    response.headers["ETag"] = f'"{version}"'
    return found


@router.get(
    "/standards",
    summary="List the filing conditions",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 503),
)
def get_standards(parts: Parts) -> StandardList:
    """立案条件 of the catalogue in force: what `register` and `set_standard` can name."""
    version = parts.catalogue.version
    return StandardList(version=version, items=list_standards(parts.store, version))


@router.get(
    "/catalogue",
    summary="Read the catalogue of violations",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_catalogue(
    parts: Parts,
    version: Annotated[
        str | None,
        Query(max_length=32, pattern=r"^[^\x00-\x1f\x7f]*$", description="In force, if left out."),
    ] = None,
) -> CatalogueView:
    """Categories, filing conditions and limits of a version, each with its source; and which
    versions there are. They come from a file: a changed one is stored at the next start."""
    in_force = parts.catalogue.version
    try:
        return read_version(parts.store, version or in_force, in_force)
    except UnknownVersion as error:
        zh = f"没有版本为 {version} 的目录"
        raise Problem(404, "unknown-version", str(error), detail_zh=zh) from error
