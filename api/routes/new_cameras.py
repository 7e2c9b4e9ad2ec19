"""Cameras that are not there yet: a worker tries an address, or asks its networks."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse

from api.auth import Caller, Doer, requires
from api.openapi import problems
from api.problems import Problem, invalid
from api.routes.of_cameras import WRITERS
from api.schema.new_cameras import DiscoveryView, DiscoveryWrite, ProbeView, ProbeWrite
from api.services import Parts, Services
from api.store.camera_secrets import is_masked
from api.store.line_tables import ProbeRow
from api.store.probes import (
    WorkerUnable,
    ask_discovery,
    ask_probe,
    discovery_view,
    find_probe,
    probe_view,
)

router = APIRouter(prefix="/v1/cameras", tags=["cameras"])

_Id = Annotated[int, Path(ge=1, le=2**31 - 1, description="The `id` that was answered.")]


@router.post(
    "/probes",
    status_code=202,
    summary="Try a camera's address",
    dependencies=[requires(*WRITERS)],
    responses=problems(401, 403, 409, 422, 503),
)
def post_probe(wanted: ProbeWrite, parts: Parts, caller: Caller) -> ProbeView:
    """Have a worker open an address, once, and take a picture; read the answer's `id` for it.

    The camera is added by `PUT /v1/cameras/{camera_id}` with `If-None-Match: *`. The address is
    kept encrypted, and only until the worker has answered.
    """
    if is_masked(wanted.url):
        zh = "地址中的 *** 请换成真实的用户名和密码"
        wrong = ("url", "*** stands for what is not shown: give the password")
        raise invalid("the address is what is shown of one", wrong, zh=zh)
    try:
        asked = ask_probe(parts.store, wanted, caller.name, datetime.now(UTC))
    except WorkerUnable as error:
        raise _unable(error) from error
    parts.line.feed.nudge()
    return asked


@router.get(
    "/probes/{probe_id}",
    summary="See what an address gave",
    dependencies=[requires(*WRITERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_probe(probe_id: _Id, parts: Parts) -> ProbeView:
    """Waiting; done, with the picture's `url`, the `stream`, and the `rules` of that worker; or
    failed, with a `problem` and its `reason`. Kept for a day."""
    return probe_view(_asked(parts, "probe", probe_id), datetime.now(UTC))


@router.get(
    "/probes/{probe_id}/picture",
    summary="Read an address's picture",
    response_class=FileResponse,
    dependencies=[requires(*WRITERS)],
    responses={
        200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
        **problems(401, 403, 404, 422, 503),
    },
)
def get_probe_picture(probe_id: _Id, parts: Parts, doer: Doer) -> FileResponse:
    """The JPEG, as large as the stream; the audit says who saw it."""
    found = _asked(parts, "probe", probe_id)
    if found.sha256 is None:
        raise Problem(404, "no-picture", f"the probe is {found.state}: {found.reason}")
    parts.gate.viewings.saw(doer, found.sha256)
    return FileResponse(parts.evidence.path(found.sha256), media_type="image/jpeg")


@router.post(
    "/discoveries",
    status_code=202,
    summary="Ask a worker's networks for cameras",
    dependencies=[requires(*WRITERS)],
    responses=problems(401, 403, 409, 422, 503),
)
def post_discovery(wanted: DiscoveryWrite, parts: Parts, caller: Caller) -> DiscoveryView:
    """Have a worker ask for ONVIF cameras (WS-Discovery), and with a user those for their
    addresses; read the answer's `id` for them."""
    try:
        asked = ask_discovery(parts.store, wanted, caller.name, datetime.now(UTC))
    except WorkerUnable as error:
        raise _unable(error) from error
    parts.line.feed.nudge()
    return asked


@router.get(
    "/discoveries/{discovery_id}",
    summary="See which cameras were found",
    dependencies=[requires(*WRITERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_discovery(discovery_id: _Id, parts: Parts) -> DiscoveryView:
    """Waiting, done, or failed with the `reason`. Addresses are without passwords."""
    return discovery_view(_asked(parts, "discover", discovery_id), datetime.now(UTC))


def _asked(parts: Services, what: str, probe_id: int) -> ProbeRow:
    found = find_probe(parts.store, what, probe_id)
    if found is None:
        raise Problem(404, "unknown-probe", f"there is no such question {probe_id} (any more)")
    return found


def _unable(error: WorkerUnable) -> Problem:
    return Problem(409, error.slug, str(error), detail_zh=error.zh)
