"""`media_url`: a link that shows a case's picture without a key, for those who may see it."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import Request

from api.auth import VIEWERS
from api.links import Links
from api.open311.calls import root_of
from api.open311.door import identify
from api.open311.requests import picture_of
from api.schema import Case
from api.services import Services
from api.vault import SecretsLocked

log = logging.getLogger(__name__)

MediaOf = Callable[[Case], str | None]


def picture_links(parts: Services, request: Request) -> MediaOf:
    """Case to the link of its picture, made out to the caller; None for callers that may not see
    evidence, and while the server's secrets are locked."""
    caller = identify(parts, request, request.query_params.get("api_key"))
    if caller is None or not caller.may(VIEWERS):
        return lambda _case: None
    return links_for(parts, root_of(parts, request), caller.name)


def links_for(parts: Services, root: str, holder: str) -> MediaOf:
    """Case to the link of its picture, made out to `holder`; None while secrets are locked."""
    try:
        links = Links(parts.store.vault)
    except SecretsLocked as error:
        log.error("no links to pictures can be made: %s", error)
        return lambda _case: None
    now = datetime.now(UTC)

    def media_of(case: Case) -> str | None:
        found = picture_of(case)
        if found is None:
            return None
        return root + links.make(found.sha256, found.media_type, holder, now)

    return media_of
