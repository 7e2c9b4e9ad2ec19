"""What the protocol's calls have in common: their parameters and what their answers are."""

from typing import Annotated, Any

from fastapi import Path, Query, Request

from api.open311.wire import Format, Refused
from api.services import Services

_TEXT = {"schema": {"type": "string"}}

Fmt = Annotated[Format, Path(alias="format", description="`xml` or `json`.")]
Jurisdiction = Annotated[
    str | None,
    Query(description="The district's code; there is no other here.", max_length=64),
]


def answers(model: str, *errors: int, success: int = 200) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route of this protocol; `model` is the schema of its JSON."""
    refs = {str(success): model} | {str(status): "Open311Errors" for status in (*errors, 503)}
    meaning = {
        "200": "As GeoReport v2 has it; errors, too, are in the format that is asked for.",
        "201": "The request's id, and what happens next.",
        "400": "The request cannot be understood.",
        "403": "The api_key is missing, wrong, or not good for this.",
        "404": "There is no such thing.",
        "503": "The store is away for the moment; nothing was changed, try again.",
    }
    return {
        int(status): {
            "description": meaning[status],
            "content": {
                "application/json": {"schema": {"$ref": f"#/components/schemas/{ref}"}},
                "text/xml": _TEXT,
            },
        }
        for status, ref in refs.items()
    }


def check_jurisdiction(parts: Services, given: str | None) -> None:
    """Let the district's own code pass, and none.

    Raises:
        Refused: 404.
    """
    if given and given != parts.settings.district:
        raise Refused(404, f"jurisdiction_id {given} is not served here")


def root_of(parts: Services, request: Request) -> str:
    """This server's address as others reach it."""
    return (parts.settings.public_url or str(request.base_url)).rstrip("/")
