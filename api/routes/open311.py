"""Open311 GeoReport v2: requests and tokens, in XML and JSON."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from api.acting import actor_of
from api.auth import Principal
from api.doors.take_in import take_in, violation_id_of
from api.open311.calls import Fmt, Jurisdiction, answers, check_jurisdiction
from api.open311.door import KeyWanted, Posted, PostedKeyWanted, posted_by
from api.open311.filing import SOURCE, Form, arrival, read, token_of
from api.open311.pictures import picture_links
from api.open311.requests import Unreadable, describe, read_wanted
from api.open311.services import offered
from api.open311.wire import Refused, respond
from api.schema.intake import Outcome
from api.schema.people import Role, Scope
from api.services import Parts
from api.store import open311 as store
from api.store.acting import Outcome as Filed
from api.store.tickets import known_ticket

router = APIRouter(prefix="/open311/v2", tags=["open311"])

_READ = Depends(KeyWanted(frozenset({*Role, Scope.READ, Scope.INTAKE})))
_FILE = Depends(PostedKeyWanted(frozenset({Role.CLERK, Role.ADMIN, Scope.INTAKE})))
_NOTICES = {
    Outcome.FILED: "已受理,核实后立案",
    Outcome.ATTACHED: "此处问题已有案卷,并入该案卷处理",
    Outcome.REPEATED: "此前已受理",
    Outcome.HELD: "等待商户自行整改",
    Outcome.IGNORED: "无需处理",
}
KEY_TOO: dict[str, Any] = {"security": [{"key": []}]}


@router.get(
    "/requests.{format}",
    summary="Open311: list requests",
    dependencies=[_READ],
    openapi_extra=KEY_TOO,
    response_class=Response,
    responses=answers("Open311Requests", 400, 403, 404),
)
def get_requests(
    form: Fmt,
    parts: Parts,
    request: Request,
    jurisdiction_id: Jurisdiction = None,
    service_request_id: Annotated[
        str | None, Query(description="Ids, commas between them; overrides all else.")
    ] = None,
    service_code: Annotated[str | None, Query(description="Codes, commas between them.")] = None,
    start_date: Annotated[
        str | None, Query(description="Earliest time; 90 days at most to `end_date`.")
    ] = None,
    end_date: Annotated[str | None, Query(description="Latest time.")] = None,
    status: Annotated[str | None, Query(description="`open`, `closed`, or both.")] = None,
    page: Annotated[str | None, Query(description="From 1.")] = None,
    page_size: Annotated[str | None, Query(description="Up to 1000, which is the default.")] = None,
) -> Response:
    """Cases of the last 90 days, or of the dates that are given, newest first."""
    check_jurisdiction(parts, jurisdiction_id)
    given: Mapping[str, str | None] = {
        "service_request_id": service_request_id,
        "service_code": service_code,
        "start_date": start_date,
        "end_date": end_date,
        "status": status,
        "page": page,
        "page_size": page_size,
    }
    said = {name: value for name, value in given.items() if value is not None}
    try:
        wanted = read_wanted(said, datetime.now(UTC), parts.settings.zone)
    except Unreadable as error:
        raise Refused(400, str(error)) from error
    media_of = picture_links(parts, request)
    found = store.find(parts.store, wanted)
    items = [
        describe(each.case, each.updated_at, each.due_at, media_of(each.case)) for each in found
    ]
    return respond(form, "service_requests", items)


_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"$ref": "#/components/schemas/Open311Form"}}
            for kind in ("application/x-www-form-urlencoded", "multipart/form-data")
        },
    }
}


async def _posted(form: Posted) -> Form:
    """Dependency: the form.

    Raises:
        Refused: 400.
    """
    try:
        return await read(form)
    except Unreadable as error:
        raise Refused(400, str(error)) from error


@router.post(
    "/requests.{format}",
    status_code=201,
    summary="Open311: file a request",
    dependencies=[_FILE],
    response_class=Response,
    responses=answers("Open311FiledList", 400, 403, 404, success=201),
    openapi_extra=KEY_TOO | _FORM,
)
def post_request(
    form: Fmt,
    parts: Parts,
    posted: Annotated[Form, Depends(_posted)],
    caller: Annotated[Principal | None, Depends(posted_by)],
    idempotency_key: Annotated[
        str | None, Header(max_length=64, description="As the form's `token`.")
    ] = None,
) -> Response:
    """File what somebody tells of; it is verified (核实) before it is registered.

    Near an open case of the same class it is attached to that case, whose id is answered. A `token`
    of the client's own makes repeats safe: the same token answers the same id, here and at
    `/tokens`. Pictures may come as files of a multipart form.
    """
    check_jurisdiction(parts, posted.texts.get("jurisdiction_id"))
    services = offered(parts.catalogue, parts.classes, parts.merging)
    code = posted.texts.get("service_code", "").strip()
    if code and code not in services:
        raise Refused(404, f"service_code {code} is not offered")
    now = datetime.now(UTC)
    try:
        token = token_of(posted, idempotency_key)
        told = arrival(posted, services, token, now)
    except Unreadable as error:
        raise Refused(400, str(error)) from error
    assert caller is not None  # noqa: S101 (the route's dependencies let nobody else pass)
    receipt = take_in(parts, SOURCE, told, actor_of(caller, SOURCE), now)
    notice = _NOTICES[receipt.outcome]
    item = {
        "service_request_id": receipt.number,
        "service_notice": notice,
        "account_id": None,
    }
    return respond(form, "service_requests", [item], 201)


@router.get(
    "/tokens/{token}.{format}",
    summary="Open311: find the request of a token",
    dependencies=[_READ],
    response_class=Response,
    responses=answers("Open311Tokens", 400, 403, 404),
    openapi_extra=KEY_TOO,
)
def get_token(
    token: Annotated[str, Path(max_length=64)],
    form: Fmt,
    parts: Parts,
    jurisdiction_id: Jurisdiction = None,
) -> Response:
    """The id of the request that was filed with this token, though its answer was lost."""
    check_jurisdiction(parts, jurisdiction_id)
    known = known_ticket(parts.store, violation_id_of(SOURCE, token), None)
    if not isinstance(known, Filed):  # a person's request never waits for a shop
        raise Refused(404, f"token {token} is unknown")
    item = {"service_request_id": known.case.number, "token": token}
    return respond(form, "service_requests", [item])


@router.get(
    "/requests/{service_request_id}.{format}",
    summary="Open311: read a request",
    dependencies=[_READ],
    openapi_extra=KEY_TOO,
    response_class=Response,
    responses=answers("Open311Requests", 400, 403, 404),
)
def get_request(
    service_request_id: Annotated[str, Path(max_length=64)],
    form: Fmt,
    parts: Parts,
    request: Request,
    jurisdiction_id: Jurisdiction = None,
) -> Response:
    """A case, by its number; a list of one."""
    check_jurisdiction(parts, jurisdiction_id)
    found = store.find_one(parts.store, service_request_id)
    if found is None:
        raise Refused(404, f"service_request_id {service_request_id} is unknown")
    media_url = picture_links(parts, request)(found.case)
    item = describe(found.case, found.updated_at, found.due_at, media_url)
    return respond(form, "service_requests", [item])
