"""Versions of cases as HTTP has them: ETag, If-Match."""

from typing import Annotated, Any

from fastapi import Header, Path

MAX_ID = 2**63 - 1
CaseId = Annotated[int, Path(ge=1, le=MAX_ID, description="The case's `id`.")]
IfMatch = Annotated[str | None, Header(description="Do it only if the case still has this ETag.")]
ETAG: dict[str, Any] = {
    "ETag": {"description": "The case's version.", "schema": {"type": "string"}}
}


def etag_of(case_id: int, version: int) -> str:
    """The ETag of a version of a case."""
    return f'"{case_id}-{version}"'


def versions_in(case_id: int, if_match: str | None) -> set[int] | None:
    """The versions that an If-Match header allows; None for all of them."""
    if if_match is None or if_match.strip() == "*":
        return None
    prefix = f'"{case_id}-'
    tags = [tag.strip() for tag in if_match.split(",")]
    numbers = [tag[len(prefix) : -1] for tag in tags if tag.startswith(prefix)]
    return {int(number) for number in numbers if number.isdecimal()}
