"""Evidence files, for those who may see them."""

import logging
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import FileResponse

from api.auth import VIEWERS, Doer, requires
from api.openapi import problems
from api.problems import Problem
from api.services import Parts
from api.store.reading import evidence_media_type
from api.transcode import NotPlayable
from api.transcode import playable as as_h264

log = logging.getLogger(__name__)

router = APIRouter(prefix="/v1", tags=["evidence"], dependencies=[requires(*VIEWERS)])

_BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/evidence/{sha256}",
    summary="Fetch a file of evidence",
    response_class=FileResponse,
    responses={
        200: {"content": {"image/jpeg": _BINARY, "image/png": _BINARY, "video/mp4": _BINARY}},
        206: {"description": "The part that Range asks for."},
        304: {"description": "The reader has it already."},
        **problems(401, 403, 404, 416, 422, 503),
    },
)
def get_evidence(
    sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="The file's SHA-256.")],
    parts: Parts,
    doer: Doer,
    if_none_match: Annotated[str | None, Header()] = None,
    playable: Annotated[
        bool, Query(description="A clip in H.265 as a copy in H.264, for browsers that need it.")
    ] = False,
) -> Response:
    """A file that some case cites, untouched; parts of it with `Range`.

    With `playable` a clip that is not in H.264 comes as a copy that is, at most 1280 wide, made at
    the first time of asking; the copy is no evidence.

    The audit says who saw it.
    """
    media_type = evidence_media_type(parts.store, sha256)
    if media_type is None:
        raise Problem(404, "unknown-evidence", f"no case cites a file {sha256}")
    copy = playable and media_type == "video/mp4"
    etag = f'"{sha256}-playable"' if copy else f'"{sha256}"'
    # The name is the content: it never changes. `private`, for it shows people in the street.
    headers = {"ETag": etag, "Cache-Control": "private, max-age=31536000, immutable"}
    if if_none_match is not None and etag in if_none_match:
        return Response(status_code=304, headers=headers)
    path = parts.evidence.path(sha256)
    if not path.is_file():
        log.error("evidence %s is cited, but is not in %s", sha256, parts.evidence.root)
        raise Problem(404, "evidence-lost", f"{sha256} is cited, but its file is not here")
    if copy:
        try:
            path = as_h264(path, parts.evidence.root.parent / "playable")
        except NotPlayable as error:
            raise Problem(422, "unplayable-clip", f"{sha256}: {error}") from error
    parts.gate.viewings.saw(doer, sha256)
    return FileResponse(path, media_type=media_type, headers=headers)
