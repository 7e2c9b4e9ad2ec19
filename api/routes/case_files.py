"""Pictures of the work and of the check, sent by those who did it."""

import hashlib
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BufferedIOBase
from typing import Annotated, Any, BinaryIO, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import StringConstraints

from api.acting import actor_of
from api.auth import Caller, requires
from api.openapi import problems
from api.problems import Problem, invalid
from api.routes.versions import ETAG, CaseId, IfMatch, etag_of, versions_in
from api.schema import Case, EvidenceFile, EvidenceRole, Moment, Name, Role, Scope
from api.services import Parts
from api.store.case_files import Usage, add_file
from api.store.errors import Outdated, UnknownCase

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["life"])

_IN_MEMORY = 1024 * 1024
_AHEAD = timedelta(days=1)
_PICTURES = ("image/jpeg", "image/png")
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_HEADERS = ETAG | {
    "Content-Location": {"description": "The picture.", "schema": {"type": "string"}}
}
_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": dict.fromkeys(_PICTURES, _BINARY)}
}


async def _picture(request: Request) -> AsyncIterator[BinaryIO]:
    """Dependency: the body as a file, which is gone after the answer."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        async for block in request.stream():
            file.write(block)
        yield cast(BinaryIO, file)


@router.post(
    "/files",
    status_code=201,
    summary="Add a picture to a case",
    dependencies=[
        requires(Role.OPERATOR, Role.CLERK, Role.CHIEF, Role.ADMIN, Scope.ACT),
    ],
    responses={
        201: {"description": "The case, with the picture.", "headers": _HEADERS},
        200: {"model": Case, "description": "It was there already.", "headers": _HEADERS},
        **problems(401, 403, 404, 412, 413, 415, 422, 503),
    },
    openapi_extra=_BODY,
)
def post_file(
    case_id: CaseId,
    request: Request,
    picture: Annotated[BinaryIO, Depends(_picture)],
    caller: Caller,
    parts: Parts,
    response: Response,
    usage: Annotated[Usage, Query(description="Of the work done (处置), or of the check (核查).")],
    captured_at: Annotated[
        Moment | None, Query(description="When it was taken; now, if not given.")
    ] = None,
    sha256: Annotated[
        Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")] | None,
        Query(description="What the sender says it is; other content is refused."),
    ] = None,
    by: Annotated[
        Name, Query(max_length=80, description="Who sends it, where the key does not tell.")
    ] = "",
    if_match: IfMatch = None,
) -> Case:
    """Keep a JPEG or PNG with the case, by its content; name it in `finish`, `pass` or `fail`.

    The same picture again changes nothing.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _PICTURES:
        raise Problem(415, "media-type", f"send one of {', '.join(_PICTURES)} as the body")
    now = datetime.now(UTC)
    if captured_at is not None and captured_at > now + _AHEAD:
        raise invalid("it tells of the future", ("captured_at", "is more than a day ahead"))
    size = picture.seek(0, 2)
    picture.seek(0)
    digest = hashlib.file_digest(cast(BufferedIOBase, picture), "sha256").hexdigest()
    if size == 0 or (sha256 is not None and sha256 != digest):
        raise invalid("nothing was kept", ("sha256", f"what came is {size} bytes of {digest}"))
    file = EvidenceFile(
        sha256=digest,
        role=EvidenceRole.SNAPSHOT,
        media_type="image/png" if media_type == "image/png" else "image/jpeg",
        size=size,
        captured_at=captured_at or now,
    )
    parts.evidence.check([file], {digest: picture})
    parts.evidence.keep({digest: picture})
    try:
        actor, versions = actor_of(caller, by), versions_in(case_id, if_match)
        outcome = add_file(parts.store, case_id, file, usage, actor, versions, now)
    except UnknownCase as error:
        raise Problem(404, "unknown-case", f"there is no case {case_id}") from error
    except Outdated as error:
        raise Problem(412, "outdated", str(error)) from error
    if outcome.new:
        parts.feed.nudge()
    else:
        response.status_code = 200
    response.headers["ETag"] = etag_of(case_id, outcome.version)
    response.headers["Content-Location"] = f"/v1/evidence/{digest}"
    return outcome.case
