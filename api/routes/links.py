"""Pictures by links that need no key: the link is the key, for a while."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse

from api.auth import PUBLIC, address_of
from api.links import LASTS, LinkExpired, LinkInvalid, Links
from api.openapi import problems
from api.problems import Problem
from api.services import Parts
from api.store.audit import Actor
from api.store.reading import evidence_media_type

router = APIRouter(prefix="/v1/links", tags=["evidence"], dependencies=[PUBLIC])

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_HEADERS = {
    "Cache-Control": "private, no-store",
    # Other systems' pages show it.
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@router.get(
    "/{link}",
    summary="Fetch a picture by its link",
    response_class=FileResponse,
    responses={
        200: {"content": {"image/jpeg": _BINARY, "image/png": _BINARY, "video/mp4": _BINARY}},
        206: {"description": "The part that Range asks for."},
        **problems(404, 410, 416, 422, 503),
    },
)
def get_linked(
    link: Annotated[str, Path(max_length=400, description="As an Open311 `media_url` has it.")],
    request: Request,
    parts: Parts,
) -> FileResponse:
    """The file of evidence that a link shows; 410 once its time is over.

    The audit says for whom the link was made, and from which address it was followed.
    """
    try:
        shown = Links(parts.store.vault).read(link, datetime.now(UTC))
    except LinkExpired as error:
        days = LASTS.days
        raise Problem(410, "link-expired", f"the link was good for {days} days") from error
    except LinkInvalid as error:
        raise Problem(404, "unknown-link", "there is no such link") from error
    media_type = evidence_media_type(parts.store, shown.sha256)
    path = parts.evidence.path(shown.sha256)
    if media_type is None or not path.is_file():
        raise Problem(404, "evidence-lost", "what the link shows is not here any more")
    parts.gate.viewings.saw(Actor("link", shown.holder, address_of(request)), shown.sha256)
    return FileResponse(path, media_type=media_type, headers=_HEADERS)
