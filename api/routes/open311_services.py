"""Open311 GeoReport v2: what can be asked for here. Public, in XML and JSON."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.auth import PUBLIC
from api.open311.calls import Fmt, Jurisdiction, answers, check_jurisdiction, root_of
from api.open311.services import define, describe, offered
from api.open311.wire import Refused, moment, respond
from api.services import Parts
from api.store.open311 import changed_at

router = APIRouter(prefix="/open311/v2", tags=["open311"], dependencies=[PUBLIC])

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


@router.get(
    "/discovery.{format}",
    summary="Open311: find the endpoint",
    response_class=Response,
    responses=answers("Open311Discovery", 400),
)
def get_discovery(form: Fmt, parts: Parts, request: Request) -> Response:
    """Where the endpoint is and what it speaks. Needs no key."""
    since = changed_at(parts.store, parts.catalogue.version) or datetime.now(UTC)
    changeset, root = moment(since), root_of(parts, request)
    content = {
        "changeset": changeset,
        "contact": f"{root}/docs",
        "key_service": f"{root}/docs",
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{root}/open311/v2",
                "changeset": changeset,
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
    return respond(form, "discovery", content)


@router.get(
    "/services.{format}",
    summary="Open311: list services",
    response_class=Response,
    responses=answers("Open311Services", 400, 404),
)
def get_services(form: Fmt, parts: Parts, jurisdiction_id: Jurisdiction = None) -> Response:
    """What can be asked for: the catalogue's categories. Needs no key."""
    check_jurisdiction(parts, jurisdiction_id)
    items = [
        describe(service)
        for service in offered(parts.catalogue, parts.classes, parts.merging).values()
    ]
    return respond(form, "services", items)


@router.get(
    "/services/{service_code}.{format}",
    summary="Open311: read a service's definition",
    response_class=Response,
    responses=answers("Open311Definition", 400, 404),
)
def get_definition(
    service_code: Annotated[str, Path(max_length=64)],
    form: Fmt,
    parts: Parts,
    jurisdiction_id: Jurisdiction = None,
) -> Response:
    """What may be said of a request beside its place: the filing condition. Needs no key."""
    check_jurisdiction(parts, jurisdiction_id)
    service = offered(parts.catalogue, parts.classes, parts.merging).get(service_code)
    if service is None:
        raise Refused(404, f"service_code {service_code} is not offered")
    return respond(form, "service_definition", define(service))
