"""Documents as GeoReport v2 writes them: one set of fields, in XML or JSON.

JSON is the XML without its root: lists are arrays, a list of one is one too.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

# Nothing else can be said in XML 1.0 (W3C, section 2.2).
_UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Fields = Mapping[str, Any]


class Format(StrEnum):
    """What the end of the address asks for."""

    XML = "xml"
    JSON = "json"


MEDIA_TYPES = {
    Format.XML: "text/xml; charset=utf-8",
    Format.JSON: "application/json; charset=utf-8",
}

_ITEM = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
"""What an item of each list is called in XML."""


def moment(value: datetime | None) -> str | None:
    """W3C date and time, with its zone, to the second."""
    if value is None:
        return None
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def respond(
    form: Format,
    root: str,
    content: Sequence[Fields] | Fields,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer.

    Args:
        form: XML or JSON.
        root: the name of the XML's root; for a list, its name in `_ITEM`.
        content: a list of documents, or one.
    """
    if form is Format.JSON:
        body = json.dumps(content, ensure_ascii=False).encode()
    else:
        body = b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(
            _element(root, content), encoding="utf-8", short_empty_elements=True
        )
    return Response(body, status, headers, media_type=MEDIA_TYPES[form])


def _element(name: str, content: Any) -> Element:
    root = Element(name)
    _fill(root, content)
    return root


def _fill(element: Element, content: Any) -> None:
    if isinstance(content, Mapping):
        for name, value in content.items():
            _fill(SubElement(element, name), value)
    elif isinstance(content, list | tuple):
        for item in content:
            _fill(SubElement(element, _ITEM[element.tag]), item)
    elif content is not None:
        element.text = _text(content)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _UNSAYABLE.sub("", str(value))


def errors(form: Format, status: int, description: str, headers: Any = None) -> Response:
    """An error: 403 for keys, 404 for what is unknown, 400 for the rest a client can mend."""
    code = {401: 403, 403: 403, 404: 404}.get(status, 400 if status < 500 else status)
    return respond(form, "errors", [{"code": code, "description": description}], code, headers)


class Refused(HTTPException):
    """A request that is not served; becomes the answer."""


def on_error(request: Request, status: int, detail: str, headers: Any = None) -> Response:
    """Any error at an address of this protocol, in the format that the address asks for."""
    form = Format.JSON if request.url.path.endswith(".json") else Format.XML
    return errors(form, status, detail, headers)
