"""The audit, for administrators: to read by the page, and as a table."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from api.auth import Doer, requires
from api.export.columns import Cell
from api.export.tables import CSV_TYPE, as_csv
from api.openapi import problems
from api.schema import AuditPage, Moment, Role
from api.services import Parts
from api.store.audit import AuditFilter, audit_lines, note_alone, read_audit
from api.store.engine import Store

router = APIRouter(prefix="/v1/audit", tags=["people"], dependencies=[requires(Role.ADMIN)])

_MAX_ID = 2**63 - 1
_Word = Annotated[str | None, Query(max_length=128, pattern=r"^[^\x00-\x1f\x7f]*$")]
HEADER = ("时间", "类别", "何人", "操作", "对象", "详情", "网络地址")


def _wanted(
    who: Annotated[_Word, Query(description="Only what they saw or did.")] = None,
    act: Annotated[_Word, Query(description="Only this.", examples=["evidence.view"])] = None,
    object: Annotated[_Word, Query(description="Only of this: a SHA-256, a name.")] = None,
    since: Annotated[Moment | None, Query(description="From then on.")] = None,
    until: Annotated[Moment | None, Query(description="Before then.")] = None,
) -> AuditFilter:
    return AuditFilter(who=who, act=act, what=object, since=since, until=until)


Wanted = Annotated[AuditFilter, Depends(_wanted)]


@router.get("", summary="Read the audit", responses=problems(401, 403, 422, 503))
def get_audit(
    parts: Parts,
    wanted: Wanted,
    cursor: Annotated[
        int | None, Query(ge=1, le=_MAX_ID, description="`next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Entries a page.")] = 100,
) -> AuditPage:
    """Who saw which original picture, and who changed what of people, keys, subscriptions, areas
    and reasons; newest first."""
    return read_audit(parts.store, wanted, before=cursor, limit=limit)


@router.get(
    "/export.csv",
    summary="Export the audit as CSV",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}},
        **problems(401, 403, 422, 503),
    },
)
def get_audit_csv(parts: Parts, wanted: Wanted, doer: Doer) -> StreamingResponse:
    """All that the filters want, newest first, times in the district's zone. That it was exported
    is in the audit too."""
    note_alone(parts.store, datetime.now(UTC), doer, "audit.export", wanted.act or "")
    pieces = as_csv(_rows(parts.store, wanted, parts.settings.zone), HEADER)
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(pieces, media_type=CSV_TYPE, headers=headers)


def _rows(store: Store, wanted: AuditFilter, zone: tzinfo) -> Iterator[tuple[Cell, ...]]:
    for one in audit_lines(store, wanted):
        detail = json.dumps(one.detail, ensure_ascii=False) if one.detail else ""
        at = one.at.astimezone(zone)
        yield at, one.kind, one.who, one.act, one.object, detail, one.address
