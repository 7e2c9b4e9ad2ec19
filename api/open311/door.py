"""Who may ask: GeoReport v2 sends its key as `api_key`, and is refused with 403."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from api.auth import Principal, Requirement, identify_key, is_open_here
from api.forms import form_of
from api.open311.wire import Refused
from api.schema.people import Role, Scope
from api.services import Parts, Services

_MOST_FILES = 16
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_LOCAL = Principal("local", "local", roles=frozenset(Role))
ApiKey = Annotated[
    str | None, Query(description="Your key; or as `Authorization: Bearer`.", max_length=256)
]


def identify(parts: Services, request: Request, key: str | None) -> Principal | None:
    """Who calls, by the protocol's own parameter or the header that the rest of the API takes."""
    header = request.headers.get("authorization", "")
    scheme, _, bearer = header.partition(" ")
    given = key or (bearer.strip() if scheme.lower() == "bearer" else "")
    found = identify_key(parts, given) if given else None
    if is_open_here(parts, request):
        return _LOCAL if found is None else Principal(found.kind, found.name, _LOCAL.roles)
    return found


@dataclass(frozen=True, slots=True)
class KeyWanted(Requirement):
    """Lets callers pass whose `api_key` is good for one of `needs`."""

    def __call__(  # type: ignore[override]
        self, request: Request, parts: Parts, api_key: ApiKey = None
    ) -> None:
        """Let the caller pass.

        Raises:
            Refused: 403.
        """
        check(identify(parts, request, api_key), self.needs)


def check(caller: Principal | None, needs: frozenset[Role | Scope]) -> None:
    """Let a caller pass that may do one of `needs`.

    Raises:
        Refused: 403.
    """
    if caller is None:
        raise Refused(403, "api_key is missing or wrong")
    if not caller.may(needs):
        wanted = ", ".join(sorted(need.value for need in needs))
        raise Refused(403, f"this api_key may not do this; one of these is needed: {wanted}")


async def opened(request: Request) -> AsyncIterator[FormData]:
    """Dependency: what is posted; its files are closed after the answer."""
    async with form_of(request, max_files=_MOST_FILES) as form:
        yield form


Posted = Annotated[FormData, Depends(opened)]


async def posted_by(
    request: Request, parts: Parts, form: Posted, api_key: ApiKey = None
) -> Principal | None:
    """Dependency: who posts a form.

    Here a key is wanted even where this machine needs none elsewhere: the protocol asks for it.
    """
    posted = form.get("api_key")
    given = posted if isinstance(posted, str) else api_key
    found = await run_in_threadpool(identify, parts, request, given)
    return None if found is None or found.kind == "local" else found


@dataclass(frozen=True, slots=True)
class PostedKeyWanted(Requirement):
    """Lets requests pass whose form has an `api_key` that is good for one of `needs`."""

    async def __call__(  # type: ignore[override]
        self, request: Request, caller: Annotated[Principal | None, Depends(posted_by)]
    ) -> None:
        """Let the caller pass.

        Raises:
            Refused: 403; also where what is posted is no form, since a key is looked for in it.
        """
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if caller is None and kind not in _FORMS:
            forms = " or ".join(_FORMS)
            raise Refused(
                403, f"no api_key in sight: send a form, as {forms}, not {kind or 'nothing'}"
            )
        check(caller, self.needs)
