"""From a message to what it tells of: each source writes in its own form."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from api.doors import dahua, hikvision, huawei, ticket
from api.doors.arrival import Arrival, Ignored
from api.doors.body import Message
from api.doors.sources import Shape, Source, Sources
from api.problems import invalid

_Reader = Callable[[Mapping[str, Any], Source, Sources, ZoneInfo], Arrival | Ignored]
_READERS: dict[Shape, _Reader] = {
    Shape.TICKET: ticket.read,
    Shape.DAHUA: dahua.read,
    Shape.HUAWEI: huawei.read,
    Shape.HIKVISION: hikvision.read,
}


def read_message(
    message: Message, shape: Shape, source: Source, sources: Sources, zone: ZoneInfo
) -> Arrival | Ignored:
    """What a message tells of, with the pictures that came beside it.

    Raises:
        Problem: 422 that names what is wrong.
    """
    if shape is Shape.HIKVISION:
        document = hikvision.document_of(message.document)
    else:
        document = _json(message.document)
    found = _READERS[shape](document, source, sources, zone)
    if isinstance(found, Ignored):
        return found
    return replace(found, pictures=(*found.pictures, *message.files))


def _json(text: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise invalid("the document cannot be read", ("document", f"is no JSON: {error}")) from None
    if not isinstance(found, Mapping):
        raise invalid("the document cannot be read", ("document", "is no JSON object"))
    return found
