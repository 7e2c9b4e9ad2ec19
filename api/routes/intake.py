"""What others tell of, what became of it, and what those who told of it say afterwards."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from api.acting import actor_of
from api.auth import READERS, Caller, requires
from api.doors.arrival import Ignored
from api.doors.body import Message, message_of
from api.doors.reading import read_message
from api.doors.take_in import take_in, violation_id_of
from api.openapi import problems
from api.problems import Problem
from api.routes.versions import CaseId
from api.schema import Moment, Role, Scope
from api.schema.intake import (
    CallbackRequest,
    IntakeReceipt,
    KnownBefore,
    Outcome,
    TicketList,
    TicketView,
)
from api.services import Parts
from api.store.callbacks import NotDue, UnknownTicket, call_back
from api.store.errors import UnknownCase
from api.store.known_before import known_before
from api.store.rectifying import over
from api.store.tickets import tickets_of

router = APIRouter(prefix="/v1", tags=["intake"])

_ANY: dict[str, Any] = {"type": "object", "additionalProperties": True}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [{"$ref": "#/components/schemas/Ticket"}, _ANY]},
                "examples": {
                    "12345": {
                        "summary": "A 12345 ticket",
                        "value": {
                            "id": "JN20261125080012",
                            "at": "2026-11-25T08:00:12+08:00",
                            "type": "事件",
                            "code": "0102",
                            "description": "市场东口垃圾成堆",
                            "place": {
                                "address": "市场路与汇泉路交叉口",
                                "longitude": 117.53986,
                                "latitude": 36.71235,
                                "crs": "gcj02",
                            },
                            "caller": {"name": "张先生", "phone": "13800000000"},
                        },
                    },
                    "dahua": {
                        "summary": "A Dahua ICC alarm",
                        "value": {
                            "category": "alarm",
                            "method": "alarm.msg",
                            "info": {
                                "alarmCode": "{6F9619FF-8B86-D011-B42D-00CF4FC964FF}",
                                "alarmDate": "2026-11-25 08:03:10",
                                "alarmType": 890,
                                "nodeCode": "1000012$1$0$0",
                            },
                        },
                    },
                },
            },
            "application/xml": {"schema": {"type": "string"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["document"],
                    "properties": {
                        "document": {"type": "string", "description": "The JSON or XML."},
                        "pictures": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                        },
                    },
                }
            },
        },
    }
}


@router.post(
    "/intake/{source}",
    status_code=201,
    summary="Bring in what another source tells of",
    dependencies=[requires(Scope.INTAKE, Role.CLERK)],
    responses={
        201: {"description": "A new case."},
        200: {
            "model": IntakeReceipt,
            "description": "Attached to an open case, repeated, or nothing to file: see `outcome`.",
        },
        202: {
            "model": IntakeReceipt,
            "description": "An alarm that waits for a shop to put it right; there is no case yet.",
        },
        **problems(401, 403, 404, 409, 413, 415, 422, 503),
    },
    openapi_extra=_BODY,
)
def post_intake(
    source: Annotated[
        str,
        Path(
            pattern="^[a-z0-9][a-z0-9-]{0,31}$",
            description="One of sources.yaml: `12345`, `dahua`, `huawei`, `hikvision`, …",
        ),
    ],
    message: Annotated[Message, Depends(message_of)],
    parts: Parts,
    caller: Caller,
    response: Response,
) -> IntakeReceipt:
    """File a ticket or a vendor's alarm in the source's own form; see docs/intake.md.

    The source's own id makes repeats safe. What is near an open case of the same class is attached
    to it. Pictures come in base64, or as files of a form beside the document.
    """
    found = parts.sources.sources.get(source)
    if found is None or found.shape is None:
        known = [name for name, one in parts.sources.sources.items() if one.shape is not None]
        detail = f"there is no source {source!r} to file for; known are: {', '.join(known)}"
        raise Problem(404, "unknown-source", detail)
    read = read_message(message, found.shape, found, parts.sources, parts.settings.zone)
    if isinstance(read, Ignored):
        over(parts.store, violation_id_of(source, read.ref), datetime.now(UTC))
        response.status_code = 200
        return IntakeReceipt(
            outcome=Outcome.IGNORED, source=source, source_ref=read.ref, reason=read.reason
        )
    receipt = take_in(parts, source, read, actor_of(caller, source), datetime.now(UTC))
    if receipt.outcome is Outcome.HELD:
        response.status_code = 202
    elif receipt.outcome is not Outcome.FILED:
        response.status_code = 200
    return receipt


@router.get(
    "/cases/{case_id}/tickets",
    summary="See who told of a case, and what they answered",
    dependencies=[requires(Role.OPERATOR, Role.CLERK, Role.CHIEF, Scope.INTAKE)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_tickets(case_id: CaseId, parts: Parts) -> TicketList:
    """The tickets and alarms that a case was made of; callers' names and numbers are among them."""
    found = tickets_of(parts.store, case_id)
    if found is None:
        raise Problem(404, "unknown-case", f"there is no case {case_id}")
    return TicketList(items=found)


@router.post(
    "/cases/{case_id}/callbacks",
    status_code=201,
    summary="Record a caller's answer (三级回访)",
    dependencies=[requires(Role.OPERATOR, Role.CLERK, Scope.INTAKE)],
    responses=problems(401, 403, 404, 409, 422, 503),
)
def post_callback(
    case_id: CaseId, request: CallbackRequest, parts: Parts, caller: Caller
) -> TicketView:
    """Keep what a caller said when asked; 409 where the level is not due yet, or was answered."""
    by = actor_of(caller, request.by).name
    levels = parts.sources.callbacks.levels
    try:
        view = call_back(parts.store, case_id, request, levels, by, datetime.now(UTC))
    except UnknownCase as error:
        raise Problem(404, "unknown-case", f"there is no case {case_id}") from error
    except UnknownTicket as error:
        raise Problem(404, "unknown-ticket", str(error)) from error
    except NotDue as error:
        raise Problem(409, "not-due", str(error)) from error
    parts.feed.nudge()
    return view


@router.get(
    "/statistics/known-before",
    summary="How much was known before a citizen told of it (未诉先办)",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 422, 503),
)
def get_known_before(
    parts: Parts,
    since: Annotated[Moment | None, Query(description="From here; default: 30 days ago.")] = None,
    until: Annotated[Moment | None, Query(description="Up to here; default: now.")] = None,
) -> KnownBefore:
    """Counts and the share, with their formula, among what came in a time."""
    end = until or datetime.now(UTC)
    try:
        return known_before(parts.store, parts.sources, since or end - timedelta(days=30), end)
    except OverflowError as error:
        raise Problem(422, "invalid", "the time is at the end of the calendar") from error
