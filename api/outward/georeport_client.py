"""Speaks GeoReport v2 to an endpoint: asks for XML, which all have, and takes JSON, too."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from api.outward.calling import Answer, Caller

TOKEN = "token:"  # noqa: S105 (a prefix of references, no secret)
_FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class NotUnderstood(Exception):
    """The endpoint answers with something that is no GeoReport v2."""


@dataclass(frozen=True, slots=True)
class GeoReportClient:
    """One endpoint, with our key for it."""

    caller: Caller
    url: str
    api_key: str
    jurisdiction_id: str | None = None

    def file(self, form: Mapping[str, str]) -> tuple[Answer, str | None]:
        """POST a request.

        Returns:
            the answer, and the request's id; `token:` and the token where the id comes later;
            None where the answer has neither.

        Raises:
            Unreachable, AddressRefused: no answer came, or none may be asked for.
            NotUnderstood: it succeeded, in words that are none of the protocol's.
        """
        body = urlencode({"api_key": self.api_key, **self._jurisdiction(), **form}).encode()
        answer = self.caller.call("POST", self._address("requests"), _FORM, body)
        if not 200 <= answer.status < 300:
            return answer, None
        first = next(iter(_items(answer)), {})
        return answer, _reference(first)

    def by_token(self, token: str) -> str | None:
        """The request's id, once there is one.

        Raises:
            Unreachable, AddressRefused, NotUnderstood: as above, or an error was answered.
        """
        found = self._get(f"tokens/{quote(token, safe='')}", {})
        first = next(iter(found), {})
        return _text(first.get("service_request_id"))

    def request(self, number: str) -> Mapping[str, Any] | None:
        """A request as it stands, or None when the endpoint gives none.

        Raises:
            Unreachable, AddressRefused, NotUnderstood: as above, or an error was answered.
        """
        return next(iter(self._get(f"requests/{quote(number, safe='')}", {})), None)

    def requests(self, wanted: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """Requests by filter.

        Raises:
            Unreachable, AddressRefused, NotUnderstood: as above, or an error was answered.
        """
        return self._get("requests", wanted)

    def _get(self, what: str, query: Mapping[str, str]) -> list[Mapping[str, Any]]:
        text = urlencode({"api_key": self.api_key, **self._jurisdiction(), **query})
        answer = self.caller.call("GET", f"{self._address(what)}?{text}", {})
        if answer.status != 200:
            raise NotUnderstood(f"HTTP {answer.status}: {answer.excerpt}")
        return _items(answer)

    def _address(self, what: str) -> str:
        return f"{self.url.rstrip('/')}/{what}.xml"

    def _jurisdiction(self) -> dict[str, str]:
        return {} if self.jurisdiction_id is None else {"jurisdiction_id": self.jurisdiction_id}


def _reference(item: Mapping[str, Any]) -> str | None:
    number, token = _text(item.get("service_request_id")), _text(item.get("token"))
    if number is not None:
        return number[:120]
    return None if token is None else f"{TOKEN}{token}"[:120]


def _text(value: Any) -> str | None:
    text = "" if value is None else str(value).strip()
    return text or None


def _items(answer: Answer) -> list[Mapping[str, Any]]:
    """The requests of an answer, whichever of the two it is written in."""
    text = answer.body.lstrip()
    try:
        if text[:1] in (b"[", b"{"):
            found = json.loads(text)
            if isinstance(found, dict):
                # Some wrap the list in an object, which the specification does not.
                found = found.get("service_requests", found.get("requests", [found]))
            if not isinstance(found, list):
                raise NotUnderstood(f"no list of requests: {answer.excerpt}")
            return [item for item in found if isinstance(item, dict)]
        return [_fields(item) for item in fromstring(text) if item.tag == "request"]
    except (ValueError, ParseError, DefusedXmlException) as error:
        raise NotUnderstood(f"neither XML nor JSON: {answer.excerpt}") from error


def _fields(item: Element) -> dict[str, Any]:
    return {child.tag: child.text for child in item}
