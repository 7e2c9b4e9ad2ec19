"""If-Match for what carries its tag as `etag`."""

from collections.abc import Collection
from typing import Annotated

from fastapi import Header

IfMatch = Annotated[str | None, Header(description="Write only if it still has this `etag`.")]


def tags_in(if_match: str | None) -> Collection[str] | None:
    """The tags that an If-Match header allows; None for any."""
    if if_match is None or if_match.strip() == "*":
        return None
    return {tag.strip() for tag in if_match.split(",")}
